"""What a target needs before it may leave the unit (SL21-5.1, SL21-7.4, YC23-1.1, Y25-7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.target_svc.domain.indicators import Indicator, check_indicators
from shared.errors import FieldProblem
from shared.policy.model import TargetPolicy


@dataclass(frozen=True, slots=True)
class Submission:
    """A target about to be submitted.

    Heads do not log in: a signed scan or an e-seal stands for their signature, recorded as such
    together with the truth commitment (真实性承诺).
    """

    annual_goal: str
    midterm_goal: str
    period_years: int
    indicators: Sequence[Indicator]
    commitment: bool
    signer_name: str
    signature_kind: str  # signed_scan | e_seal
    scan_digest: str


def check_submission(policy: TargetPolicy, submission: Submission) -> list[FieldProblem]:
    """Return everything that keeps the target from being submitted, all at once."""
    content = check_content(
        policy,
        annual_goal=submission.annual_goal,
        midterm_goal=submission.midterm_goal,
        period_years=submission.period_years,
        indicators=submission.indicators,
    )
    return content + _check_signature(submission)


def check_content(
    policy: TargetPolicy,
    *,
    annual_goal: str,
    midterm_goal: str,
    period_years: int,
    indicators: Sequence[Indicator],
) -> list[FieldProblem]:
    """Return what is wrong with goals and indicators, before anybody signs them."""
    problems: list[FieldProblem] = []
    if not annual_goal.strip():
        problems.append(FieldProblem("annual_goal", "missing", "请填写年度总体目标。"))
    if period_years > 1 and not midterm_goal.strip():
        problems.append(
            FieldProblem("midterm_goal", "missing", "项目期超过一年，请填写中期总体目标。")
        )
    if not indicators:
        problems.append(FieldProblem("indicators", "missing", "请至少填写一条绩效指标。"))
    return problems + check_indicators(policy, indicators)


def _check_signature(submission: Submission) -> list[FieldProblem]:
    problems = []
    if not submission.commitment:
        problems.append(
            FieldProblem("commitment", "missing", "请勾选真实性承诺：单位对所填内容的真实性负责。")
        )
    if not submission.signer_name.strip():
        problems.append(FieldProblem("signer_name", "missing", "请填写签字的单位负责人姓名。"))
    if submission.signature_kind not in ("signed_scan", "e_seal"):
        problems.append(FieldProblem("signature_kind", "missing", "请选择签字扫描件或电子签章。"))
    elif not submission.scan_digest:
        problems.append(
            FieldProblem("scan", "missing", "请上传单位负责人签字（盖章）的扫描件或电子签章文件。")
        )
    return problems


def is_late(submitted_on: date, window_end: date) -> bool:
    """Tell whether a submission is late: flagged, never refused (Y25-3.3)."""
    return submitted_on > window_end
