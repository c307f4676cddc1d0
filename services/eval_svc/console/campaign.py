"""Opening the self-evaluation of a budget year: who is in the scope and why, then confirm."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from services.eval_svc.console.years import year_choices, year_of
from services.eval_svc.domain.scope import ScopeGroup, ScopeItem, ScopeReason, group_scope
from services.eval_svc.store.campaigns import CampaignRow
from services.eval_svc.store.scope import Scope, load_scope
from services.eval_svc.usecases.open_campaign import OpenCampaign, open_campaign
from shared.access.scope import scope_filter
from shared.calendar_store import load_calendar
from shared.directory.tables import UnitRow
from shared.errors import InvalidInputError
from shared.policy.deadlines import compute_deadline
from shared.policy.names import DeadlineName
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.console.views import Tile
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("self_evaluation_campaign", __name__, template_folder="templates")
MOST_SHOWN = 500
_TITLES = {
    ScopeReason.DEPT_OVERALL: "部门整体支出",
    ScopeReason.THRESHOLD: "达到起点金额",
    ScopeReason.PROCUREMENT: "政府采购",
}


@pages.get("/campaign")
@permission("evaluation.campaign.open")
def preview() -> str:
    """Show what opening a budget year would add, and why each object is in."""
    return _page(year_of(request.args.get("year", "")))


@pages.post("/campaign")
@permission("evaluation.campaign.open")
def confirm() -> BaseResponse | tuple[str, int]:
    """Open what is missing."""
    year = year_of(request.form.get("year", ""))
    try:
        with database().begin() as uow:
            opened = open_campaign(uow, clock(), current_actor(), OpenCampaign(year))
    except InvalidInputError as error:
        return _page(year, error.problems[0].message), 422
    text = f"已生成{opened.added}份自评任务（此前已有{opened.existing}份），待办已送达各单位。"
    return redirect_with_notice(link("evaluation.progress", query={"year": year}), text)


def _page(year: int, message: str = "") -> str:
    actor = current_actor()
    with database().read() as session:
        scope = load_scope(session, actor, year)
        deadline = compute_deadline(
            scope.pack, DeadlineName.SELF_EVALUATION_REPORT, year, load_calendar(session)
        )
        campaign = session.get(CampaignRow, (actor.scope.region, year))
        names = dict(
            session.execute(
                select(UnitRow.unit_id, UnitRow.name).where(scope_filter(actor, UnitRow))
            ).all()
        )
    return render_template(
        "evaluation/campaign.html",
        year=year,
        years=year_choices(),
        message=message,
        scope=scope,
        policy=scope.pack.self_evaluation,
        basis=scope.pack.deadlines[DeadlineName.SELF_EVALUATION_REPORT].basis,
        deadline=deadline,
        campaign=campaign,
        tiles=_tiles(scope),
        groups=[_group(each, scope, names) for each in group_scope(scope.items)],
        most=MOST_SHOWN,
    )


def _tiles(scope: Scope) -> list[Tile]:
    missing = len(scope.missing)
    found = [
        Tile(
            title,
            str(sum(item.reason == reason for item in scope.items)),
            "#scope",
            unit="份",
        )
        for reason, title in _TITLES.items()
    ]
    found.append(
        Tile("本次新增", str(missing), "#scope", unit="份", tone="orange" if missing else "green")
    )
    return found


def _group(group: ScopeGroup, scope: Scope, names: dict[Any, str]) -> dict[str, Any]:
    rows = [_row(item, scope, names) for item in group.items]
    return {
        "title": _TITLES[group.reason],
        "rule": group.rule,
        "amount": group.amount,
        "count": len(rows),
        "missing": sum(not row["is_open"] for row in rows),
        "rows": rows[:MOST_SHOWN],
    }


def _row(item: ScopeItem, scope: Scope, names: dict[Any, str]) -> dict[str, Any]:
    is_open = (item.kind.value, item.subject_id) in scope.opened
    return {
        "name": item.name,
        "unit": names.get(item.unit_id, ""),
        "amount": item.amount,
        "has_target": item.has_target or item.kind.value == "dept_overall",
        "is_open": is_open,
    }
