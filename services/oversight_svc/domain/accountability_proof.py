"""What a proposal and every later step of an accountability case need as proof.

YC23-6.5 (poor results, refusal), SL21-R4 (falsification, serious deviation), JN22-5.3 (incomplete
rectification), Y25-6.10 (assessment).
Measures are those of finance and government; sanctions on persons are recorded when a competent
body has decided them, and cannot be proposed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.oversight_svc.domain.accountability import AccountabilityAct, CompetentBody
from shared.errors import FieldProblem
from shared.terms import label_of


class AccountabilityTrigger(StrEnum):
    """Why somebody is to be held to account (触发情形)."""

    POOR_RESULT = "poor_result"
    REFUSAL = "refusal"
    FALSIFICATION = "falsification"
    SERIOUS_DEVIATION = "serious_deviation"
    INCOMPLETE_RECTIFICATION = "incomplete_rectification"
    BOTTOM_OF_ASSESSMENT = "bottom_of_assessment"
    OTHER = "other"


class AccountabilityMeasure(StrEnum):
    """What a competent body decides (问责方式)."""

    INTERVIEW = "interview"
    TIME_LIMITED_RECTIFICATION = "time_limited_rectification"
    CIRCULATED_CRITICISM = "circulated_criticism"
    PUBLIC_EXPOSURE = "public_exposure"
    BUDGET_DEDUCTION = "budget_deduction"
    STOP_DISBURSEMENT = "stop_disbursement"
    ADMONITION = "admonition"
    ORGANISATIONAL_ADJUSTMENT = "organisational_adjustment"
    PARTY_DISCIPLINE = "party_discipline"
    WARNING = "warning"
    DEMERIT = "demerit"
    SERIOUS_DEMERIT = "serious_demerit"
    DEMOTION = "demotion"
    DISMISSAL = "dismissal"
    OTHER_MEASURE = "other_measure"


_M = AccountabilityMeasure
PROPOSABLE = (
    _M.INTERVIEW,
    _M.TIME_LIMITED_RECTIFICATION,
    _M.CIRCULATED_CRITICISM,
    _M.PUBLIC_EXPOSURE,
    _M.BUDGET_DEDUCTION,
    _M.STOP_DISBURSEMENT,
)
"""Measures of performance management, the only ones finance, audit and the group may propose."""


class Capacity(StrEnum):
    """In what capacity a person answers for what happened."""

    UNIT_HEAD = "unit_head"
    POST_HOLDER = "post_holder"
    PROJECT_OWNER = "project_owner"
    OTHER_PERSON = "other_person"


@dataclass(frozen=True, slots=True)
class LinkedFinding:
    """A finding a proposal rests on.

    `is_late`: open past its buffer; `is_undone`: reopened, or recognised in part only.
    """

    number: str
    is_refused: bool = False
    is_falsified: bool = False
    is_late: bool = False
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody named as responsible; `started_on` unknown for tenures older than the register."""

    unit_id: UUID
    name: str
    title: str
    capacity: Capacity
    started_on: date | None
    ended_on: date | None
    basis: str


@dataclass(frozen=True, slots=True)
class ProposedCase:
    """What a proposal says."""

    trigger: AccountabilityTrigger
    title: str
    facts: str
    legal_basis: str
    acted_on: date | None
    receiver: CompetentBody
    measures: tuple[AccountabilityMeasure, ...]
    units: tuple[UUID, ...]
    people: tuple[NamedPerson, ...]
    findings: tuple[LinkedFinding, ...]
    document_number: str
    files: int
    is_lifetime: bool = False
    project_name: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """The document behind a step: number, date, stamped scan."""

    document_number: str
    dated_on: date | None
    scan_digest: str


def check_proposed(case: ProposedCase, today: date) -> list[FieldProblem]:
    """Return everything a proposal lacks."""
    problems = [
        FieldProblem(path, "missing", message)
        for path, value, message in (
            ("title", case.title, "请用一句话概括问责事由。"),
            ("facts", case.facts, "请写明查实的事实。"),
            ("legal_basis", case.legal_basis, "请写明依据的制度和条款。"),
        )
        if not value.strip()
    ]
    if case.acted_on is None:
        message = "请填写行为发生日期；责任人按这一天的任职确定。"
        problems.append(FieldProblem("acted_on", "missing", message))
    elif case.acted_on > today:
        problems.append(FieldProblem("acted_on", "in_future", "行为发生日期不能晚于今天。"))
    if not case.units:
        problems.append(FieldProblem("units", "missing", "请选择责任单位。"))
    problems += _check_people(case)
    problems += _check_measures(case)
    problems += check_trigger(case)
    if case.is_lifetime and not case.project_name.strip():
        message = "终身责任标记用于重大项目，请填写项目名称。"
        problems.append(FieldProblem("project_name", "missing", message))
    return problems


def _check_people(case: ProposedCase) -> list[FieldProblem]:
    if not case.people:
        message = "请至少列明一名责任人；不在名册上的可在下面补充。"
        return [FieldProblem("people", "missing", message)]
    problems = []
    for person in case.people:
        if not person.name.strip() or not person.title.strip() or not person.basis.strip():
            message = "补充的责任人须写明姓名、职务和认定理由。"
            problems.append(FieldProblem("others", "missing", message))
        elif person.unit_id not in case.units:
            message = f"{person.name}不属于所选的责任单位，请先选上该单位。"
            problems.append(FieldProblem("people", "other_unit", message))
        elif case.acted_on and not in_office(person.started_on, person.ended_on, case.acted_on):
            message = f"{person.name}在行为发生日不在任，请按当日任职选择责任人。"
            problems.append(FieldProblem("people", "not_in_office", message))
    return problems


def _check_measures(case: ProposedCase) -> list[FieldProblem]:
    beyond = [label_of(each) for each in case.measures if each not in PROPOSABLE]
    if beyond:
        message = f"{'、'.join(beyond)}由有权机关决定，不能在建议中提出；请移送后登记其决定。"
        return [FieldProblem("measures", "not_ours", message)]
    if case.receiver is CompetentBody.GOVERNMENT and not case.measures:
        return [FieldProblem("measures", "missing", "提请政府问责的，请提出建议采取的措施。")]
    return []


def in_office(started_on: date | None, ended_on: date | None, on: date) -> bool:
    """Tell whether a tenure covers the day; one with an unknown beginning covers all before."""
    return (started_on is None or started_on <= on) and (ended_on is None or on <= ended_on)


def check_trigger(case: ProposedCase) -> list[FieldProblem]:
    """Return the proof the trigger asks for and the proposal lacks (YC23-6.5, SL21-R4)."""
    trigger, findings = case.trigger, case.findings
    if trigger is AccountabilityTrigger.REFUSAL:
        undetermined = [each.number for each in findings if not each.is_refused]
        if not findings or undetermined:
            which = f"（{'、'.join(undetermined)}尚未认定）" if undetermined else ""
            message = f"「拒不整改」只能依据已认定拒不整改的问题提出{which}；请先在问题页办理认定。"
            return [FieldProblem("findings", "not_refused", message)]
        return []
    if trigger is AccountabilityTrigger.INCOMPLETE_RECTIFICATION:
        if not any(each.is_late or each.is_undone for each in findings):
            message = (
                "「整改不到位」须有超过期限和缓冲期仍未整改，或被退回重新整改、"
                "只认定部分整改的问题；请关联这样的问题。"
            )
            return [FieldProblem("findings", "not_incomplete", message)]
        return []
    if trigger is AccountabilityTrigger.FALSIFICATION and any(
        each.is_falsified for each in findings
    ):
        return []
    return _check_written_proof(case)


_PROOFS = {
    AccountabilityTrigger.POOR_RESULT: "评价结果文书",
    AccountabilityTrigger.FALSIFICATION: "查实弄虚作假的文书",
    AccountabilityTrigger.SERIOUS_DEVIATION: "认定严重背离的监控或评价文书",
    AccountabilityTrigger.BOTTOM_OF_ASSESSMENT: "考核结果通报",
    AccountabilityTrigger.OTHER: "依据文书",
}


def _check_written_proof(case: ProposedCase) -> list[FieldProblem]:
    paper = _PROOFS[case.trigger]
    problems = []
    if not case.document_number.strip():
        message = f"「{label_of(case.trigger)}」须有{paper}，请填写文号。"
        problems.append(FieldProblem("document_number", "missing", message))
    if not case.files:
        problems.append(FieldProblem("evidence", "missing", f"请上传{paper}。"))
    return problems


def check_reviewed(
    act: AccountabilityAct, opinion: str, *, is_head: bool, leader_name: str, scan_digest: str
) -> list[FieldProblem]:
    """Return what a review lacks: an officer enters it only with the head's signed scan."""
    problems = []
    if act is AccountabilityAct.DROP and not opinion.strip():
        problems.append(FieldProblem("opinion", "missing", "不予提请须写明理由。"))
    if not is_head and not leader_name.strip():
        message = "由经办人登记的，请填写签批的负责人姓名。"
        problems.append(FieldProblem("leader_name", "missing", message))
    if not is_head and not scan_digest:
        message = "由经办人登记的，请上传负责人签批的扫描件。"
        problems.append(FieldProblem("scan", "missing", message))
    return problems


NEEDS_TEXT = frozenset(
    {
        AccountabilityAct.DECLINE,
        AccountabilityAct.DECIDE,
        AccountabilityAct.EXECUTE,
        AccountabilityAct.APPEAL,
        AccountabilityAct.UPHOLD,
        AccountabilityAct.CHANGE,
    }
)
NEEDS_NUMBER = frozenset(
    {
        AccountabilityAct.SUBMIT,
        AccountabilityAct.TRANSFER_TO_DISCIPLINE,
        AccountabilityAct.TRANSFER_TO_ORGANISATION,
        AccountabilityAct.DECLINE,
        AccountabilityAct.DECIDE,
        AccountabilityAct.UPHOLD,
        AccountabilityAct.CHANGE,
    }
)
"""Steps that are a document of a body; execution and appeal are shown by any paper."""


def check_step(
    act: AccountabilityAct,
    paper: Paper,
    text: str,
    measures: Sequence[AccountabilityMeasure],
    *,
    earliest: date | None,
    term_on: date | None,
    today: date,
) -> list[FieldProblem]:
    """Return what a step after the review lacks; `earliest` is the day of the step before it."""
    problems = []
    if act in NEEDS_TEXT and not text.strip():
        message = f"「{label_of(act)}」须写明内容或理由。"
        problems.append(FieldProblem("text", "missing", message))
    if act in NEEDS_NUMBER and not paper.document_number.strip():
        message = f"「{label_of(act)}」以文件为准，请填写文号。"
        problems.append(FieldProblem("document_number", "missing", message))
    if act is not AccountabilityAct.CLOSE:
        problems += _check_day(paper.dated_on, earliest, today)
        if act is not AccountabilityAct.ACCEPT and not paper.scan_digest:
            message = f"请上传「{label_of(act)}」的盖章或签字扫描件。"
            problems.append(FieldProblem("scan", "missing", message))
    if act is AccountabilityAct.DECIDE and not measures:
        problems.append(FieldProblem("measures", "missing", "请按决定书选择问责方式。"))
    if term_on is not None and paper.dated_on is not None and term_on < paper.dated_on:
        message = "执行期限不能早于决定日期。"
        problems.append(FieldProblem("term_on", "before_decision", message))
    return problems


def _check_day(on: date | None, earliest: date | None, today: date) -> list[FieldProblem]:
    if on is None:
        return [FieldProblem("dated_on", "missing", "请填写文件或办理的日期。")]
    if on > today:
        return [FieldProblem("dated_on", "in_future", "日期不能晚于今天。")]
    if earliest is not None and on < earliest:
        message = f"不能早于上一步的日期（{earliest.isoformat()}）。"
        return [FieldProblem("dated_on", "before_last_step", message)]
    return []
