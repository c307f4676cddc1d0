"""Review of a target: mandatory checks, eight items, grade and what follows.

JN22-1.1, HC13.1, HC13.2, YC23-2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from services.target_svc.domain.states import TargetAct
from shared.errors import FieldProblem, RuleBrokenError
from shared.policy.model import ReviewPolicy
from shared.terms.vocabulary import Grade


class SelfReviewError(RuleBrokenError):
    """Nobody reviews what they submitted themselves."""

    code: ClassVar[str] = "self_review"
    sentence: ClassVar[str] = "这份目标由您本人提交，不能由您审核；请交由其他审核人办理。"


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """What a reviewer entered: `items` item code → points, `checks` the mandatory ones."""

    opinion: str
    checks: Mapping[str, bool]
    items: Mapping[str, Decimal]
    grade: Grade | None
    cut_amount: Decimal


def check_first_review(
    policy: ReviewPolicy, finding: ReviewFinding, *, passing: bool
) -> list[FieldProblem]:
    """Check the lead office's review: to pass, each mandatory check says yes (JN22-1.1)."""
    problems = _check_opinion(finding, passing=passing)
    if passing:
        problems += [
            FieldProblem(
                f"checks.{code}",
                "check_required",
                "通过前须确认这一项；不能确认的请退回。",
            )
            for code in policy.mandatory_checks
            if not finding.checks.get(code)
        ]
    return problems


def check_return(finding: ReviewFinding) -> list[FieldProblem]:
    """Check a return: it needs a reason the unit can act on."""
    return _check_opinion(finding, passing=False)


def check_performance_review(
    policy: ReviewPolicy, finding: ReviewFinding, *, requested: Decimal
) -> list[FieldProblem]:
    """Check 绩效中心's review: grade, points within range, a cut no larger than asked for."""
    problems: list[FieldProblem] = []
    if finding.grade is None:
        problems.append(FieldProblem("grade", "missing", "请选择综合评定等级。"))
    points = {item.code: item.points for item in policy.items}
    for code, given in finding.items.items():
        if code not in points or not 0 <= given <= points[code]:
            full = points.get(code, Decimal(0))
            problems.append(
                FieldProblem(f"items.{code}", "out_of_range", f"得分须在 0 至 {full} 之间。")
            )
    if not 0 <= finding.cut_amount <= requested:
        problems.append(
            FieldProblem("cut_amount", "out_of_range", "核减金额不能为负，也不能超过申请金额。")
        )
    passing = finding.grade is not None and finding.grade.value in policy.passing_grades
    return problems + _check_opinion(finding, passing=passing)


def act_for_grade(policy: ReviewPolicy, grade: Grade) -> TargetAct:
    """Return what a grade leads to: pass, revise (returned through the office) or reject."""
    if grade.value in policy.passing_grades:
        return TargetAct.APPROVE_PERF
    if grade.value in policy.reject_grades:
        return TargetAct.REJECT_PERF
    return TargetAct.RETURN_PERF


def total_points(finding: ReviewFinding) -> Decimal:
    """Return the sum of the points given."""
    return sum(finding.items.values(), Decimal(0))


def _check_opinion(finding: ReviewFinding, *, passing: bool) -> list[FieldProblem]:
    if passing or finding.opinion.strip():
        return []
    return [FieldProblem("opinion", "missing", "请写明原因，便于单位修改。")]
