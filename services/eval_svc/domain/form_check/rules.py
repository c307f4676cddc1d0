"""The rules scores are held against: printed on the form, of a named scheme, or customary.

The arithmetic of the customary rules stands here (财预〔2020〕10号 as forms apply it: in
proportion, full at the target, reverse indicators losing in proportion to the excess); thresholds
and bands are handed in, because localities differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.eval_svc.domain.form_check.report import CheckBasis, Severity
from shared.terms.vocabulary import Grade, Operator

NOTHING, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
PROPORTIONAL = "proportional"
UNKNOWN = "unknown"
REVERSE = frozenset({Operator.AT_MOST, Operator.LESS_THAN})

ExecutionRule = Callable[[Decimal, Decimal, Decimal], tuple[Decimal, ...]]
"""`(points, executed, budget)` give the scores of execution that may stand, the likeliest first."""
IndicatorRule = Callable[[Decimal, Operator, Decimal, Decimal, str], Decimal]
"""`(points, operator, target, actual, level 1)` give the score of a numeric indicator."""


@dataclass(frozen=True, slots=True)
class GradeFloor:
    """`grade` applies from `at_least` % of full marks upward until the next one."""

    grade: Grade
    at_least: Decimal


def proportional_execution(
    points: Decimal, executed: Decimal, budget: Decimal
) -> tuple[Decimal, ...]:
    """Return points × executed ÷ budget, never above the points nor below 0."""
    return (points * max(NOTHING, min(ONE, executed / budget)),)


def proportional_indicator(
    points: Decimal, operator: Operator, target: Decimal, actual: Decimal, _level1: str = ""
) -> Decimal:
    """Return the points in proportion; `target` is above 0.

    A reverse indicator keeps its points within the target and loses them in proportion to the
    excess, all of them at twice the target.
    """
    if operator in REVERSE:
        return points * max(NOTHING, min(ONE, 1 - (actual - target) / target))
    return points * max(NOTHING, min(ONE, actual / target))


@dataclass(frozen=True, slots=True)
class SectionPoints:
    """Points the level-1 headings named earn together."""

    names: frozenset[str]
    points: Decimal


@dataclass(frozen=True, slots=True)
class SchemeRules:
    """What a named scoring scheme says of a form, with its source.

    `sections` gives the points for the level-1 names a form shows.
    """

    code: str
    source: str
    execution_points: Decimal
    score_execution: ExecutionRule
    score_indicator: IndicatorRule
    grades: tuple[GradeFloor, ...]
    sections: Callable[[frozenset[str]], tuple[SectionPoints, ...]]


@dataclass(frozen=True, slots=True)
class CheckRules:
    """What the check takes from the policy packs: customary figures and the schemes by code."""

    grades: tuple[GradeFloor, ...]
    over_fulfilled_from: Decimal
    """From how many % of the target a reason is asked."""
    full_marks: Decimal = HUNDRED
    schemes: Mapping[str, SchemeRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How sure a rule is for this form: the basis it gives and the severity a breach has."""

    basis: CheckBasis
    source: str

    def severity(self, if_customary: Severity) -> Severity:
        """Return `error` for a rule that is known, else what a customary one may say."""
        return if_customary if self.basis is CheckBasis.CUSTOMARY_RULE else Severity.ERROR


def scheme_for(rule: str, form_scheme: str | None, rules: CheckRules) -> SchemeRules | None:
    """Return the scheme whose rule applies: the one the rule names, else the form's own."""
    if rule == PROPORTIONAL:
        return None
    return rules.schemes.get(form_scheme or "" if rule == UNKNOWN else rule)


def standing_of(rule: str, scheme: SchemeRules | None) -> Standing:
    """Return how sure a rule is: named by a scheme, printed on the form, or only customary."""
    if scheme is not None:
        return Standing(CheckBasis.POLICY_PACK, scheme.source)
    if rule == PROPORTIONAL:
        return Standing(CheckBasis.PRINTED_RULE, "")
    return Standing(CheckBasis.CUSTOMARY_RULE, "")


def grade_for(grades: tuple[GradeFloor, ...], total: Decimal) -> Grade:
    """Return the grade of a total out of 100; bands are inclusive from below."""
    reached = [each for each in grades if total >= each.at_least]
    lowest = min(grades, key=lambda each: each.at_least)
    return max(reached, key=lambda each: each.at_least, default=lowest).grade
