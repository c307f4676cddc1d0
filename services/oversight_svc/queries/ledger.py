"""The rectification ledger: one page, everything for an export, totals, under the same filters.

Y25-6.2, HC20.1. Every query carries the actor's scope: the leading or an assisting unit lies in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.queries.ledger_filters import (
    DUE_KEY,
    Asked,
    conditions,
    in_scope,
    same_unit,
    sort_keys,
)
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.terms.vocabulary import UnitDuty
from shared.web.paging import MOST, USUAL, Page, fetch_page

Listed = Select[FindingRow, UnitRow]
READ_AT_ONCE = 500
TOTAL_COLUMNS = (
    func.count().label("count_"),
    func.coalesce(func.sum(FindingRow.amount), Decimal(0)).label("amount_"),
    func.coalesce(func.sum(FindingRow.amount_rectified), Decimal(0)).label("rectified_"),
)
"""Count and money of a group of findings, as `Total` takes them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the finding, the unit that leads, the names of those that assist."""

    finding: FindingRow
    unit: UnitRow
    assisting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """How many findings there are, with the money involved and put right in 元."""

    count: int = 0
    amount: Decimal = Decimal("0.00")
    rectified: Decimal = Decimal("0.00")

    def __add__(self, other: Total) -> Total:
        """Return both together."""
        return Total(
            self.count + other.count,
            self.amount + other.amount,
            self.rectified + other.rectified,
        )


def list_ledger(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Entry]:
    """Return one page in two queries; `sort` is a key, descending with a minus.

    Raises `BadCursorError` for a mark of another list.
    """
    page = fetch_page(
        session, ledger_rows(actor, asked), sort_keys(sort), cursor=cursor, limit=limit
    )
    return Page(_entries(session, page.items), page.next_cursor)


def every_entry(session: Session, actor: Actor, asked: Asked, sort: str) -> Iterator[Entry]:
    """Yield the whole list in order, read through one cursor: one moment of the database.

    What the reader has let go of, the session forgets by itself.
    """
    order = [key.column.desc() if key.descending else key.column.asc() for key in sort_keys(sort)]
    statement = ledger_rows(actor, asked).order_by(*order)
    found = session.execute(statement.execution_options(yield_per=READ_AT_ONCE))
    for rows in found.partitions():
        yield from _entries(session, rows)


def total_by_state(session: Session, actor: Actor, asked: Asked) -> dict[FindingState, Total]:
    """Return count and money of each state under the filters: one grouped query."""
    query = (
        select(FindingRow.state, *TOTAL_COLUMNS)
        .join(UnitRow, same_unit())
        .where(*conditions(actor, asked))
        .group_by(FindingRow.state)
    )
    return {
        FindingState(row.state): Total(row.count_, row.amount_, row.rectified_)
        for row in session.execute(query)
    }


def count_ledger(session: Session, actor: Actor, asked: Asked) -> int:
    """Return how many lines the list has."""
    query = (
        select(func.count())
        .select_from(FindingRow)
        .join(UnitRow, same_unit())
        .where(*conditions(actor, asked))
    )
    return session.scalar(query) or 0


def entries_by_key(session: Session, actor: Actor, keys: Sequence[LedgerKey]) -> list[Entry]:
    """Return the findings named, in the order of their due dates; at most 200, those in scope."""
    wanted = [(key.fiscal_year, key.finding_id) for key in keys[:MOST]]
    statement = (
        select(FindingRow, UnitRow)
        .join(UnitRow, same_unit())
        .where(in_scope(actor), tuple_(FindingRow.fiscal_year, FindingRow.finding_id).in_(wanted))
        .order_by(DUE_KEY, FindingRow.finding_id)
    )
    return list(_entries(session, session.execute(statement).all()))


def ledger_rows(actor: Actor, asked: Asked) -> Listed:
    """Return the findings of the actor's scope with their leading unit, narrowed as asked."""
    return select(FindingRow, UnitRow).join(UnitRow, same_unit()).where(*conditions(actor, asked))


def _entries(session: Session, rows: Sequence[Any]) -> tuple[Entry, ...]:
    names = _assisting(session, [finding for finding, _unit in rows])
    return tuple(
        Entry(finding, unit, tuple(names.get(finding.finding_id, ()))) for finding, unit in rows
    )


def _assisting(session: Session, findings: Sequence[FindingRow]) -> dict[UUID, list[str]]:
    if not findings:
        return {}
    query = (
        select(FindingUnitRow.finding_id, UnitRow.name)
        .join(
            UnitRow,
            and_(
                UnitRow.region_code == FindingUnitRow.region_code,
                UnitRow.unit_id == FindingUnitRow.unit_id,
            ),
        )
        .where(
            FindingUnitRow.region_code == findings[0].region_code,
            FindingUnitRow.fiscal_year.in_(sorted({each.fiscal_year for each in findings})),
            FindingUnitRow.finding_id.in_([each.finding_id for each in findings]),
            FindingUnitRow.duty == UnitDuty.ASSISTING.value,
        )
        .order_by(UnitRow.code)
    )
    names: dict[UUID, list[str]] = defaultdict(list)
    for finding_id, name in session.execute(query):
        names[finding_id].append(name)
    return names
