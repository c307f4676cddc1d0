"""The unit directory: list and one unit."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.queries.people import all_offices, tenures
from services.oversight_svc.queries.units import (
    UnitSearch,
    get_unit,
    may_look_up,
    search_units,
)
from services.oversight_svc.store.handovers import heads_of
from services.oversight_svc.usecases.change_unit_head import ChangeUnitHead, change_unit_head
from shared.access.rights import is_allowed
from shared.directory.tables import UnitRow
from shared.terms import label, labels
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Badge, Choice, Link, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("units", __name__, url_prefix="/units", template_folder="templates")

COLUMNS = (
    Column("name", "单位", "link", sortable=True, frozen=True, width="wide"),
    Column("code", "单位编码", sortable=True),
    Column("kind", "类型"),
    Column("office", "归口股室"),
    Column("contact", "经办人"),
    Column("phone", "电话"),
    Column("state", "状态", "badge"),
)
STATE_TONES: dict[str, Tone] = {"active": "green", "merged": "orange", "closed": "grey"}


@pages.get("")
@permission("oversight.unit.view")
def list_units() -> str:
    """Show the units of the actor's scope, searched by name, code or pinyin."""
    actor = current_actor()
    with current_resources().database.read() as session:
        view = list_view(
            request.path,
            request.args,
            columns=COLUMNS,
            filters=_filters(session, actor.scope.region),
            default_sort="name",
        )
        wanted = UnitSearch(
            view.value("q"), view.value("kind"), view.value("office"), view.value("state")
        )
        page = search_units(
            session,
            actor,
            wanted,
            by_code=view.sort_key == "code",
            cursor=view.cursor,
            limit=view.limit,
        )
        rows = [_row(unit) for unit in page.items]
    return render_template(
        "oversight/units.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


class HeadSchema(ApiSchema):
    """A new head of a unit."""

    name = fields.String(required=True, metadata={"label": "新任负责人"})
    title = fields.String(load_default="", metadata={"label": "职务"})
    started_on = fields.Date(required=True, metadata={"label": "到任日期"})
    document_number = fields.String(required=True, metadata={"label": "任免文号"})


@pages.get("/<uuid:unit_id>")
@permission("oversight.unit.view")
def show_unit(unit_id: UUID) -> str:
    """Show a unit with its contact and heads; posts and tenure to those who may see posts."""
    return _unit_page(unit_id, blank(HeadSchema()))


@pages.post("/<uuid:unit_id>/head")
@permission("oversight.unit.change_head")
def change_head(unit_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record that the unit has another head."""
    form = bind(HeadSchema(), request.form)
    if form.is_valid:
        command = ChangeUnitHead(unit_id, **form.data)
        with shown_in(form), database().begin() as uow:
            tenure = change_unit_head(uow, clock(), current_actor(), command)
            text = f"已登记：{tenure.name}任单位负责人，前任的任期已截止。"
    if form.is_valid:
        return redirect_with_notice(link("oversight.unit", id=unit_id), text)
    return _unit_page(unit_id, form), 422


def _unit_page(unit_id: UUID, head_form: Form) -> str:
    actor = current_actor()
    with current_resources().database.read() as session:
        unit, department, below = get_unit(session, actor, unit_id)
        opens = department is not None and may_look_up(session, actor, department)
        heads = heads_of(session, unit.region_code, unit.unit_id)
        held = (
            tenures(session, unit.region_code, unit_id=unit.unit_id)
            if is_allowed(actor, "oversight.post.view")
            else []
        )
    return render_template(
        "oversight/unit.html",
        unit=unit,
        state=_state(unit),
        kind=label("unit_kind", unit.kind),
        department=_department(department, opens=opens),
        heads=heads,
        head_form=head_form,
        below=below,
        held=held,
    )


def _department(department: UnitRow | None, *, opens: bool) -> Link | str:
    if department is None:
        return "本单位即主管部门"
    here = link("oversight.unit", id=department.unit_id)
    return Link(department.name, here) if opens else department.name


def _filters(session: Session, region: str) -> tuple[Filter, ...]:
    offices = [Choice(office.code, office.name) for office in all_offices(session, region)]
    return (
        Filter("q", "单位", "text", placeholder="名称、编码或拼音首字母"),
        Filter("kind", "类型", choices=[Choice(*pair) for pair in labels("unit_kind").items()]),
        Filter("office", "归口股室", choices=offices),
        Filter("state", "状态", choices=[Choice(*pair) for pair in labels("unit_state").items()]),
    )


def _row(unit: UnitRow) -> dict[str, object]:
    return {
        "name": Link(
            unit.name,
            link("oversight.unit", id=unit.unit_id),
            note="主管部门" if unit.is_department else "",
        ),
        "code": unit.code,
        "kind": label("unit_kind", unit.kind),
        "office": unit.lead_office_name,
        "contact": unit.contact,
        "phone": unit.phone,
        "state": _state(unit),
    }


def _state(unit: UnitRow) -> Badge:
    return Badge(label("unit_state", unit.state), STATE_TONES.get(unit.state, "grey"))
