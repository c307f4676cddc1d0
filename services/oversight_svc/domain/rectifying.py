"""What a unit's plan and its report on a finding need (YC23-6.4, JN22-5.3).

Partly done is accepted and marked; late is accepted and marked. Amounts in 元.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.errors import FieldProblem
from shared.terms import label_of
from shared.terms.vocabulary import Completion, MoneyKind

Amounts = Mapping[MoneyKind, Decimal]


@dataclass(frozen=True, slots=True)
class PlannedMeasure:
    """One measure: who does what until when; `is_wider` goes beyond the finding (举一反三)."""

    measure: str
    owner: str
    due_on: date | None
    is_wider: bool = False


def check_plan(measures: Sequence[PlannedMeasure], due_on: date | None) -> list[FieldProblem]:
    """Return what is missing: each measure has an owner and a day not after the due date."""
    if not any(not each.is_wider for each in measures):
        message = "请至少写一条针对本问题的整改措施。"
        return [FieldProblem("measures", "missing", message)]
    problems = []
    for place, each in enumerate(measures):
        path = f"measures.{place}"
        if not each.measure.strip():
            problems.append(FieldProblem(f"{path}.measure", "missing", "请写明整改措施。"))
        if not each.owner.strip():
            problems.append(FieldProblem(f"{path}.owner", "missing", "请填写责任人。"))
        if each.due_on is None:
            problems.append(FieldProblem(f"{path}.due_on", "missing", "请填写完成时间。"))
        elif not each.is_wider and due_on is not None and each.due_on > due_on:
            message = f"完成时间不能晚于整改期限{due_on.isoformat()}。"
            problems.append(FieldProblem(f"{path}.due_on", "after_due", message))
    return problems


@dataclass(frozen=True, slots=True)
class ReportedRectification:
    """One report as it is checked; `recognised` is what was recognised before."""

    completion: Completion
    narrative: str
    unfinished_reason: str
    next_step: str
    people_held_accountable: int
    demanded: Amounts
    reported: Amounts
    recognised: Amounts
    money_note: str
    evidence: int
    commitment: bool
    signer_name: str
    scan_digest: str


def check_report(given: ReportedRectification) -> list[FieldProblem]:
    """Return everything that keeps the report from leaving the unit."""
    problems = []
    if not given.narrative.strip():
        problems.append(FieldProblem("narrative", "missing", "请写明整改措施的落实情况。"))
    if given.completion is not Completion.DONE:
        if not given.unfinished_reason.strip():
            message = "尚未整改到位的，请写明原因。"
            problems.append(FieldProblem("unfinished_reason", "missing", message))
        if not given.next_step.strip():
            message = "尚未整改到位的，请写明下步计划。"
            problems.append(FieldProblem("next_step", "missing", message))
    if given.people_held_accountable < 0:
        problems.append(FieldProblem("people_held_accountable", "negative", "人数不能是负数。"))
    problems += _money(given)
    if not given.evidence:
        message = "请上传佐证材料，如凭证、制度文件、现场照片。"
        problems.append(FieldProblem("evidence", "missing", message))
    if not given.commitment:
        problems.append(FieldProblem("commitment", "missing", "请勾选真实性承诺。"))
    if not given.signer_name.strip():
        problems.append(FieldProblem("signer_name", "missing", "请填写签字的主要负责人姓名。"))
    if not given.scan_digest:
        problems.append(FieldProblem("scan", "missing", "请上传签字盖章的整改报告扫描件。"))
    return problems


def _money(given: ReportedRectification) -> list[FieldProblem]:
    problems = []
    for kind in MoneyKind:
        reported = given.reported.get(kind, Decimal(0))
        demanded = given.demanded.get(kind, Decimal(0))
        recognised = given.recognised.get(kind, Decimal(0))
        path, name = f"money.{kind.value}", label_of(kind)
        if reported < 0:
            problems.append(FieldProblem(path, "negative", "金额不能是负数。"))
        elif reported < recognised:
            message = f"{name}已认定 {recognised} 元，累计报送金额不能少于已认定金额。"
            problems.append(FieldProblem(path, "below_recognised", message))
        elif reported > demanded and not given.money_note.strip():
            message = f"{name}要求 {demanded} 元，填报 {reported} 元；超出部分请在金额说明中写明。"
            problems.append(FieldProblem(path, "above_demanded", message))
        elif (
            reported < demanded
            and given.completion is Completion.DONE
            and not given.money_note.strip()
        ):
            message = (
                f"{name}要求 {demanded} 元，填报 {reported} 元；"
                "未到位的请改选部分完成，或在金额说明中写明。"
            )
            problems.append(FieldProblem(path, "below_demanded", message))
    return problems
