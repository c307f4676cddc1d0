"""What the rectification ledger (整改台账) calls things: groups of states, marks, batches.

Y25-6.2, HC20.1, YC23-6.4. The report counts every finding that is not void exactly once: put right,
being put right, not put right (已整改、整改中、未整改).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.oversight_svc.domain.finding_states import (
    CLOSED_STATES,
    OPEN_STATES,
    VOID_STATES,
    FindingAct,
    FindingState,
    acts_from,
)
from shared.terms import label_of

SOON_WORKDAYS = 3
"""临期: due within so many working days."""


class Standing(StrEnum):
    """How far a finding is, in the three words reports use."""

    RECTIFIED = "rectified"
    RECTIFYING = "rectifying"
    UNRECTIFIED = "unrectified"


class LedgerMark(StrEnum):
    """What stands out about a finding."""

    REFUSED = "refused"
    REPEATED = "repeated"
    FALSIFIED = "falsified"
    EXTENDED = "extended"
    PARTLY = "partly"


class BatchKind(StrEnum):
    """What is done to many findings at once."""

    REMIND = "remind"
    EXTEND = "extend"
    ASSIGN = "assign"
    EXPORT = "export"


UNDERWAY_STATES = (FindingState.RECTIFYING, FindingState.REPORTED, FindingState.VERIFIED)
"""The unit's plan is in force or its report is under review."""

UNBEGUN_STATES = tuple(state for state in OPEN_STATES if state not in UNDERWAY_STATES)

WITH_UNIT_STATES = (
    FindingState.NOTIFIED,
    FindingState.ACCEPTED_BY_UNIT,
    FindingState.RECTIFYING,
)
"""It is the unit's turn, so the unit can be urged."""

STATE_GROUPS: Mapping[str, tuple[FindingState, ...]] = {
    "open": OPEN_STATES,
    "closed": CLOSED_STATES,
    "look_back": (FindingState.CLOSED_OUT, FindingState.CONFIRMED),
    "void": VOID_STATES,
}
"""State filters that stand for several states; any other value is one state or a standing."""

GROUP_LABELS: Mapping[str, str] = {
    "open": "未完成",
    "closed": "已销号（含其后）",
    "look_back": "回头看、再问效阶段",
    "void": "已合并或撤销",
}


def standing_of(state: FindingState, *, is_refused: bool) -> Standing | None:
    """Return the report's word for a finding; `None` for one that no longer counts.

    A unit that was found to refuse has not put anything right, whatever its plan said (YC23-6.5).
    """
    if state in VOID_STATES:
        return None
    if state in CLOSED_STATES:
        return Standing.RECTIFIED
    if state in UNDERWAY_STATES and not is_refused:
        return Standing.RECTIFYING
    return Standing.UNRECTIFIED


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """What names a finding, as it stands in a batch."""

    fiscal_year: int
    finding_id: UUID

    def to_text(self) -> str:
        """Return the key as the list posts it."""
        return f"{self.fiscal_year}:{self.finding_id}"


def key_from(text: str) -> LedgerKey | None:
    """Read what `LedgerKey.to_text` wrote; `None` for anything else."""
    year, mark, rest = text.partition(":")
    if not (mark and year.isascii() and year.isdecimal() and len(year) == 4):  # noqa: PLR2004
        return None
    try:
        return LedgerKey(int(year), UUID(rest))
    except ValueError:
        return None


def why_left_out(
    kind: BatchKind,
    state: FindingState,
    *,
    due_on: date | None,
    new_due_on: date | None = None,
    extensions_left: int = 1,
) -> str:
    """Return why a finding takes no part in the batch, empty when it does.

    Only what the states forbid is judged here; rights and parties are the use cases' matter.
    """
    name = label_of(state)
    later = new_due_on is None or due_on is None or new_due_on > due_on
    extendable = FindingAct.EXTEND in {edge.act for edge in acts_from(state)}
    reasons: Mapping[BatchKind, tuple[tuple[bool, str], ...]] = {
        BatchKind.REMIND: (
            (state in WITH_UNIT_STATES, f"目前为「{name}」，不在责任单位手中，无须催办。"),
        ),
        BatchKind.ASSIGN: ((state in OPEN_STATES, f"目前为「{name}」，已不需要督办。"),),
        BatchKind.EXTEND: (
            (extendable, f"目前为「{name}」，不能延期。"),
            (extensions_left > 0, "延期次数已达规定上限；请督促整改，或报领导另行研究。"),
            (later, "原期限不早于新的期限，无须延期。"),
        ),
    }
    return next((why for holds, why in reasons.get(kind, ()) if not holds), "")
