"""Everything one finding's page shows, and the files a viewer of it may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.queries.finding_duplicates import Likely, likely_duplicates
from services.oversight_svc.queries.ledger_filters import in_scope, same_unit
from services.oversight_svc.store.findings import (
    FindingMoneyRow,
    FindingRow,
    FindingUnitRow,
    MeasureRow,
    finding_measures,
    finding_money,
)
from services.oversight_svc.store.rectification import (
    EvidenceRow,
    FindingExtensionRow,
    NoticeRow,
    RectificationReportRow,
    UrgingRow,
    VerdictRow,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.trail.queries import TrailEntry, timeline


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with all that hangs on it, oldest first.

    `units` are those that share it, the leading one first. `absorbed` were merged into it, `later`
    are findings of later years that name it as the one that happened again.
    """

    finding: FindingRow
    unit: UnitRow
    units: Sequence[tuple[FindingUnitRow, UnitRow]]
    money: Sequence[FindingMoneyRow]
    measures: Sequence[MeasureRow]
    notice: NoticeRow | None
    reports: Sequence[RectificationReportRow]
    evidence: Sequence[EvidenceRow]
    verdicts: Sequence[VerdictRow]
    extensions: Sequence[FindingExtensionRow]
    urgings: Sequence[UrgingRow]
    trail: Sequence[TrailEntry]
    relations: Relations
    likely: Sequence[Likely]


@dataclass(frozen=True, slots=True)
class Relations:
    """Findings of the viewer's scope this one is tied to."""

    merged_into: FindingRow | None
    absorbed: Sequence[FindingRow]
    earlier: FindingRow | None
    later: Sequence[FindingRow]


def find_visible(
    session: Session, actor: Actor, year: int, finding_id: UUID
) -> tuple[FindingRow, UnitRow]:
    """Return a finding of the actor's scope with its leading unit; raise `NotFoundError`."""
    query = (
        select(FindingRow, UnitRow)
        .join(UnitRow, same_unit())
        .where(
            in_scope(actor),
            FindingRow.fiscal_year == year,
            FindingRow.finding_id == finding_id,
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1]


def finding_detail(
    session: Session, actor: Actor, year: int, finding_id: UUID, *, with_likely: bool = False
) -> FindingDetail:
    """Return the page's content; raise `NotFoundError` outside the actor's scope.

    `with_likely` looks for findings that are possibly the same.
    """
    finding, unit = find_visible(session, actor, year, finding_id)
    return FindingDetail(
        finding=finding,
        unit=unit,
        units=_units(session, finding),
        money=finding_money(session, finding),
        measures=finding_measures(session, finding),
        notice=_notice(session, finding),
        reports=_of(session, RectificationReportRow, finding, RectificationReportRow.sequence),
        evidence=_of(session, EvidenceRow, finding, EvidenceRow.evidence_id),
        verdicts=_of(session, VerdictRow, finding, VerdictRow.verdict_id),
        extensions=_of(session, FindingExtensionRow, finding, FindingExtensionRow.extension_id),
        urgings=_of(session, UrgingRow, finding, UrgingRow.urging_id),
        trail=timeline(session, finding.finding_id),
        relations=_relations(session, actor, finding),
        likely=likely_duplicates(session, actor, finding) if with_likely else (),
    )


def find_file(
    session: Session, actor: Actor, year: int, finding_id: UUID, evidence_id: UUID
) -> tuple[FindingRow, EvidenceRow]:
    """Return a file of a finding the actor may see; raise `NotFoundError` for any other."""
    finding, _ = find_visible(session, actor, year, finding_id)
    row = session.get(EvidenceRow, (finding.region_code, year, evidence_id))
    if row is None or row.finding_id != finding_id:
        raise NotFoundError
    return finding, row


def find_number(session: Session, actor: Actor, number: str) -> FindingRow | None:
    """Return the finding of this number in the actor's scope."""
    query = (
        select(FindingRow)
        .join(UnitRow, same_unit())
        .where(in_scope(actor), FindingRow.number == number.strip())
    )
    return session.scalars(query).first()


def _units(session: Session, finding: FindingRow) -> Sequence[tuple[FindingUnitRow, UnitRow]]:
    query = (
        select(FindingUnitRow, UnitRow)
        .join(
            UnitRow,
            (UnitRow.region_code == FindingUnitRow.region_code)
            & (UnitRow.unit_id == FindingUnitRow.unit_id),
        )
        .where(*_about(FindingUnitRow, finding))
        .order_by(FindingUnitRow.duty.desc(), UnitRow.code)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _notice(session: Session, finding: FindingRow) -> NoticeRow | None:
    if finding.notice_id is None:
        return None
    return session.get(NoticeRow, (finding.region_code, finding.fiscal_year, finding.notice_id))


def _relations(session: Session, actor: Actor, finding: FindingRow) -> Relations:
    """Read all tied findings the actor may see at once and sort them out."""
    here = finding.finding_id
    tied = [finding.merged_into, finding.earlier_id]
    query = (
        select(FindingRow)
        .where(
            in_scope(actor),
            or_(
                FindingRow.finding_id.in_([each for each in tied if each]),
                FindingRow.merged_into == here,
                FindingRow.earlier_id == here,
            ),
        )
        .order_by(FindingRow.number)
    )
    found = session.scalars(query).all()
    return Relations(
        merged_into=next((each for each in found if each.finding_id == tied[0]), None),
        absorbed=[each for each in found if each.merged_into == here],
        earlier=next((each for each in found if each.finding_id == tied[1]), None),
        later=[each for each in found if each.earlier_id == here],
    )


def _of(session: Session, table: Any, finding: FindingRow, order: Any) -> Sequence[Any]:  # noqa: ANN401
    query = select(table).where(*_about(table, finding)).order_by(order)
    return session.scalars(query).all()


def _about(table: Any, finding: FindingRow) -> tuple[Any, ...]:  # noqa: ANN401 (any of the tables)
    return (
        table.region_code == finding.region_code,
        table.fiscal_year == finding.fiscal_year,
        table.finding_id == finding.finding_id,
    )
