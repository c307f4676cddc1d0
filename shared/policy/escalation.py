"""The ladder (逾期升级) what is overdue climbs: rungs in order, one ladder for each kind of thing.

A rung reminds or prepares something for a person; none of them is a sanction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.policy.model import Basis


class OverdueKind(StrEnum):
    """What can be overdue and climbs a ladder of its own."""

    MONITORING_REPORT = "monitoring_report"
    SELF_EVALUATION_REPORT = "self_evaluation_report"
    NOTICE_RECEIPT = "notice_receipt"
    RECTIFICATION = "rectification"  # the plan and the report share the finding's date


class RungWay(StrEnum):
    """What a rung does."""

    REMINDER = "reminder"
    LETTER = "letter"  # 催办函
    CALL = "call"  # to the head of the unit
    CIRCULAR = "circular"  # 列入通报名单
    PROPOSAL = "proposal"  # 提请问责


class RungMode(StrEnum):
    """Who does it: the system at once, or a person for whom the system prepares it."""

    AUTOMATIC = "automatic"
    PREPARED = "prepared"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder.

    `workdays` count from the due date, before it when negative; `after_buffer` counts them from the
    last day of the deadline's local buffer instead. `role` is asked to do what `demand` says;
    neither is there for an automatic rung. `is_paper`: done only with number, date and scan.
    """

    code: str
    title: str
    way: RungWay
    mode: RungMode
    workdays: int
    after_buffer: bool
    role: str | None
    demand: str | None
    is_paper: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one kind; `deadline` names the rule whose buffer counts."""

    kind: OverdueKind
    deadline: str
    rungs: tuple[Rung, ...]
