"""What has to be driven today: counts by office, the urgent findings, letters not sent yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.domain.recognition import OFFICE_ROLES
from services.oversight_svc.domain.verdicts import UrgingMeans, UrgingState
from services.oversight_svc.queries.ledger import Entry, entries_by_key
from services.oversight_svc.queries.ledger_filters import (
    Asked,
    in_scope,
    is_due_soon,
    is_overdue,
    waits_for_recheck,
    waits_for_recognition,
    waits_for_urging,
)
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import NoticeRow, UrgingRow
from shared.access.actor import Actor
from shared.web.paging import MOST

_IS_DRAFT = UrgingRow.state == UrgingState.DRAFT.value


@dataclass(frozen=True, slots=True)
class TodayCounts:
    """Findings of one office, or of all, that ask for something today."""

    overdue: int = 0
    """With the unit, driven by the actor's body and past its date: what can be urged about."""
    soon: int = 0
    """The same, due within three working days."""
    recheck: int = 0
    """Reported and waiting for the actor's recheck."""
    recognise: int = 0
    """Rechecked and waiting for the actor's recognition."""

    def __add__(self, other: TodayCounts) -> TodayCounts:
        """Return both together."""
        return TodayCounts(
            self.overdue + other.overdue,
            self.soon + other.soon,
            self.recheck + other.recheck,
            self.recognise + other.recognise,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter (催办函) to one unit; `row` is any of its lines, which share number, date, scan."""

    batch_id: UUID
    entries: Sequence[Entry]
    row: UrgingRow

    @property
    def is_sent(self) -> bool:
        """Tell whether number, date and scan are recorded."""
        return self.row.state == UrgingState.SENT.value


def count_today(session: Session, actor: Actor, asked: Asked) -> dict[str, TodayCounts]:
    """Return the counts by lead office (empty: none) of the actor's scope, in one query."""
    tests = {
        "overdue": and_(is_overdue(asked.today), waits_for_urging(actor)),
        "soon": and_(is_due_soon(asked), waits_for_urging(actor)),
        "recheck": waits_for_recheck(actor),
        "recognise": waits_for_recognition(actor),
    }
    query = (
        select(
            FindingRow.lead_office,
            *(func.count().filter(test).label(name) for name, test in tests.items()),
        )
        .where(in_scope(actor), or_(*tests.values()))
        .group_by(FindingRow.lead_office)
        .order_by(FindingRow.lead_office)
    )
    found: dict[str, TodayCounts] = {}
    for office, *counts in session.execute(query):
        found[office or ""] = TodayCounts(*counts)
    return found


def urgent_findings(
    session: Session, actor: Actor, asked: Asked, *, office: str = ""
) -> list[Entry]:
    """Return what can be urged about today, the most urgent first, at most 200.

    Overdue or due within three working days, with its unit, raised by a body the actor speaks for.
    """
    query = (
        select(FindingRow.fiscal_year, FindingRow.finding_id)
        .where(
            in_scope(actor),
            waits_for_urging(actor),
            FindingRow.due_on <= asked.soon_until,
        )
        .order_by(FindingRow.due_on, FindingRow.finding_id)
        .limit(MOST)
    )
    if office:
        query = query.where(FindingRow.lead_office == office)
    keys = [LedgerKey(year, finding_id) for year, finding_id in session.execute(query)]
    return entries_by_key(session, actor, keys)


def own_bodies(actor: Actor) -> list[str]:
    """Return the bodies whose findings the actor drives."""
    return [body.value for body, roles in OFFICE_ROLES.items() if not roles.isdisjoint(actor.roles)]


def drafted_letters(session: Session, actor: Actor) -> list[Letter]:
    """Return the letters of the actor's scope that are drafts, the oldest first."""
    return _together(session, actor, _letters(session, actor, _IS_DRAFT))


def find_letter(session: Session, actor: Actor, batch_id: UUID) -> Letter | None:
    """Return one letter, drafted or sent; `None` outside the actor's scope."""
    rows = _letters(session, actor, UrgingRow.batch_id == batch_id)
    return next(iter(_together(session, actor, rows)), None)


def notice_number(session: Session, letter: Letter) -> str:
    """Return the number of the notice that all findings of the letter stand in, else nothing."""
    notices = {
        (entry.finding.region_code, entry.finding.fiscal_year, entry.finding.notice_id)
        for entry in letter.entries
    }
    if len(notices) != 1:
        return ""
    key = next(iter(notices))
    row = session.get(NoticeRow, key) if key[2] else None
    return row.document_number if row else ""


def _letters(session: Session, actor: Actor, which: ColumnElement[bool]) -> Sequence[UrgingRow]:
    query = (
        select(UrgingRow)
        .join(
            FindingRow,
            and_(
                FindingRow.region_code == UrgingRow.region_code,
                FindingRow.fiscal_year == UrgingRow.fiscal_year,
                FindingRow.finding_id == UrgingRow.finding_id,
            ),
        )
        .where(
            in_scope(actor),
            FindingRow.raised_by.in_(own_bodies(actor)),
            UrgingRow.means == UrgingMeans.LETTER.value,
            which,
        )
        .order_by(UrgingRow.urged_at, UrgingRow.urging_id)
        .limit(MOST)
    )
    return session.scalars(query).all()


def _together(session: Session, actor: Actor, rows: Sequence[UrgingRow]) -> list[Letter]:
    batches: dict[UUID, list[UrgingRow]] = defaultdict(list)
    for row in rows:
        batches[row.batch_id].append(row)
    entries: Mapping[tuple[int, UUID], Entry] = {
        (entry.finding.fiscal_year, entry.finding.finding_id): entry
        for entry in entries_by_key(
            session,
            actor,
            list(dict.fromkeys(LedgerKey(row.fiscal_year, row.finding_id) for row in rows)),
        )
    }
    return [
        Letter(
            batch_id,
            [entries[row.fiscal_year, row.finding_id] for row in own],
            own[0],
        )
        for batch_id, own in batches.items()
    ]
