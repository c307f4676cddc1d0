"""A scoring scheme of the policy packs as the form check holds a form against it (YC23-5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from services.eval_svc.domain.form_check.rules import (
    CheckRules,
    GradeFloor,
    SchemeRules,
    SectionPoints,
)
from services.eval_svc.domain.scoring_bands import score_satisfaction
from services.eval_svc.domain.scoring_execution import score_execution
from services.eval_svc.domain.scoring_quantity import Quantity, score_quantity
from shared.policy.scoring import ScoringScheme
from shared.terms import labels
from shared.terms.scoring import ExecutionRule, SatisfactionRule
from shared.terms.vocabulary import Grade, Operator


def rules_from(schemes: Mapping[str, ScoringScheme], customary: str) -> CheckRules:
    """Return the check's rules: figures of the scheme called `customary`, and every scheme."""
    usual = schemes[customary]
    return CheckRules(
        _grades(usual),
        usual.over_fulfilment.reason_from,
        schemes={code: scheme_rules(scheme) for code, scheme in schemes.items()},
    )


def scheme_rules(scheme: ScoringScheme) -> SchemeRules:
    """Return what a scheme says of a form that names it."""

    def execution(points: Decimal, executed: Decimal, budget: Decimal) -> tuple[Decimal, ...]:
        """Score the rate; where a finished project earns all points, the form cannot tell."""
        asked: tuple[bool | None, ...] = (None,)
        if scheme.execution.rule == ExecutionRule.EXECUTION_BAND:
            asked = (None, True)
        scores = [
            score_execution(scheme, budget=budget, executed=executed, finished=each).score
            for each in asked
        ]
        whole = scheme.execution.points
        return tuple((score or Decimal(0)) * points / whole for score in scores)

    def indicator(
        points: Decimal, operator: Operator, target: Decimal, actual: Decimal, level1: str
    ) -> Decimal:
        if scheme.satisfaction.rule == SatisfactionRule.BANDED and "满意" in level1:
            scored = score_satisfaction(scheme, points, actual)
        else:
            scored = score_quantity(scheme, Quantity(points, operator, target, actual))
        return scored.score or Decimal(0)

    return SchemeRules(
        code=scheme.code,
        source=scheme.points_basis.clause,
        execution_points=scheme.execution.points,
        score_execution=execution,
        score_indicator=indicator,
        grades=_grades(scheme),
        sections=lambda names: _sections(scheme, names),
    )


def _grades(scheme: ScoringScheme) -> tuple[GradeFloor, ...]:
    return tuple(GradeFloor(Grade(each.grade), each.at_least) for each in scheme.grade_bands)


def _sections(scheme: ScoringScheme, names: frozenset[str]) -> tuple[SectionPoints, ...]:
    """Return the points of the level-1 groups a form shows, by their Chinese names."""
    titles = labels("indicator_level1")
    codes = [code for code, title in titles.items() if title in names]
    return tuple(
        SectionPoints(frozenset(titles[code] for code in row.levels), row.points)
        for row in scheme.points_for(codes)
    )
