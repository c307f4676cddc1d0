"""绩效目标: the list with its tabs, batches, Excel, and the opening of a new target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import (
    declared_year,
    uuid_or_none,
    year_filter,
)
from services.target_svc.console.exports import workbook
from services.target_svc.console.showing import state_badge
from services.target_svc.domain.doubts import Doubt
from services.target_svc.queries.scoping import UnitChoices, unit_choices
from services.target_svc.queries.targets import (
    TargetFilter,
    TargetLine,
    count_tabs,
    doubts_of,
    list_targets,
)
from services.target_svc.usecases.create_target import (
    CreateTarget,
    NothingToCopyError,
    TargetExistsError,
    create_target,
)
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.errors import NotFoundError
from shared.policy.active import policy_for
from shared.policy.model import TargetPolicy
from shared.terms import label
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import args_with_year, clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Badge, Choice, Due, Link, Tab
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission

pages = Blueprint("targets", __name__, template_folder="templates")

COLUMNS = (
    Column("name", "项目", "link", sortable=True, frozen=True, width="wide"),
    Column("unit", "单位", width="medium"),
    Column("office", "归口股室"),
    Column("initial", "申请金额", "money", sortable=True),
    Column("state", "状态", "badge"),
    Column("doubts", "疑点", "badge"),
    Column("due", "申报截止", "due"),
    Column("late", "报送", "badge"),
    Column("grade", "等级"),
    Column("cut", "核减", "money"),
)
TAB_LABELS = {
    "todo": "待办",
    "returned": "被退回",
    "review": "待审核",
    "passed": "已通过",
    "all": "全部",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What a row of the list needs beside the target itself."""

    doubts: Mapping[UUID, Sequence[Doubt]]
    calendar: WorkingCalendar


@pages.get("/targets")
@permission("target.target.view")
def target_list() -> str | BaseResponse:
    """Show the targets of a year by tab, or give them as Excel."""
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        args = args_with_year(declared_year(session, actor, today))
        tab = args.get("tab", "")
        tab = tab if tab in TAB_LABELS else "all"
        view = _view(unit_choices(session, actor), args)
        wanted = _wanted(view, tab)
        policy = policy_for(session, actor.scope.region, wanted.fiscal_year).target
        calendar = load_calendar(session)
        if args.get("format") == "xlsx":
            rows = _all_rows(session, actor, wanted, view.sort, (policy, calendar))
            return workbook(f"{wanted.fiscal_year}年绩效目标", view.columns, rows)
        page = list_targets(
            session, actor, wanted, sort=view.sort, cursor=view.cursor, limit=view.limit
        )
        counts = count_tabs(session, actor, wanted)
        beside = Beside(doubts_of(session, policy, page.items), calendar)
    return render_template(
        "target/targets.html",
        view=view,
        rows=[target_row(line, beside) for line in page.items],
        next_cursor=page.next_cursor,
        count=counts[tab],
        tabs=[
            Tab(text, view.href(tab=key), counts[key], active=key == tab)
            for key, text in TAB_LABELS.items()
        ],
        acts=batch_acts(actor, wanted.fiscal_year) if tab in ("todo", "review") else [],
        year=wanted.fiscal_year,
    )


@pages.post("/targets/new")
@permission("target.target.edit")
def new_target() -> BaseResponse:
    """Open a project's target, empty or copied from last year."""
    year, project_id = (
        request.form.get("year", ""),
        uuid_or_none(request.form.get("project_id", "")),
    )
    if not year.isdecimal() or project_id is None:
        raise NotFoundError
    copy = request.form.get("copy") == "yes"
    try:
        with database().begin() as uow:
            command = CreateTarget(int(year), project_id, copy_last_year=copy)
            target = create_target(uow, clock(), current_actor(), command).target
            here = link("target.target", year=target.fiscal_year, id=target.target_id)
    except (TargetExistsError, NothingToCopyError) as error:
        back = link("target.project", year=int(year), id=project_id)
        return redirect_with_notice(back, error.message, "yellow")
    text = "已复制上年目标，请核对后修改。" if copy else "已建立草稿，请填写目标和指标。"
    return redirect_with_notice(here, text)


def batch_acts(actor: Actor, year: int) -> list[Link]:
    """Return the batches this actor may start from the list."""
    acts = []
    if is_allowed(actor, "target.target.review_office") or is_allowed(
        actor, "target.target.review_perf"
    ):
        acts.append(Link("批量通过（有疑点的不办）", f"/target/targets/{year}/pass", "check"))
    if is_allowed(actor, "target.target.pick_joint"):
        acts.append(Link("转集中会审", f"/target/targets/{year}/pick-joint", "users"))
    if is_allowed(actor, "target.target.table"):
        acts.append(Link("批量上会", f"/target/targets/{year}/table", "check"))
    if is_allowed(actor, "target.target.approve"):
        acts.append(Link("批量批复", f"/target/targets/{year}/approve", "check"))
    if is_allowed(actor, "target.target.issue"):
        acts.append(Link("批量下达", f"/target/targets/{year}/issue", "check"))
    return acts


def target_row(line: TargetLine, beside: Beside) -> dict[str, Any]:
    """Return a target as the list shows it."""
    target, project = line.target, line.project
    return {
        "id": str(target.target_id),
        "name": Link(
            project.name,
            link("target.target", year=target.fiscal_year, id=target.target_id),
            note=project.code,
        ),
        "unit": line.unit.name,
        "office": line.unit.lead_office_name,
        "initial": project.initial_amount,
        "state": state_badge(target.state, returned=bool(target.times_returned)),
        "doubts": _doubts(beside.doubts.get(target.target_id, ())),
        "due": _due(line, beside.calendar),
        "late": _late(line),
        "grade": label("grade", target.grade) if target.grade else "",
        "cut": target.cut_amount or None,
    }


def _doubts(doubts: Sequence[Doubt]) -> Badge | None:
    return Badge(f"{len(doubts)} 条", "orange") if doubts else None


def _late(line: TargetLine) -> Badge | None:
    if line.target.submitted_at is None:
        return None
    return Badge("逾期", "red") if line.target.is_late else Badge("按时", "green")


def _due(line: TargetLine, calendar: WorkingCalendar) -> Due | None:
    due_on = line.target.due_on
    if due_on is None:
        return None
    today = clock().today()
    return Due(due_on, calendar.workdays_between(today, due_on), done=line.target.state != "draft")


def _all_rows(
    session: Session,
    actor: Actor,
    wanted: TargetFilter,
    sort: str,
    rules: tuple[TargetPolicy, WorkingCalendar],
) -> Iterator[Mapping[str, Any]]:
    policy, calendar = rules
    cursor, more = None, True
    while more:
        page = list_targets(session, actor, wanted, sort=sort, cursor=cursor, limit=MOST)
        beside = Beside(doubts_of(session, policy, page.items), calendar)
        yield from (target_row(line, beside) for line in page.items)
        cursor, more = page.next_cursor, page.next_cursor is not None


def _view(choices: UnitChoices, args: Any) -> ListView:  # noqa: ANN401 (werkzeug's mapping)
    filters = (
        year_filter(clock().today(), args["year"]),
        Filter("q", "关键词", "text", placeholder="项目名称、编码或拼音首字母"),
        Filter("state", "状态", choices=choices_of("target_state")),
        Filter("unit", "单位", choices=[Choice(*each) for each in choices.units]),
        Filter("office", "归口股室", choices=[Choice(*each) for each in choices.offices]),
        Filter("late", "报送", choices=[Choice("yes", "逾期"), Choice("no", "按时")]),
    )
    return list_view(
        request.path, args, columns=COLUMNS, filters=filters, default_sort="code", kept=("tab",)
    )


def _wanted(view: ListView, tab: str) -> TargetFilter:
    return TargetFilter(
        int(view.value("year")),
        tab=tab,
        state=view.value("state"),
        unit_id=uuid_or_none(view.value("unit")),
        office=view.value("office"),
        text=view.value("q"),
        is_late={"yes": True, "no": False}.get(view.value("late")),
    )
