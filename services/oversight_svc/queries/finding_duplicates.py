"""Findings that are possibly the same as another, finance's and audit's alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.finding_states import VOID_STATES
from services.oversight_svc.domain.similarity import LIKELY, Likeness, likeness
from services.oversight_svc.queries.ledger_filters import in_scope, same_unit
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow

LOOKED_AT = 300
"""The newest findings of the unit, or about the project, that are compared."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is about to be registered; `amount` in 元."""

    fiscal_year: int
    unit_id: UUID
    title: str
    project_name: str = ""
    project_id: UUID | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Likely:
    """Another finding and how alike it is, 0 to 100."""

    finding: FindingRow
    points: int


def likely_duplicates(
    session: Session, actor: Actor, one: FindingRow | Candidate
) -> Sequence[Likely]:
    """Return the findings of the same budget year most like `one`, the likeliest first."""
    own_id = one.finding_id if isinstance(one, FindingRow) else None
    ways = [FindingRow.unit_id == one.unit_id]
    if one.project_id is not None:
        ways.append(FindingRow.project_id == one.project_id)
    if one.project_name.strip():
        ways.append(FindingRow.project_name == one.project_name.strip())
    query = (
        select(FindingRow)
        .join(UnitRow, same_unit())
        .where(
            in_scope(actor),
            FindingRow.fiscal_year == one.fiscal_year,
            FindingRow.state.not_in([state.value for state in VOID_STATES]),
            or_(*ways),
        )
        .order_by(FindingRow.finding_id.desc())
        .limit(LOOKED_AT)
    )
    found = [
        Likely(row, likeness(_as_likeness(one), _as_likeness(row)))
        for row in session.scalars(query)
        if row.finding_id != own_id
    ]
    likely = [each for each in found if each.points >= LIKELY]
    return sorted(likely, key=lambda each: -each.points)[:SHOWN]


def _as_likeness(one: FindingRow | Candidate) -> Likeness:
    return Likeness(one.unit_id, one.project_id, one.project_name, one.title, one.amount)
