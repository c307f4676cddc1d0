"""项目库: the list with its totals by budget book, one project, its ex-ante conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import (
    as_form_problem,
    uuid_or_none,
    year_filter,
)
from services.target_svc.console.exports import workbook
from services.target_svc.console.showing import (
    conclusion_choices,
    conclusion_text,
    flags_text,
    gate_hint,
    state_badge,
    timeline_of,
)
from services.target_svc.queries.projects import (
    BookTotal,
    ProjectFilter,
    ProjectLine,
    find_project_line,
    last_year_of,
    list_projects,
    money_of,
    totals_by_book,
)
from services.target_svc.queries.scoping import UnitChoices, unit_choices
from services.target_svc.usecases.record_ex_ante import RecordExAnte, record_ex_ante
from shared.access.actor import Actor
from shared.errors import InvalidInputError, StaleVersionError
from shared.policy.active import policy_for
from shared.policy.model import GatePolicy
from shared.terms import label, labels
from shared.trail.queries import timeline
from shared.web.console.formats import wan
from shared.web.console.forms import Form, bind, blank
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import args_with_year, clock, database, typed_version
from shared.web.console.showing import choices_of
from shared.web.console.views import Choice, Link, Tile
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("projects", __name__, template_folder="templates")

COLUMNS = (
    Column("name", "项目", "link", sortable=True, frozen=True, width="wide"),
    Column("unit", "单位", width="medium"),
    Column("book", "预算账本"),
    Column("initial", "年初预算", "money", sortable=True),
    Column("adjusted", "调整后预算", "money"),
    Column("nature", "属性"),
    Column("flags", "标识"),
    Column("target", "绩效目标", "badge"),
    Column("gate", "预算安排", "badge"),
)


class ExAnteForm(ApiSchema):
    """The conclusion of an ex-ante assessment."""

    conclusion = fields.String(load_default="", metadata={"label": "评估结论"})
    document = fields.String(load_default="", metadata={"label": "评估报告"})


@pages.get("/projects")
@permission("target.project.view")
def project_list() -> str | BaseResponse:
    """Show the projects of a year, or give them as Excel."""
    actor, today = current_actor(), clock().today()
    args = args_with_year(today.year)
    with database().read() as session:
        view = _view(unit_choices(session, actor), today.year, args)
        wanted = _wanted(view)
        policy = policy_for(session, actor.scope.region, wanted.fiscal_year).gate
        if args.get("format") == "xlsx":
            return workbook(
                f"{wanted.fiscal_year}年预算项目",
                view.columns,
                _all_rows(session, actor, wanted, policy, view.sort),
            )
        page = list_projects(
            session, actor, wanted, sort=view.sort, cursor=view.cursor, limit=view.limit
        )
        tiles = [_tile(total, view) for total in totals_by_book(session, actor, wanted.fiscal_year)]
    rows = [project_row(line, policy) for line in page.items]
    return render_template(
        "target/projects.html",
        view=view,
        rows=rows,
        next_cursor=page.next_cursor,
        tiles=sorted(
            tiles, key=lambda tile: list(labels("budget_book").values()).index(tile.label)
        ),
        year=wanted.fiscal_year,
    )


@pages.get("/projects/<int:year>/<uuid:project_id>")
@permission("target.project.view")
def project_page(year: int, project_id: UUID) -> str:
    """Show one project: money, owner, ex-ante conclusion, its target, what happened."""
    with database().read() as session:
        return _draw(session, year, project_id, None)


@pages.post("/projects/<int:year>/<uuid:project_id>/ex-ante")
@permission("target.project.record_ex_ante")
def record_conclusion(year: int, project_id: UUID) -> BaseResponse | tuple[str, int]:
    """Record the conclusion of the ex-ante assessment."""
    form, status = bind(ExAnteForm(), request.form), 422
    if form.is_valid:
        command = RecordExAnte(year, project_id, typed_version(), **form.data)
        try:
            with database().begin() as uow:
                record_ex_ante(uow, clock(), current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
        except StaleVersionError as error:
            form.refuse(as_form_problem(error))
            status = 412
        else:
            here = link("target.project", year=year, id=project_id)
            return redirect_with_notice(here, "已登记事前绩效评估结论。")
    with database().read() as session:
        return _draw(session, year, project_id, form), status


def project_row(line: ProjectLine, policy: GatePolicy) -> dict[str, Any]:
    """Return a project as the list shows it."""
    project, target = line.project, line.target
    return {
        "id": str(project.project_id),
        "name": Link(
            project.name,
            link("target.project", year=project.fiscal_year, id=project.project_id),
            note=project.code,
        ),
        "unit": line.unit.name,
        "book": label("budget_book", project.budget_book),
        "initial": project.initial_amount,
        "adjusted": project.adjusted_amount,
        "nature": label("project_nature", project.nature),
        "flags": flags_text(project.flags),
        "target": state_badge(
            target.state if target else None, returned=bool(target and target.times_returned)
        ),
        "gate": gate_hint(line.gate(policy)),
    }


def _all_rows(
    session: Session, actor: Actor, wanted: ProjectFilter, policy: GatePolicy, sort: str
) -> Iterator[Mapping[str, Any]]:
    cursor, more = None, True
    while more:
        page = list_projects(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
        yield from (project_row(line, policy) for line in page.items)
        cursor, more = page.next_cursor, page.next_cursor is not None


def _view(choices: UnitChoices, this_year: int, args: Any) -> ListView:  # noqa: ANN401
    filters = (
        year_filter(clock().today().replace(year=this_year), args["year"]),
        Filter("q", "关键词", "text", placeholder="项目名称、编码或拼音首字母"),
        Filter("unit", "单位", choices=[Choice(*each) for each in choices.units]),
        Filter("office", "归口股室", choices=[Choice(*each) for each in choices.offices]),
        Filter("book", "预算账本", choices=choices_of("budget_book")),
        Filter("flag", "标识", choices=choices_of("project_flag")),
        Filter("target", "绩效目标", choices=[Choice("yes", "已填报"), Choice("no", "未填报")]),
    )
    return list_view(request.path, args, columns=COLUMNS, filters=filters, default_sort="code")


def _wanted(view: ListView) -> ProjectFilter:
    return ProjectFilter(
        int(view.value("year")),
        text=view.value("q"),
        unit_id=uuid_or_none(view.value("unit")),
        office=view.value("office"),
        book=view.value("book"),
        flag=view.value("flag"),
        has_target={"yes": True, "no": False}.get(view.value("target")),
    )


def _tile(total: BookTotal, view: ListView) -> Tile:
    name = label("budget_book", total.book)
    return Tile(
        name,
        wan(total.initial),
        view.href(book=total.book),
        unit="万元",
        note=f"{total.count} 个项目；调整后 {wan(total.adjusted)} 万元",
        tone="blue" if view.value("book") == total.book else "grey",
    )


def _draw(session: Session, year: int, project_id: UUID, form: Form | None) -> str:
    actor = current_actor()
    line = find_project_line(session, actor, year, project_id)
    project = line.project
    policy = policy_for(session, project.region_code, year).gate
    previous = last_year_of(session, project) if line.target is None else None
    shown = form or blank(
        ExAnteForm(),
        {"conclusion": project.ex_ante_conclusion, "document": project.ex_ante_document},
    )
    return render_template(
        "target/project.html",
        line=line,
        project=project,
        money=money_of(session, project),
        money_labels=labels("budget_book"),
        source_labels={"fiscal": "财政拨款", "carry_over": "上年结转", "other": "其他资金"},
        facts=_facts(line),
        answer=line.gate(policy),
        hint=gate_hint(line.gate(policy)),
        target_badge=state_badge(
            line.target.state if line.target else None,
            returned=bool(line.target and line.target.times_returned),
        ),
        can_copy=previous is not None and previous[1] is not None,
        conclusion=conclusion_text(project.ex_ante_conclusion),
        conclusions=conclusion_choices(),
        form=shown,
        entries=timeline_of(timeline(session, project.project_id)),
    )


def _facts(line: ProjectLine) -> list[tuple[str, Any]]:
    project = line.project
    period = ""
    if project.period_start and project.period_end:
        period = f"{project.period_start} 至 {project.period_end}（{project.period_years} 年）"
    return [
        ("项目编码", project.code),
        ("项目单位", line.unit.name),
        ("归口股室", line.unit.lead_office_name),
        ("项目类别", label("project_class", project.project_class)),
        ("项目属性", label("project_nature", project.nature)),
        ("项目期", period),
        ("功能分类科目", project.function_code),
        ("项目责任人", project.owner_name),
        ("联系电话", project.owner_phone),
        ("标识", flags_text(project.flags)),
        ("导入时间", project.imported_at),
        ("项目概况", project.summary),
    ]
