"""What the ledger's filters may be set to, for this actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ledger import GROUP_LABELS
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.terms import labels
from shared.web.console.lists import Filter
from shared.web.console.views import Choice

YEARS_BACK = 5


@dataclass(frozen=True, slots=True)
class Places:
    """Names of offices and of the units in the actor's scope, by code."""

    offices: Mapping[str, str]
    units: Mapping[str, str]


def units_in_scope(session: Session, actor: Actor) -> dict[str, str]:
    """Return code → name of the units in the actor's scope, by code."""
    query = (
        select(UnitRow.code, UnitRow.name)
        .where(scope_filter(actor, UnitRow))
        .order_by(UnitRow.code)
    )
    return dict(session.execute(query).all())


def ledger_filters(places: Places, this_year: int) -> tuple[Filter, ...]:
    """Return the filters of the ledger, the everyday ones first."""
    years = [
        Choice(str(year), f"{year}年度")
        for year in range(this_year + 1, this_year - YEARS_BACK, -1)
    ]
    return (
        Filter("q", "关键词", "text", placeholder="问题、编号、项目或单位"),
        Filter("year", "预算年度", choices=years),
        Filter("state", "状态", choices=_states()),
        Filter(
            "due",
            "期限",
            choices=_choices({"overdue": "已逾期", "soon": "3个工作日内到期", "none": "未定期限"}),
        ),
        Filter("office", "牵头股室", choices=_choices(places.offices)),
        Filter("unit", "责任单位", choices=_choices(places.units)),
        Filter("standing", "整改情况", choices=_choices(labels("standing")), more=True),
        Filter("source", "来源", choices=_choices(labels("finding_source")), more=True),
        Filter("raised_by", "提出单位", choices=_choices(labels("raising_body")), more=True),
        Filter("kind", "整改类型", choices=_choices(labels("rectification_kind")), more=True),
        Filter("category", "问题类别", choices=_choices(labels("finding_category")), more=True),
        Filter("mark", "标记", choices=_choices(labels("ledger_mark")), more=True),
        Filter(
            "wait",
            "等我办理",
            choices=_choices({"urge": "待我催办", "recheck": "待我复核", "recognise": "待我认定"}),
            more=True,
        ),
        Filter(
            "assigned",
            "督办人",
            choices=_choices({"me": "我督办的", "nobody": "未指派"}),
            more=True,
        ),
        Filter("work_year", "工作年度", choices=years, more=True),
        Filter("money", "金额不少于（万元）", "text", placeholder="如 30", more=True),
        Filter("from", "登记日期起", "date", more=True),
        Filter("until", "登记日期止", "date", more=True),
    )


def _states() -> list[Choice]:
    return _choices({**GROUP_LABELS, **labels("finding_state")})


def _choices(options: Mapping[str, str]) -> list[Choice]:
    return [Choice(value, label) for value, label in options.items()]
