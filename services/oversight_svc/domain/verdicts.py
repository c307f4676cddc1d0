"""What a verdict on a finding needs: recheck, recognition, look-back, re-question, refusal.

Y25-6.4, YC23-6.5, JN22-5.3. A refusal (拒不整改) is an officer's determination with proof of
urging; nothing becomes an accountability case by itself. Amounts in 元.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from services.oversight_svc.domain.finding_states import FindingAct
from shared.errors import FieldProblem, RuleBrokenError
from shared.policy.model import RectificationPolicy
from shared.terms import label_of
from shared.terms.vocabulary import Completion, LookBackVerdict, MoneyKind

Amounts = Mapping[MoneyKind, Decimal]
_NEED_OPINION = frozenset(
    {
        FindingAct.RETURN_REPORT,
        FindingAct.RECOGNISE_PARTLY,
        FindingAct.REFUSE_RECOGNITION,
        FindingAct.UPHOLD_DISPUTE,
        FindingAct.REJECT_DISPUTE,
        FindingAct.RELAPSE,
        FindingAct.EXPOSE,
        FindingAct.PROVE_INEFFECTIVE,
        FindingAct.DETERMINE_REFUSAL,
        FindingAct.WITHDRAW,
        FindingAct.DISPUTE,
    }
)
LOOK_BACK_ACTS = {
    LookBackVerdict.CONSOLIDATED: FindingAct.CONFIRM,
    LookBackVerdict.RELAPSED: FindingAct.RELAPSE,
    LookBackVerdict.FALSIFIED: FindingAct.EXPOSE,
}
REOPENING = frozenset({FindingAct.RELAPSE, FindingAct.EXPOSE, FindingAct.PROVE_INEFFECTIVE})
"""Verdicts after close-out that open the finding again, with a new due date."""


class UrgingMeans(StrEnum):
    """How somebody was urged."""

    LETTER = "letter"
    TEXT = "text"
    CALL = "call"


class UrgingState(StrEnum):
    """A letter is a draft until it has number, date and scan."""

    DRAFT = "draft"
    SENT = "sent"


class UnprovenRefusalError(RuleBrokenError):
    """Too few urgings with proof to speak of refusal."""

    code: ClassVar[str] = "refusal_unproven"
    sentence: ClassVar[str] = (
        "认定拒不整改须先催办{needed}次并留有证明（有文号和扫描件的催办函，或电话记录），"
        "目前只有{found}次；请先催办。"
    )


@dataclass(frozen=True, slots=True)
class UrgingProof:
    """One urging as it counts: a text in a chat proves nothing."""

    means: UrgingMeans
    state: UrgingState
    document_number: str
    scan_digest: str
    person: str

    @property
    def is_proof(self) -> bool:
        """Tell whether it can be shown to others: a sent letter, or a call with who answered."""
        if self.means is UrgingMeans.LETTER:
            return self.state is UrgingState.SENT and bool(
                self.document_number and self.scan_digest
            )
        return self.means is UrgingMeans.CALL and bool(self.person.strip())


def check_opinion(act: FindingAct, opinion: str) -> list[FieldProblem]:
    """Return the problem of a verdict that must say why and does not."""
    if act in _NEED_OPINION and not opinion.strip():
        message = f"「{label_of(act)}」须写明理由，便于对方办理。"
        return [FieldProblem("opinion", "missing", message)]
    return []


def check_recognition(
    act: FindingAct,
    completion: Completion,
    demanded: Amounts,
    reported: Amounts,
    recognised: Amounts,
    before: Amounts,
    opinion: str,
) -> list[FieldProblem]:
    """Return what is wrong with recognising these amounts (Y25-6.3).

    Never more than reported, never less than recognised before; in full only what is reported as
    done, with all the money demanded or an opinion that says why less is enough.
    """
    problems = []
    for kind in MoneyKind:
        amount, path = recognised.get(kind, Decimal(0)), f"money.{kind.value}"
        if amount < 0:
            problems.append(FieldProblem(path, "negative", "金额不能是负数。"))
        elif amount > reported.get(kind, Decimal(0)):
            message = f"单位报送{label_of(kind)} {reported.get(kind, Decimal(0))} 元，不能多认。"
            problems.append(FieldProblem(path, "above_reported", message))
        elif amount < before.get(kind, Decimal(0)):
            message = f"此前已认定 {before[kind]} 元，不能减少；需撤回的请在回头看时处理。"
            problems.append(FieldProblem(path, "below_before", message))
        elif (
            act is FindingAct.RECOGNISE
            and amount < demanded.get(kind, Decimal(0))
            and not opinion.strip()
        ):
            message = (
                f"{label_of(kind)}要求 {demanded[kind]} 元，尚未全部到位；"
                "请改为认定部分整改，或在意见中写明无须到位的理由。"
            )
            problems.append(FieldProblem(path, "not_complete", message))
    if act is FindingAct.RECOGNISE and completion is not Completion.DONE:
        message = f"单位报送的是「{label_of(completion)}」，不能销号；请改为认定部分整改。"
        problems.append(FieldProblem("act", "not_done", message))
    return problems


def check_look_back(
    act: FindingAct, opinion: str, evidence: int, decided_on: date | None, today: date
) -> list[FieldProblem]:
    """Return what is missing of a look-back: findings stated, evidence kept, a day not to come."""
    problems = check_opinion(act, opinion)
    if not problems and not opinion.strip():
        problems.append(FieldProblem("opinion", "missing", "请写明核查的情况。"))
    if not evidence:
        message = "请上传核查证据，如现场照片、抽查记录。"
        problems.append(FieldProblem("evidence", "missing", message))
    if decided_on is not None and decided_on > today:
        problems.append(FieldProblem("decided_on", "in_future", "核查日期不能晚于今天。"))
    return problems


def check_refusal(
    policy: RectificationPolicy,
    urgings: Iterable[UrgingProof],
    *,
    leader_name: str,
    scan_digest: str,
    opinion: str,
) -> list[FieldProblem]:
    """Return what is missing of a determination of refusal (YC23-6.5).

    Raises `UnprovenRefusalError` when fewer urgings than the pack's number can be proven.
    """
    found = sum(1 for urging in urgings if urging.is_proof)
    if found < policy.urgings_before_refusal:
        raise UnprovenRefusalError(needed=policy.urgings_before_refusal, found=found)
    problems = check_opinion(FindingAct.DETERMINE_REFUSAL, opinion)
    if not leader_name.strip():
        message = "请填写签批的领导姓名；拒不整改须由领导签字认定。"
        problems.append(FieldProblem("leader_name", "missing", message))
    if not scan_digest:
        problems.append(FieldProblem("scan", "missing", "请上传领导签批件的扫描件。"))
    return problems


def check_urging(
    means: UrgingMeans, person: str, note: str, new_due_on: date | None, today: date
) -> list[FieldProblem]:
    """Return what is missing of an urging: a call names who answered and what was said."""
    problems = []
    if means is UrgingMeans.CALL and not person.strip():
        problems.append(FieldProblem("person", "missing", "请填写接听人。"))
    if means is UrgingMeans.CALL and not note.strip():
        problems.append(FieldProblem("note", "missing", "请记下通话内容。"))
    if new_due_on is not None and new_due_on < today:
        problems.append(FieldProblem("new_due_on", "in_past", "催办要求的日期不能早于今天。"))
    return problems


def check_letter(
    document_number: str, sent_on: date | None, scan_digest: str, today: date
) -> list[FieldProblem]:
    """Return what is missing of a letter: sent only with number, date and scan."""
    problems = []
    if not document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写催办函文号。"))
    if sent_on is None:
        problems.append(FieldProblem("sent_on", "missing", "请填写发出日期。"))
    elif sent_on > today:
        problems.append(FieldProblem("sent_on", "in_future", "发出日期不能晚于今天。"))
    if not scan_digest:
        problems.append(FieldProblem("scan", "missing", "请上传盖章后的催办函扫描件。"))
    return problems
