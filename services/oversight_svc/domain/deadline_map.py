"""The deadline map of 全过程一览: kinds of open work by the week in which they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEKS_BACK, WEEKS_AHEAD = 3, 6
"""Weeks shown beside the present one; what was due before them stands in one column."""

LEVELS = (1, 3, 8, 20)
"""From how many tasks on a cell is shaded darker: one step for each bound reached."""


class DeadlineGroup(StrEnum):
    """What kind of work is due; cases, clues and requests for data are nobody else's to see."""

    TARGET = "target"
    MONITORING = "monitoring"
    EVALUATION = "evaluation"
    NOTICE = "notice"
    RECTIFICATION = "rectification"
    RECOGNITION = "recognition"
    FOLLOW_UP = "follow_up"


_G = DeadlineGroup
KINDS: Mapping[DeadlineGroup, tuple[str, ...]] = {
    _G.TARGET: tuple(
        f"target.{name}"
        for name in ("declare", "revise", "review_dept", "review_office", "review_perf",
                     "review_joint", "relay", "issue")
    ),
    _G.MONITORING: tuple(
        f"monitoring.{name}"
        for name in ("fill", "revise", "review_dept", "review_office", "verify")
    ),
    _G.EVALUATION: tuple(
        f"evaluation.{name}"
        for name in ("fill", "revise", "review_dept", "review_office", "relay", "publish")
    ),
    _G.NOTICE: ("oversight.notify", "oversight.sign_for"),
    _G.RECTIFICATION: (
        "oversight.plan", "oversight.decide_dispute", "oversight.report", "oversight.revise",
    ),
    _G.RECOGNITION: ("oversight.recheck", "oversight.recognise"),
    _G.FOLLOW_UP: ("oversight.look_back", "oversight.re_question", "oversight.archive"),
}  # fmt: skip
"""Tasks by the group they count in."""

VIEWED_BY: Mapping[DeadlineGroup, str] = {
    _G.TARGET: "target.target.view",
    _G.MONITORING: "monitoring.report.view",
    _G.EVALUATION: "evaluation.self_evaluation.view",
    _G.NOTICE: "oversight.finding.view",
    _G.RECTIFICATION: "oversight.finding.view",
    _G.RECOGNITION: "oversight.finding.view",
    _G.FOLLOW_UP: "oversight.finding.view",
}
"""The right to see what the tasks of a group are about."""


@dataclass(frozen=True, slots=True)
class Week:
    """Days from `first` to `last`, both included; the column of what is older has no first."""

    first: date | None
    last: date


def weeks_around(today: date) -> tuple[Week, ...]:
    """Return the columns: everything older, then week by week from Monday to Sunday."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    start = monday - timedelta(weeks=WEEKS_BACK)
    weeks = (start + timedelta(weeks=count) for count in range(WEEKS_BACK + 1 + WEEKS_AHEAD))
    return (
        Week(None, start - timedelta(days=1)),
        *(Week(first, first + timedelta(days=6)) for first in weeks),
    )


def level_of(count: int) -> int:
    """Return how dark a cell is, 0 for an empty one."""
    return sum(count >= bound for bound in LEVELS)
