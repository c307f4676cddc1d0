"""Every act on a finding as a page: its form, who may open it, and the use case it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.oversight_svc.console import finding_forms as forms
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.rectifying import PlannedMeasure
from services.oversight_svc.queries.finding_detail import FindingDetail
from services.oversight_svc.usecases.determine_refusal import DetermineRefusal, determine_refusal
from services.oversight_svc.usecases.dispute_finding import (
    DecideDispute,
    DisputeFinding,
    decide_dispute,
    dispute_finding,
)
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.follow_up_finding import (
    LookBack,
    ReQuestion,
    archive_finding,
    look_back,
    re_question,
)
from services.oversight_svc.usecases.link_earlier import LinkEarlier, link_earlier
from services.oversight_svc.usecases.merge_findings import MergeFinding, merge_finding
from services.oversight_svc.usecases.plan_rectification import (
    NoteProgress,
    PlanRectification,
    note_progress,
    plan_rectification,
)
from services.oversight_svc.usecases.report_rectification import (
    ReportRectification,
    report_rectification,
)
from services.oversight_svc.usecases.review_rectification import (
    RecheckFinding,
    RecogniseFinding,
    recheck_finding,
    recognise_finding,
)
from services.oversight_svc.usecases.urge_findings import UrgeFindings, urge_findings
from services.oversight_svc.usecases.withdraw_finding import WithdrawFinding, withdraw_finding
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.terms.vocabulary import Completion
from shared.web.schemas import ApiSchema

if TYPE_CHECKING:
    from marshmallow import Schema

Data = Mapping[str, Any]
Make = Callable[[FindingKey, Data], Any]
A = FindingAct


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act: `name` is the end of its address, `acts` the transitions it may make."""

    name: str
    title: str
    permission: str
    acts: tuple[FindingAct, ...]
    schema: type[Schema]
    usecase: Callable[[UnitOfWork, Clock, Actor, Any], Any]
    make: Make
    done: str
    initial: Callable[[FindingDetail], Data] = lambda _: {}
    is_main: bool = True
    """What the state waits for; others stand behind «更多»."""


def _plan(key: FindingKey, data: Data) -> PlanRectification:
    return PlanRectification(
        key,
        tuple(
            PlannedMeasure(row["measure"], row["owner"], row["due_on"], row["is_wider"] == "true")
            for row in data["measures"]
        ),
        data["responsible_person"],
        tuple(data["evidence"]),
    )


def _planned(detail: FindingDetail) -> Data:
    return {
        "responsible_person": detail.finding.responsible_person,
        "measures": [
            {
                "measure": row.measure,
                "owner": row.owner,
                "due_on": row.due_on,
                "is_wider": "true" if row.is_wider else "",
            }
            for row in detail.measures
        ],
    }


def _progress(key: FindingKey, data: Data) -> NoteProgress:
    return NoteProgress(
        key, data["progress"], data["note"], tuple(data["done"]), tuple(data["evidence"])
    )


def _progressed(detail: FindingDetail) -> Data:
    done = [row.position for row in detail.measures if row.done_on]
    return {"progress": detail.finding.progress, "done": done}


def _report(key: FindingKey, data: Data) -> ReportRectification:
    names = ("completion", "narrative", "unfinished_reason", "next_step",
             "people_held_accountable", "money_note", "commitment", "signer_name")  # fmt: skip
    return ReportRectification(
        key=key,
        **{name: data[name] for name in names},
        regulations=tuple(data["regulations"].splitlines()),
        money=forms.money_of(data),
        evidence=tuple(data["evidence"]),
        scan_digest=data["scan"],
    )


def _reported(detail: FindingDetail) -> Data:
    """Show what was reported last, so that only what changed is typed."""
    money = {row.kind: row.reported or row.demanded for row in detail.money}
    if not detail.reports:
        return {**money, "signer_name": detail.unit.head_name}
    last = detail.reports[-1]
    names = ("narrative", "unfinished_reason", "next_step", "people_held_accountable",
             "money_note", "signer_name")  # fmt: skip
    kept = {name: getattr(last, name) for name in names}
    kept["completion"] = Completion(last.completion)
    return {**money, **kept, "regulations": "\n".join(last.regulations)}


def _recheck(key: FindingKey, data: Data) -> RecheckFinding:
    return RecheckFinding(
        key, data["decision"], data["opinion"], data["is_on_site"], tuple(data["evidence"])
    )


def _recognise(key: FindingKey, data: Data) -> RecogniseFinding:
    return RecogniseFinding(
        key,
        data["decision"],
        data["opinion"],
        forms.money_of(data),
        tuple(data["evidence"]),
    )


def _recognisable(detail: FindingDetail) -> Data:
    return {row.kind: row.reported for row in detail.money}


def _look_back(key: FindingKey, data: Data) -> LookBack:
    return LookBack(key=key, **{**data, "evidence": tuple(data["evidence"])})


def _re_question(key: FindingKey, data: Data) -> ReQuestion:
    return ReQuestion(key=key, **{**data, "evidence": tuple(data["evidence"])})


def _refusal(key: FindingKey, data: Data) -> DetermineRefusal:
    return DetermineRefusal(
        key, data["opinion"], data["leader_name"], data["scan"], data["document_number"]
    )


ACT_PAGES: tuple[ActPage, ...] = (
    ActPage("plan", "报送整改方案", "oversight.finding.plan", (A.PLAN,), forms.PlanForm,
            plan_rectification, _plan, "整改方案已报送。", _planned),
    ActPage("progress", "登记整改进展", "oversight.finding.plan", (A.NOTE_PROGRESS,),
            forms.ProgressForm, note_progress, _progress, "进展已登记。", _progressed),
    ActPage("report", "报送整改情况", "oversight.finding.report", (A.REPORT,), forms.ReportForm,
            report_rectification, _report, "整改情况已报送，等待复核。", _reported),
    ActPage("dispute", "提出异议", "oversight.finding.dispute", (A.DISPUTE,), forms.DisputeForm,
            dispute_finding,
            lambda key, data: DisputeFinding(key, data["opinion"], tuple(data["evidence"])),
            "异议已提交，等待处理；处理期间整改期限照常计算。", is_main=False),
    ActPage("decision", "处理异议", "oversight.finding.decide_dispute",
            (A.UPHOLD_DISPUTE, A.REJECT_DISPUTE), forms.DecisionForm, decide_dispute,
            lambda key, data: DecideDispute(key, data["upheld"], data["opinion"]),
            "异议已处理，意见已告知单位。"),
    ActPage("recheck", "复核整改情况", "oversight.finding.recheck", (A.VERIFY, A.RETURN_REPORT),
            forms.RecheckForm, recheck_finding, _recheck, "复核结论已登记。"),
    ActPage("recognition", "认定整改结果", "oversight.finding.recognise",
            (A.RECOGNISE, A.RECOGNISE_PARTLY, A.REFUSE_RECOGNITION), forms.RecognitionForm,
            recognise_finding, _recognise, "认定结论已登记，汇总数已更新。", _recognisable),
    ActPage("look-back", "回头看", "oversight.finding.look_back",
            (A.CONFIRM, A.RELAPSE, A.EXPOSE), forms.LookBackForm, look_back, _look_back,
            "回头看结论已登记。"),
    ActPage("re-question", "再问效", "oversight.finding.re_question",
            (A.PROVE_EFFECTIVE, A.PROVE_INEFFECTIVE), forms.ReQuestionForm, re_question,
            _re_question, "再问效结论已登记。"),
    ActPage("archive", "归档", "oversight.finding.archive", (A.ARCHIVE,), ApiSchema,
            archive_finding, lambda key, _: key, "已归档。"),
    ActPage("extension", "延长整改期限", "oversight.finding.extend", (A.EXTEND,),
            forms.ExtensionForm, extend_findings,
            lambda key, data: ExtendFindings(keys=(key,), **data),
            "期限已延长，原期限保留显示。", is_main=False),
    ActPage("refusal", "认定拒不整改", "oversight.finding.determine_refusal",
            (A.DETERMINE_REFUSAL,), forms.RefusalForm, determine_refusal, _refusal,
            "已认定拒不整改；是否提请问责另行研究。", is_main=False),
    ActPage("merge", "并入另一问题", "oversight.finding.merge", (A.MERGE,), forms.NumberForm,
            merge_finding, lambda key, data: MergeFinding(key, data["number"]),
            "已合并，两个编号都保留显示。", is_main=False),
    ActPage("withdrawal", "撤销登记", "oversight.finding.withdraw", (A.WITHDRAW,),
            forms.ReasonForm, withdraw_finding,
            lambda key, data: WithdrawFinding(key, data["opinion"]), "已撤销，编号不再使用。",
            is_main=False),
)  # fmt: skip
"""Acts that move a finding."""

OTHER_PAGES: tuple[ActPage, ...] = (
    ActPage("urging", "催办", "oversight.finding.urge", (), forms.UrgingForm, urge_findings,
            lambda key, data: UrgeFindings(keys=(key,), **data), "催办已登记。", is_main=False),
    ActPage("earlier", "关联以前年度问题", "oversight.finding.register", (), forms.NumberForm,
            link_earlier, lambda key, data: LinkEarlier(key, data["number"]),
            "已关联，标记为屡查屡犯。", is_main=False),
)  # fmt: skip
"""Acts beside the way of a finding; its state stays."""
