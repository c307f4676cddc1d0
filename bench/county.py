"""Invented units and projects of a county, as many as a measurement needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.target_svc.store.projects import ProjectMoneyRow, ProjectRow, renew_totals
from shared.access.actor import Actor, Scope
from shared.db.bulk import copy_rows, refresh_statistics
from shared.directory.bigrams import bigram_text
from shared.directory.pinyin import sort_key
from shared.directory.tables import UnitRow
from shared.ids import new_id
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack

REGION = "511621"
FISCAL_YEAR = 2024
NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
OFFICES = 8
UNITS = 400
_PACK = "yuechi-2023"
_WORKS = ("农村公路养护", "义务教育公用经费", "基层医疗机构补助", "高标准农田建设", "城乡环境整治")
_PROJECT_COLUMNS = (
    "region_code", "fiscal_year", "project_id", "version", "code", "name", "pinyin", "unit_id",
    "budget_book", "nature", "project_class", "function_code", "owner_name", "owner_phone",
    "summary", "flags", "initial_amount", "adjusted_amount", "ex_ante_document", "state",
    "imported_at", "search",
)  # fmt: skip
_MONEY_COLUMNS = (
    "region_code", "fiscal_year", "project_id", "budget_book", "source", "initial_amount",
    "adjusted_amount",
)  # fmt: skip


def person(role: str, scope: Scope) -> Actor:
    """Return somebody in a post."""
    return Actor(new_id(), "测算员", new_id(), "测算岗", frozenset({role}), scope)


def settle(session: Session) -> list[UUID]:
    """Put the policy pack into force and register the units; return the units' ids."""
    pack = find_pack(_PACK)
    session.add(
        ActivePolicyRow(
            region_code=REGION,
            fiscal_year=0,
            code=pack.ref.code,
            version=pack.ref.version,
            digest=pack.digest,
            content=dict(pack.content),
            answers={question.id: question.readings[0][0] for question in pack.questions},
            activated_at=NOW,
            activated_by="bench",
        )
    )
    units = [_unit(number) for number in range(UNITS)]
    session.add_all(units)
    session.flush()
    return [unit.unit_id for unit in units]


def _unit(number: int) -> UnitRow:
    code, unit_id, name = f"{200 + number}", new_id(), f"第{number}预算单位"
    pinyin = sort_key(name)
    return UnitRow(
        region_code=REGION,
        unit_id=unit_id,
        code=code,
        name=name,
        pinyin=pinyin,
        parent_id=None,
        department_id=unit_id,
        is_department=True,
        path=f"{code}/",
        kind="department",
        lead_office=f"G{number % OFFICES}",
        lead_office_name=f"第{number % OFFICES}归口股",
        head_name="",
        contact="",
        phone="",
        state="active",
        version=1,
        search=bigram_text(name, code, pinyin),
    )


def project_code(number: int) -> str:
    """Return the code of the project `number`."""
    return f"51162124T{number:07d}"


def add_projects(session: Session, units: Sequence[UUID], count: int) -> None:
    """Register `count` projects spread over the units, each with money in one book."""
    ids = [new_id() for _ in range(count)]
    copy_rows(session, ProjectRow, _PROJECT_COLUMNS, _project_rows(ids, units))
    refresh_statistics(session, ProjectRow)
    money = (
        (REGION, FISCAL_YEAR, one, "general", "fiscal", _amount(number), _amount(number))
        for number, one in enumerate(ids)
    )
    copy_rows(session, ProjectMoneyRow, _MONEY_COLUMNS, money)
    renew_totals(session, REGION, FISCAL_YEAR)


def _amount(number: int) -> Decimal:
    return Decimal(10_000 + number * 37 % 5_000_000)


def _project_rows(ids: Sequence[UUID], units: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    keys = {work: sort_key(work) for work in _WORKS}
    for number, project_id in enumerate(ids):
        work, code = _WORKS[number % len(_WORKS)], project_code(number)
        name, pinyin = f"{work}{number}", f"{keys[work]}{number}"
        yield (
            REGION, FISCAL_YEAR, project_id, 1, code, name, pinyin, units[number * 7 % len(units)],
            "general", "continued", "operation", "2050202", "张三", "", "", [], _amount(number),
            _amount(number), "", "active", NOW, bigram_text(name, code, pinyin),
        )  # fmt: skip
