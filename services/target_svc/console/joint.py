"""预算会审清单: one A3 page with verdict, reason and clause beside each project (YC23-2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import (
    declared_year,
    uuid_or_none,
    year_filter,
)
from services.target_svc.console.exports import workbook
from services.target_svc.console.showing import state_badge, verdict_badge
from services.target_svc.queries.joint import (
    ZERO,
    JointGroup,
    joint_groups,
    list_joint,
    totals_by_verdict,
)
from services.target_svc.queries.projects import ProjectFilter, ProjectLine
from services.target_svc.queries.scoping import UnitChoices, unit_choices
from shared.access.actor import Actor
from shared.policy.active import policy_for
from shared.policy.model import GatePolicy
from shared.terms import label
from shared.web.console.formats import wan
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.request import args_with_year, clock, database
from shared.web.console.showing import choices_of
from shared.web.console.views import Choice, Link, Tile
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.paging import MOST
from shared.web.permissions import permission

pages = Blueprint("joint_review", __name__, template_folder="templates")

COLUMNS = (
    Column("name", "项目", "link", frozen=True, width="medium"),
    Column("unit", "单位", width="medium"),
    Column("requested", "申请金额", "money"),
    Column("cut", "核减", "money"),
    Column("allowed", "可安排", "money"),
    Column("verdict", "结论", "badge"),
    Column("state", "目标状态", "badge"),
    Column("reason", "理由和依据", "custom", width="wide"),
)
EXPORTED = (*COLUMNS[:-1], Column("reason", "理由"), Column("clause", "依据"))
ALL_ON_ONE_PAGE = "200"


@pages.get("/joint-review")
@permission("target.gate.view")
def joint_review() -> str | BaseResponse:
    """Show the list, or give it as Excel; looking at it asks the gate nothing."""
    actor = current_actor()
    with database().read() as session:
        args = args_with_year(declared_year(session, actor, clock().today()))
        args.setdefault("limit", ALL_ON_ONE_PAGE)
        view = _view(unit_choices(session, actor), args)
        wanted = _wanted(view)
        pack = policy_for(session, actor.scope.region, wanted.fiscal_year)
        groups = joint_groups(session, actor, pack.gate, wanted)
        shown = _shown(groups, view.value("verdict"))
        title = f"{wanted.fiscal_year}年预算会审清单"
        if args.get("format") == "xlsx":
            rows = _all_rows(session, actor, wanted, pack.gate, shown)
            notes = (f"依据：{pack.title}；{pack.gate.basis.clause}", _sum_text(groups))
            return workbook(title, EXPORTED, rows, notes)
        page = list_joint(session, actor, wanted, shown, cursor=view.cursor, limit=view.limit)
    rows_shown = [joint_row(line, pack.gate) for line in page.items]
    return render_template(
        "target/joint.html",
        view=view,
        rows=rows_shown,
        next_cursor=page.next_cursor,
        count=sum(group.count for group in (groups if shown is None else shown)),
        tiles=_tiles(groups, view),
        total=_total(groups if shown is None else shown),
        title=title,
        pack=pack,
        mode=label("gate_mode", pack.gate.mode.value),
        day=clock().today(),
    )


def joint_row(line: ProjectLine, policy: GatePolicy) -> dict[str, Any]:
    """Return a project with the gate's verdict, reason and clause."""
    project, target, answer = line.project, line.target, line.gate(policy)
    name = (
        link("target.target", year=project.fiscal_year, id=target.target_id)
        if target
        else link("target.project", year=project.fiscal_year, id=project.project_id)
    )
    return {
        "name": Link(project.name, name, note=project.code),
        "unit": line.unit.name,
        "requested": project.initial_amount,
        "cut": target.cut_amount if target and target.cut_amount else None,
        "allowed": answer.allowed,
        "verdict": verdict_badge(answer.verdict.value),
        "state": state_badge(
            target.state if target else None, returned=bool(target and target.times_returned)
        ),
        "reason": answer.reasons[0].sentence,
        "clause": answer.reasons[0].clause,
    }


def _shown(groups: Sequence[JointGroup], verdict: str) -> Sequence[JointGroup] | None:
    if not verdict:
        return None
    return [group for group in groups if group.answer.verdict.value == verdict]


def _tiles(groups: Sequence[JointGroup], view: ListView) -> list[Tile]:
    return [
        Tile(
            label("gate_verdict", total.verdict.value),
            str(total.count),
            view.href(verdict=total.verdict.value),
            tone=verdict_badge(total.verdict.value).tone,
            note=f"申请 {wan(total.requested)}，可安排 {wan(total.allowed)} 万元",
        )
        for total in totals_by_verdict(groups)
    ]


def _total(groups: Sequence[JointGroup]) -> dict[str, Any]:
    return {
        "count": sum(group.count for group in groups),
        "requested": sum((group.requested for group in groups), ZERO),
        "cut": sum((group.cut for group in groups), ZERO),
        "allowed": sum((group.answer.allowed for group in groups), ZERO),
    }


def _sum_text(groups: Sequence[JointGroup]) -> str:
    total = _total(groups)
    return (
        f"合计 {total['count']} 个项目，申请 {wan(total['requested'])} 万元，"
        f"核减 {wan(total['cut'])} 万元，可安排 {wan(total['allowed'])} 万元"
    )


def _all_rows(
    session: Session,
    actor: Actor,
    wanted: ProjectFilter,
    policy: GatePolicy,
    groups: Sequence[JointGroup] | None,
) -> Iterator[Mapping[str, Any]]:
    cursor, more = None, True
    while more:
        page = list_joint(session, actor, wanted, groups, cursor=cursor, limit=MOST)
        yield from (joint_row(line, policy) for line in page.items)
        cursor, more = page.next_cursor, page.next_cursor is not None


def _view(choices: UnitChoices, args: Any) -> ListView:  # noqa: ANN401 (werkzeug's mapping)
    filters = (
        year_filter(clock().today(), args["year"]),
        Filter("q", "关键词", "text", placeholder="项目名称或编码"),
        Filter("verdict", "结论", choices=choices_of("gate_verdict")),
        Filter("office", "归口股室", choices=[Choice(*each) for each in choices.offices]),
        Filter("unit", "单位", choices=[Choice(*each) for each in choices.units]),
        Filter("book", "预算账本", choices=choices_of("budget_book")),
    )
    return list_view(request.path, args, columns=COLUMNS, filters=filters)


def _wanted(view: ListView) -> ProjectFilter:
    return ProjectFilter(
        int(view.value("year")),
        text=view.value("q"),
        unit_id=uuid_or_none(view.value("unit")),
        office=view.value("office"),
        book=view.value("book"),
    )
