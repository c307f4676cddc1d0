"""Values of the scoring schemes; labels in `labels.toml` as for every vocabulary."""

from __future__ import annotations

from enum import StrEnum


class ExecutionRule(StrEnum):
    """How budget execution is turned into points."""

    PROPORTIONAL = "proportional"
    EXECUTION_BAND = "execution_band"


class EqualReading(StrEnum):
    """What «=» asks of an indicator: to reach the target value, or to hit it."""

    AT_LEAST = "at_least"
    EXACT = "exact"


class SatisfactionRule(StrEnum):
    """How a satisfaction rate is turned into points."""

    PROPORTIONAL = "proportional"
    BANDED = "banded"


class ScoredKind(StrEnum):
    """The kinds of form a scoring scheme can be for."""

    PROJECT = "project"
    DEPT_OVERALL = "dept_overall"
    TRANSFER = "transfer"
