"""Why a score is what it is: rule, inputs, steps, rounding and clause, as data (Y25-5.4, YC23-5.1).

A step is a line a clerk can follow on paper with the figures of the form; the last one ends in the
score itself. An explanation is stored with the form as it was found, so that a later pack, scheme
or program never tells another story about a score that was handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.money import number_text as _n
from shared.money import round_half_up
from shared.policy.model import Basis
from shared.terms import label_of

NOTHING, FULL = Decimal(0), Decimal(100)
IS, ABOUT, SO = "=", "≈", "，"


class ScoreRule(StrEnum):
    """The rule a score, total or grade was found by."""

    PROPORTION = "proportion"
    REVERSE = "reverse"
    EXACT = "exact"
    BOUND = "bound"
    SATISFACTION_BAND = "satisfaction_band"
    QUALITATIVE_BAND = "qualitative_band"
    EXECUTION_PROPORTION = "execution_proportion"
    EXECUTION_BAND = "execution_band"
    TOTAL = "total"
    GRADE = "grade"


@dataclass(frozen=True, slots=True)
class Input:
    """A figure the rule started from: its name, what the form calls it, its value as text."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `得分：20 × 1 ÷ 3 ≈ 6.67`. `sign` is =, ≈ (rounded) or ， (a comparison)."""

    label: str
    formula: str
    sign: str
    result: str
    unit: str = ""

    @property
    def text(self) -> str:
        """The line as it is read."""
        sign = self.sign if self.sign == SO else f" {self.sign} "
        way = f"{self.formula}{sign}" if self.formula else ""
        return f"{self.label}：{way}{self.result}{self.unit}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a value was found; `places` are the decimals it was rounded to, if it was."""

    rule: ScoreRule
    sentence: str
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    places: int | None
    basis: Basis

    def as_data(self) -> dict[str, Any]:
        """Return it in JSON form."""
        return {
            "rule": self.rule.value,
            "rule_label": label_of(self.rule),
            "sentence": self.sentence,
            "inputs": [
                {"name": each.name, "label": each.label, "value": each.value}
                for each in self.inputs
            ],
            "steps": [
                {"label": each.label, "formula": each.formula, "sign": each.sign,
                 "result": each.result, "text": each.text}
                for each in self.steps
            ],
            "rounding": None
            if self.places is None
            else {"mode": "half_up", "places": self.places},
            "basis": {
                "clause": self.basis.clause,
                "requirements": list(self.basis.requirements),
                "certainty": self.basis.certainty.value,
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scored:
    """A score, or `None` while it cannot be found; `achieved` in % of the target value.

    `over_fulfilled` asks the unit for a reason even at full points.
    """

    score: Decimal | None
    explained: Explanation
    achieved: Decimal | None = None
    over_fulfilled: bool = False

    @property
    def explanation(self) -> str:
        """The explanation in one sentence."""
        return self.explained.sentence


def score_step(formula: str, exact: Decimal, score: Decimal, label: str = "得分") -> Step:
    """Return the step that ends in the score; it says when the figure was rounded."""
    return Step(label, formula, IS if exact == score else ABOUT, _n(score), "分")


def percent_step(label: str, formula: str, exact: Decimal, places: int) -> tuple[Step, Decimal]:
    """Return the step that ends in a percentage, and that percentage rounded for showing."""
    shown = round_half_up(exact, places)
    return Step(label, formula, IS if exact == shown else ABOUT, _n(shown), "%"), shown


def within(points: Decimal, exact: Decimal, places: int) -> Decimal:
    """Return `exact` half-up to `places`, never below nothing or above the points."""
    rounded = round_half_up(exact, places)
    if rounded < NOTHING:
        return NOTHING
    return min(rounded, points)
