"""The budget gate: may this project receive budget, and how much.

SL21-5.4, SL21-5.5, YC23-2.4, HC10.1.

What happens to a target that has not passed is the locality's rule: 不得安排 (block), 重编或削减
(reduce) or 作为依据 (advise). No role overrides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.target_svc.domain.states import PASSED_STATES, TargetState
from shared.policy.model import Basis, GateMode, GatePolicy
from shared.terms.vocabulary import GateVerdict

NEW_MAJOR_FLAGS = frozenset({"major_policy", "major_project", "capital_construction"})
EX_ANTE_SUPPORTING = frozenset({"support", "partial"})


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """What the gate looks at. Amounts in 元; `cut_amount` was decided in review."""

    state: TargetState | None
    requested: Decimal
    cut_amount: Decimal
    is_new: bool
    flags: frozenset[str]
    ex_ante_conclusion: str | None


@dataclass(frozen=True, slots=True)
class GateReason:
    """One reason, with the clause it rests on."""

    code: str
    sentence: str
    clause: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Verdict, allowed amount in 元, and the reasons, the decisive one first."""

    mode: GateMode
    verdict: GateVerdict
    allowed: Decimal
    reasons: tuple[GateReason, ...]


def decide_gate(policy: GatePolicy, question: GateQuestion) -> GateAnswer:
    """Answer the gate question under a locality's policy. Pure; the caller logs the question."""
    if needs_ex_ante(policy, question) and question.ex_ante_conclusion not in EX_ANTE_SUPPORTING:
        reason = _reason(policy.ex_ante_basis, "ex_ante_missing", _ex_ante_sentence(question))
        return GateAnswer(policy.mode, GateVerdict.BLOCK, Decimal("0.00"), (reason,))
    if question.state in PASSED_STATES:
        return _passed(policy, question)
    return _not_passed(policy, question)


def needs_ex_ante(policy: GatePolicy, question: GateQuestion) -> bool:
    """Tell whether a supporting ex-ante conclusion is a precondition (SL21-1.2, HC10.1)."""
    return policy.ex_ante_required and question.is_new and bool(question.flags & NEW_MAJOR_FLAGS)


def _passed(policy: GatePolicy, question: GateQuestion) -> GateAnswer:
    if question.cut_amount > 0:
        allowed = max(question.requested - question.cut_amount, Decimal("0.00"))
        sentence = f"审核通过，会审核减 {question.cut_amount:,.2f} 元；按核减后金额安排。"
        reason = _reason(policy.basis, "cut_in_review", sentence)
        return GateAnswer(policy.mode, GateVerdict.REDUCE, allowed, (reason,))
    reason = _reason(policy.basis, "target_passed", "绩效目标已通过审核，可以安排预算。")
    return GateAnswer(policy.mode, GateVerdict.ALLOW, question.requested, (reason,))


def _not_passed(policy: GatePolicy, question: GateQuestion) -> GateAnswer:
    standing = _standing(question.state)
    if policy.mode is GateMode.BLOCK:
        reason = _reason(policy.basis, "target_not_passed", f"{standing}，不得安排预算。")
        return GateAnswer(policy.mode, GateVerdict.BLOCK, Decimal("0.00"), (reason,))
    if policy.mode is GateMode.ADVISE:
        reason = _reason(
            policy.basis, "target_not_passed", f"{standing}；审核结果作为预算编制依据，请慎重安排。"
        )
        return GateAnswer(policy.mode, GateVerdict.ADVISE, question.requested, (reason,))
    if question.cut_amount > 0:
        allowed = max(question.requested - question.cut_amount, Decimal("0.00"))
        sentence = f"{standing}；会审决定削减项目经费 {question.cut_amount:,.2f} 元。"
        reason = _reason(policy.basis, "cut_by_joint_review", sentence)
        return GateAnswer(policy.mode, GateVerdict.REDUCE, allowed, (reason,))
    reason = _reason(
        policy.basis, "redo_target", f"{standing}，须重新编制绩效目标并通过审核后再安排。"
    )
    return GateAnswer(policy.mode, GateVerdict.REDO, Decimal("0.00"), (reason,))


def _standing(state: TargetState | None) -> str:
    if state is None:
        return "未按要求设置绩效目标"
    if state is TargetState.REJECTED:
        return "绩效目标审核未通过"
    return "绩效目标尚未通过审核"


def _ex_ante_sentence(question: GateQuestion) -> str:
    if question.ex_ante_conclusion == "oppose":
        return "事前绩效评估结论为「不予支持」，不能安排预算。"
    return "新增重大政策和项目须先完成事前绩效评估，评估结果是申请预算的必备条件。"


def _reason(basis: Basis, code: str, sentence: str) -> GateReason:
    return GateReason(code, sentence, basis.clause, basis.requirements)
