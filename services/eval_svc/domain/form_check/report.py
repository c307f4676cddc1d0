"""What the check finds: each disagreement with its place, both figures, why, and on what basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs: an `error` is the form's own mistake."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class CheckBasis(StrEnum):
    """What a finding rests on; what only a customary rule shows is never an error."""

    ARITHMETIC = "arithmetic"
    PRINTED_RULE = "printed_rule"
    CUSTOMARY_RULE = "customary_rule"
    POLICY_PACK = "policy_pack"


class Verdict(StrEnum):
    """The whole form: any error makes it inconsistent; without one, an unchecked total matters."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    INCOMPLETE = "incomplete"


class FormCheckCode(StrEnum):
    """The kinds of disagreement."""

    EXECUTION_RATE_MISMATCH = "execution_rate_mismatch"
    EXECUTION_SCORE_MISMATCH = "execution_score_mismatch"
    FUND_ROWS_DO_NOT_ADD_UP = "fund_rows_do_not_add_up"
    TOTAL_ROW_EMPTY = "total_row_empty"
    WEIGHTS_DO_NOT_ADD_UP = "weights_do_not_add_up"
    SCORES_DO_NOT_ADD_UP = "scores_do_not_add_up"
    TOTAL_ABOVE_FULL_MARKS = "total_above_full_marks"
    SCORE_ABOVE_WEIGHT = "score_above_weight"
    INDICATOR_SCORE_MISMATCH = "indicator_score_mismatch"
    FULL_MARKS_FOR_MISSED_TARGET = "full_marks_for_missed_target"
    MISSING_REASON = "missing_reason"
    MISSING_VALUE = "missing_value"
    RATE_ABOVE_100 = "rate_above_100"
    NOTHING_EXECUTED = "nothing_executed"
    ZERO_TARGET = "zero_target"
    UNIT_MISMATCH = "unit_mismatch"
    GRADE_MISMATCH = "grade_mismatch"


NATIONAL_RULE = "财预〔2020〕10号"
ON_THE_FORM = "表内数字"
PRINTED_ON_THE_FORM = "表内印明的规则"

_SOURCES = {
    CheckBasis.ARITHMETIC: ON_THE_FORM,
    CheckBasis.PRINTED_RULE: PRINTED_ON_THE_FORM,
    CheckBasis.CUSTOMARY_RULE: NATIONAL_RULE,
    CheckBasis.POLICY_PACK: NATIONAL_RULE,
}


@dataclass(frozen=True, slots=True)
class Words:
    """An explanation in both languages."""

    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class FormFinding:
    """One disagreement: the place on the form, what is printed there and what was expected."""

    code: FormCheckCode
    severity: Severity
    path: str
    printed: str | None
    expected: str | None
    words: Words
    basis: CheckBasis = CheckBasis.ARITHMETIC
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as the check's contract names it."""
        return {
            "code": self.code.value,
            "severity": self.severity.value,
            "path": self.path,
            "printed": self.printed,
            "expected": self.expected,
            "explanation": self.words.chinese,
            "explanation_en": self.words.english,
            "basis": self.basis.value,
            "source": self.source or _SOURCES[self.basis],
        }


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A place that was not checked, and why; `is_total` for one without which the form is open."""

    path: str
    words: Words
    is_total: bool = False

    def __str__(self) -> str:
        """Return the place with both reasons."""
        return f"{self.path}: {self.words.chinese} ({self.words.english})"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the rules give for the figures printed; `None` where they give nothing."""

    execution_rate: str | None = None
    execution_score: str | None = None
    indicator_scores: tuple[str | None, ...] = ()
    total_score: str | None = None
    grade: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the figures as texts."""
        return {
            "execution_rate": self.execution_rate,
            "execution_score": self.execution_score,
            "indicator_scores": list(self.indicator_scores),
            "total_score": self.total_score,
            "grade": self.grade,
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The whole answer of the check."""

    findings: tuple[FormFinding, ...]
    recomputed: Recomputed
    unchecked: tuple[Unchecked, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the verdict over the form."""
        if any(each.severity is Severity.ERROR for each in self.findings):
            return Verdict.INCONSISTENT
        open_total = any(each.is_total for each in self.unchecked)
        return Verdict.INCOMPLETE if open_total else Verdict.CONSISTENT

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the check's contract names it."""
        return {
            "verdict": self.verdict.value,
            "findings": [each.to_json() for each in self.findings],
            "recomputed": self.recomputed.to_json(),
            "unchecked": [str(each) for each in self.unchecked],
        }


@dataclass(slots=True)
class Notes:
    """Collects what the rules find while they run."""

    findings: list[FormFinding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def find(self, finding: FormFinding) -> None:
        """Keep a disagreement."""
        self.findings.append(finding)

    def skip(self, path: str, chinese: str, english: str, *, is_total: bool = False) -> None:
        """Keep a place that could not be checked."""
        self.unchecked.append(Unchecked(path, Words(chinese, english), is_total))
