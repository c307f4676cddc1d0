"""What a monitoring report needs before it may leave the unit.

SL21-6.1: deviation needs cause, correction, owner and date; SL21-7.4: commitment; Y25-4.4: paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.errors import FieldProblem
from shared.policy.model import MonitoringPolicy
from shared.terms.vocabulary import CauseCode, Light, Likelihood

CAUSES = frozenset(CauseCode)
LIKELIHOODS = frozenset(Likelihood)


@dataclass(frozen=True, slots=True)
class FilledIndicator:
    """One indicator as filled: value so far, what is expected for the year, and its light."""

    actual: str
    expected_year: str
    light: Light


@dataclass(frozen=True, slots=True)
class FilledReport:
    """A report about to be submitted. Amounts in 元."""

    progress: str
    indicators: Sequence[FilledIndicator]
    execution_light: Light
    light: Light
    expected_year: Decimal | None
    likelihood: str
    causes: Sequence[str]
    cause_note: str
    correction: str
    correction_owner: str
    correction_due_on: date | None
    commitment: bool
    signer_name: str
    scan_digest: str


def check_report(policy: MonitoringPolicy, report: FilledReport, today: date) -> list[FieldProblem]:
    """Return everything that keeps the report from being submitted, all at once."""
    problems: list[FieldProblem] = []
    for position, row in enumerate(report.indicators):
        if not row.actual.strip():
            problems.append(
                FieldProblem(f"indicators.{position}.actual", "missing", "请填写截至期完成值。")
            )
        elif row.light is Light.NONE:
            problems.append(
                FieldProblem(
                    f"indicators.{position}.actual", "not_a_number", "定量指标请填写数字。"
                )
            )
    if not report.progress.strip():
        problems.append(FieldProblem("progress", "missing", "请填写年度总体目标完成情况。"))
    if report.expected_year is None:
        problems.append(FieldProblem("expected_year", "missing", "请填写全年预计执行数。"))
    if report.likelihood not in LIKELIHOODS:
        problems.append(FieldProblem("likelihood", "missing", "请选择完成目标的可能性。"))
    if needs_correction(policy, report.light, report.likelihood):
        problems += _check_deviation(report, today)
    return problems + _check_signature(report)


def needs_correction(policy: MonitoringPolicy, light: Light, likelihood: str) -> bool:
    """Tell whether causes and a correction must be given (SL21-6.1)."""
    unsure = {Likelihood.POSSIBLE.value, Likelihood.IMPOSSIBLE.value}
    return light.value in policy.cause_required_lights or likelihood in unsure


def paper_required(policy: MonitoringPolicy, amount: Decimal) -> bool:
    """Tell whether a paper copy is required as well: from the threshold on, inclusive (Y25-4.4)."""
    return amount >= policy.paper_from


def _check_deviation(report: FilledReport, today: date) -> list[FieldProblem]:
    problems = []

    def add(field: str, message: str) -> None:
        problems.append(FieldProblem(field, "missing", message))

    if not CAUSES.intersection(report.causes):
        add("causes", "出现黄灯、红灯或不能确定完成，请至少勾选一项偏差原因。")
    if not report.cause_note.strip():
        add("cause_note", "请说明偏差原因。")
    if not report.correction.strip():
        add("correction", "请填写纠偏措施。")
    if not report.correction_owner.strip():
        add("correction_owner", "请填写纠偏责任人。")
    if report.correction_due_on is None:
        add("correction_due_on", "请填写纠偏完成期限。")
    elif report.correction_due_on < today:
        problems.append(FieldProblem("correction_due_on", "in_past", "纠偏完成期限不能早于今天。"))
    return problems


def _check_signature(report: FilledReport) -> list[FieldProblem]:
    problems = []
    if not report.commitment:
        problems.append(
            FieldProblem("commitment", "missing", "请勾选真实性承诺：单位对所填内容的真实性负责。")
        )
    if not report.signer_name.strip():
        problems.append(FieldProblem("signer_name", "missing", "请填写签字的单位负责人姓名。"))
    if not report.scan_digest:
        problems.append(
            FieldProblem("scan", "missing", "请上传单位负责人签字（盖章）的扫描件或电子签章文件。")
        )
    return problems
