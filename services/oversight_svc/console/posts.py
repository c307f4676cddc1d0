"""Posts: list, set up, appoint and hand over, substitutes, tenure."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.domain.posts import (
    ADMINISTRATOR_ROLES,
    OFFICE_ROLES,
    REGION_ROLES,
    UNIT_ROLES,
    PostUnsoundError,
)
from services.oversight_svc.queries.handovers import opens_handover
from services.oversight_svc.queries.people import (
    Tenure,
    active_accounts,
    all_offices,
    get_post,
    holders,
    list_posts,
    post_places,
    tenures,
)
from services.oversight_svc.queries.units import active_units
from services.oversight_svc.store.people import PostRow
from services.oversight_svc.usecases.assign_post import AssignPost, assign_post
from services.oversight_svc.usecases.create_post import CreatePost, create_post
from shared.access.rights import is_allowed, load_rights, role_label
from shared.errors import FieldProblem, InvalidInputError
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Badge, Choice, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("posts", __name__, url_prefix="/posts", template_folder="templates")

OFFERED = UNIT_ROLES | OFFICE_ROLES | REGION_ROLES | ADMINISTRATOR_ROLES
ROLES = [Choice(code, name) for code, name in load_rights().roles.items() if code in OFFERED]
COLUMNS = (
    Column("name", "岗位", "link", frozen=True, width="medium"),
    Column("place", "所在单位或股室", width="medium"),
    Column("roles", "角色", width="medium"),
    Column("holder", "任职人"),
    Column("substitute", "替补"),
    Column("state", "状态", "badge"),
)
FILTERS = (
    Filter("q", "关键词", "text", placeholder="岗位、单位或股室"),
    Filter("role", "角色", choices=ROLES),
)


class PostSchema(ApiSchema):
    """A new post."""

    name = fields.String(required=True, metadata={"label": "岗位名称"})
    unit_id = fields.UUID(load_default=None, metadata={"label": "所在单位"})
    office = fields.String(load_default=None, metadata={"label": "所在股室"})
    roles = fields.List(fields.String(), required=True, metadata={"label": "角色"})


class AppointmentSchema(ApiSchema):
    """Who takes the post from when, on what basis."""

    account_id = fields.UUID(required=True, metadata={"label": "人员"})
    started_on = fields.Date(required=True, metadata={"label": "开始日期"})
    ended_on = fields.Date(load_default=None, metadata={"label": "截止日期"})
    is_substitute = fields.Boolean(load_default=False, metadata={"label": "替补"})
    basis = fields.String(required=True, metadata={"label": "依据"})


@pages.get("")
@permission("oversight.post.view")
def list_page() -> str:
    """Show the posts with who holds them today."""
    view = list_view(request.path, request.args, columns=COLUMNS, filters=FILTERS)
    resources, region = current_resources(), current_actor().scope.region
    with resources.database.read() as session:
        page = list_posts(
            session,
            region,
            text=view.value("q"),
            role=view.value("role"),
            cursor=view.cursor,
            limit=view.limit,
        )
        present = holders(
            session, region, [post for post, _, _ in page.items], resources.clock.today()
        )
        rows = [
            _row(post, unit or office or "", present[post.post_id])
            for post, unit, office in page.items
        ]
    return render_template(
        "oversight/posts.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/new")
@permission("oversight.post.create")
def new_post() -> str:
    """Show the form of a new post."""
    return _form_page(blank(PostSchema()))


@pages.post("/new")
@permission("oversight.post.create")
def set_up_post() -> BaseResponse | tuple[str, int]:
    """Set up a post."""
    form = bind(PostSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        command = CreatePost(**{**form.data, "roles": tuple(form.data["roles"])})
        try:
            with resources.database.begin() as uow:
                post = create_post(uow, resources.clock, current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
        except PostUnsoundError as error:
            form.problems = (FieldProblem("roles", error.code, error.message),)
        else:
            here = link("oversight.post", id=post.post_id)
            return redirect_with_notice(here, "岗位已设置，请任命任职人。")
    return _form_page(form), 422


@pages.get("/<uuid:post_id>")
@permission("oversight.post.view")
def show_post(post_id: UUID) -> str:
    """Show a post with its tenure, and the form to appoint to those who may."""
    today = current_resources().clock.today()
    return _post_page(post_id, blank(AppointmentSchema(), {"started_on": today}))


@pages.post("/<uuid:post_id>/assign")
@permission("oversight.post.substitute")
def appoint(post_id: UUID) -> BaseResponse | tuple[str, int]:
    """Appoint a holder of a vacant post or a substitute; the use case checks which."""
    form = bind(AppointmentSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        try:
            with resources.database.begin() as uow:
                command = AssignPost(post_id=post_id, on_paper=False, **form.data)
                assign_post(uow, resources.clock, current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
        except PostUnsoundError as error:
            form.problems = (FieldProblem("account_id", error.code, error.message),)
        else:
            done = "已指定替补。" if form.data["is_substitute"] else "已任命。"
            return redirect_with_notice(link("oversight.post", id=post_id), done)
    return _post_page(post_id, form), 422


def _form_page(form: Form) -> str:
    region = current_actor().scope.region
    with current_resources().database.read() as session:
        units = [
            Choice(str(id_), f"{code}　{name}") for id_, code, name in active_units(session, region)
        ]
        offices = [Choice(each.code, each.name) for each in all_offices(session, region)]
    return render_template(
        "oversight/post_form.html", form=form, units=units, offices=offices, roles=ROLES
    )


def _post_page(post_id: UUID, form: Form) -> str:
    actor = current_actor()
    with current_resources().database.read() as session:
        post = get_post(session, actor.scope.region, post_id)
        place = post_places(session, post.region_code, [post])[post.post_id]
        held = tenures(session, post.region_code, post_id=post_id)
        people = _people(session, post) if is_allowed(actor, "oversight.post.substitute") else []
    return render_template(
        "oversight/post.html",
        post=post,
        place=place,
        roles=[role_label(role) for role in post.roles],
        held=held,
        people=people,
        hands_over=opens_handover(actor, post),
        form=form,
        here=link("oversight.post", id=post_id),
    )


def _people(session: Session, post: PostRow) -> list[Choice]:
    return [
        Choice(str(account.account_id), f"{account.name}（{account.login}）")
        for account in active_accounts(session, post.region_code)
    ]


def _row(post: PostRow, place: str, present: list[Tenure]) -> dict[str, object]:
    def names(*, substitutes: bool) -> str:
        return "、".join(
            each.account.name for each in present if each.tenure.is_substitute is substitutes
        )

    return {
        "name": Link(post.name, link("oversight.post", id=post.post_id)),
        "place": place,
        "roles": "、".join(role_label(role) for role in post.roles),
        "holder": names(substitutes=False),
        "substitute": names(substitutes=True),
        "state": Badge("在用", "green") if present else Badge("无人任职", "orange"),
    }
