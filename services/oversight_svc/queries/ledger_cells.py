"""What a line of the ledger says: one definition for the page and for its Excel (Y25-6.2).

The columns follow the county's rectification ledger; a date says how many working days are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.finding_states import (
    CLOSED_STATES,
    VOID_STATES,
    FindingState,
)
from services.oversight_svc.domain.ledger import LedgerKey, LedgerMark
from services.oversight_svc.queries.ledger import Entry
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.people import OfficeRow
from shared.access.actor import Actor
from shared.calendar import WorkingCalendar
from shared.terms import label_of, labels
from shared.web.console.formats import date_zh
from shared.web.console.lists import Column
from shared.web.console.views import Badge, Due, Link, Progress, Tone
from shared.web.links import link

COLUMNS = (
    Column("place", "序号", "custom", frozen=True),
    Column("number", "问题编号", sortable=True, frozen=True),
    Column("title", "问题", "link", frozen=True, width="wide"),
    Column("source", "来源"),
    Column("kind", "整改类型"),
    Column("unit", "责任单位", "link", width="medium"),
    Column("person", "责任人"),
    Column("office", "牵头股室"),
    Column("measures", "整改措施", width="wide"),
    Column("due", "整改期限", "due", sortable=True),
    Column("progress", "整改进度", "custom", sortable=True, width="medium"),
    Column("note", "进展说明", width="medium"),
    Column("state", "状态", "badge"),
    Column("recheck", "复核人和日期", width="medium"),
    Column("close_out", "销号人和日期", width="medium"),
    Column("look_back", "回头看结论和日期", width="medium"),
    Column("re_question", "再问效日期"),
    Column("extended", "延期（次）", "number"),
    Column("urged", "催办（次）", "number"),
    Column("amount", "涉及金额", "money", sortable=True),
    Column("rectified", "已整改金额", "money"),
    Column("marks", "标记", width="medium"),
    Column("assigned", "督办人"),
)
ALWAYS = ("place", "number", "title")
"""Without these a line would not say what it is about."""

_TONES: Mapping[FindingState, Tone] = {
    FindingState.REGISTERED: "grey",
    FindingState.DISPUTED: "red",
    FindingState.REPORTED: "orange",
    FindingState.VERIFIED: "orange",
    FindingState.CLOSED_OUT: "green",
    FindingState.CONFIRMED: "green",
    FindingState.EFFECTIVE: "green",
    FindingState.ARCHIVED: "grey",
    FindingState.MERGED: "grey",
    FindingState.WITHDRAWN: "grey",
}
_SETTLED = (*CLOSED_STATES, *VOID_STATES)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to say a line in words: the day, the calendar, the offices' names."""

    today: date
    calendar: WorkingCalendar
    offices: Mapping[str, str]


def office_names(session: Session, actor: Actor) -> dict[str, str]:
    """Return code → name of the region's finance offices, by name."""
    query = (
        select(OfficeRow.code, OfficeRow.name)
        .where(OfficeRow.region_code == actor.scope.region)
        .order_by(OfficeRow.name)
    )
    return dict(session.execute(query).all())


def chosen_columns(keys: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns named, in their own order, with those that never go; all for none."""
    wanted = set(keys)
    if not wanted & {column.key for column in COLUMNS}:
        return COLUMNS
    return tuple(column for column in COLUMNS if column.key in wanted or column.key in ALWAYS)


def ledger_cells(entry: Entry, place: int, telling: Telling) -> dict[str, Any]:
    """Return one line; `place` is its number in the whole list, from 1."""
    finding, unit = entry.finding, entry.unit
    state = FindingState(finding.state)
    return {
        "place": place,
        "number": finding.number,
        "title": Link(finding.title, finding_href(finding)),
        "source": labels("finding_source")[finding.source],
        "kind": labels("rectification_kind")[finding.kind],
        "unit": Link(
            unit.name,
            link("oversight.findings", query={"unit": unit.code}),
            note=f"配合：{'、'.join(entry.assisting)}" if entry.assisting else "",
        ),
        "person": finding.responsible_person,
        "office": telling.offices.get(finding.lead_office or "", finding.lead_office or ""),
        "measures": finding.measures_summary,
        "due": due_of_finding(finding, telling),
        "progress": Progress(
            Decimal(finding.progress), "green" if state in CLOSED_STATES else "blue"
        ),
        "note": finding.progress_note,
        "state": state_badge(finding),
        "recheck": _who_when(finding.rechecker_name, finding.rechecked_at),
        "close_out": _who_when(finding.closer_name, finding.closed_on),
        "look_back": _who_when(
            labels("look_back_verdict").get(finding.look_back_verdict or "", ""),
            finding.look_back_on,
        ),
        "re_question": date_zh(finding.re_question_on) if finding.re_question_on else "",
        "extended": finding.times_extended,
        "urged": finding.times_urged,
        "amount": finding.amount,
        "rectified": finding.amount_rectified,
        "marks": "、".join(label_of(mark) for mark in marks_of(finding)),
        "assigned": finding.assigned_name,
    }


def key_of(finding: FindingRow) -> LedgerKey:
    """Return what names the finding."""
    return LedgerKey(finding.fiscal_year, finding.finding_id)


def finding_href(finding: FindingRow) -> str:
    """Return the address of the finding's own page."""
    return link("oversight.finding", year=finding.fiscal_year, id=finding.finding_id)


def state_badge(finding: FindingRow) -> Badge:
    """Return the state; red when the unit was found to refuse."""
    state = FindingState(finding.state)
    tone = _TONES.get(state, "blue")
    return Badge(label_of(state), "red" if finding.is_refused and state not in _SETTLED else tone)


def marks_of(finding: FindingRow) -> list[LedgerMark]:
    """Return what stands out about the finding, the gravest first."""
    marks = {
        LedgerMark.REFUSED: finding.is_refused,
        LedgerMark.FALSIFIED: finding.is_falsified,
        LedgerMark.REPEATED: finding.is_repeated,
        LedgerMark.PARTLY: finding.is_partly_recognised,
    }
    return [mark for mark, is_set in marks.items() if is_set]


def due_of_finding(finding: FindingRow, telling: Telling) -> Due | None:
    """Return the due date with the working days left and, when extended, the first date."""
    if finding.due_on is None:
        return None
    left = telling.calendar.workdays_between(telling.today, finding.due_on)
    if finding.due_on < telling.today and left == 0:
        left = -1  # it ended on a day off: late all the same
    return Due(
        finding.due_on,
        left,
        finding.provisional,
        finding.first_due_on if finding.first_due_on != finding.due_on else None,
        FindingState(finding.state) in _SETTLED,
    )


def numbered(entries: Iterable[Entry], first: int, telling: Telling) -> Iterable[dict[str, Any]]:
    """Yield the lines of entries, numbered from `first`."""
    for place, entry in enumerate(entries, first):
        yield ledger_cells(entry, place, telling)


def filter_words(filters: Sequence[str]) -> str:
    """Return the filters in force as a sentence for the head of an export."""
    said = "；".join(filters)
    return f"筛选条件：{said}" if said else "筛选条件：无（不含已合并、已撤销的问题）"


def _who_when(who: str, when: date | None) -> str:
    return " ".join(part for part in (who, date_zh(when) if when else "") if part)
