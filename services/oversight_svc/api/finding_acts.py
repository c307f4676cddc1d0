"""The acts on one finding by API, each its use case; `If-Match` names the version seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint

from services.oversight_svc.api import finding_act_schemas as bodies
from services.oversight_svc.api.finding_schemas import FindingSchema
from services.oversight_svc.api.finding_shown import finding_reply
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.rectifying import PlannedMeasure
from services.oversight_svc.store.findings import find_finding
from services.oversight_svc.usecases.determine_refusal import DetermineRefusal, determine_refusal
from services.oversight_svc.usecases.dispute_finding import (
    DecideDispute,
    DisputeFinding,
    decide_dispute,
    dispute_finding,
)
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
from services.oversight_svc.usecases.withdraw_finding import WithdrawFinding, withdraw_finding
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import NotFoundError
from shared.web.api import Reply, changes, current_resources
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

if TYPE_CHECKING:
    from marshmallow import Schema

api = Blueprint("api_finding_acts", __name__, url_prefix="/api/v1/findings")
ONE = "/<int:year>/<uuid:finding_id>"
NO_VERSION = -1
"""Fits no finding: `If-Match: "0"` must not pass for an act on many."""
Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiAct:
    """One act: the end of its address, its right, its body, the use case and its command."""

    name: str
    summary: str
    permission: str
    body: type[Schema]
    usecase: Callable[[UnitOfWork, Clock, Actor, Any], Any]
    make: Callable[[FindingKey, Given], Any]


def _with(kind: Callable[..., Any]) -> Callable[[FindingKey, Given], Any]:
    """Return what makes a command of `kind` from a body of the same names, lists as tuples."""

    def make(key: FindingKey, body: Given) -> Any:  # noqa: ANN401 (any command)
        facts = {
            name: tuple(value) if isinstance(value, list) else value for name, value in body.items()
        }
        return kind(key=key, **facts)

    return make


def _plan(key: FindingKey, body: Given) -> PlanRectification:
    measures = tuple(PlannedMeasure(**row) for row in body.pop("measures"))
    return PlanRectification(key, measures, body["responsible_person"], tuple(body["evidence"]))


def _decided(kind: Callable[..., Any]) -> Callable[[FindingKey, Given], Any]:
    def make(key: FindingKey, body: Given) -> Any:  # noqa: ANN401 (any command)
        return _with(kind)(key, {**body, "act": FindingAct(body["act"])})

    return make


ACTS: tuple[ApiAct, ...] = (
    ApiAct("plan", "报送整改方案", "oversight.finding.plan", bodies.PlanSchema,
           plan_rectification, _plan),
    ApiAct("progress", "登记整改进展", "oversight.finding.plan", bodies.ProgressSchema,
           note_progress, _with(NoteProgress)),
    ApiAct("report", "报送整改情况", "oversight.finding.report",
           bodies.RectificationReportSchema, report_rectification, _with(ReportRectification)),
    ApiAct("dispute", "提出异议", "oversight.finding.dispute", bodies.DisputeSchema,
           dispute_finding, _with(DisputeFinding)),
    ApiAct("decision", "处理异议", "oversight.finding.decide_dispute", bodies.DecisionSchema,
           decide_dispute, _with(DecideDispute)),
    ApiAct("recheck", "复核整改情况", "oversight.finding.recheck", bodies.RecheckSchema,
           recheck_finding, _decided(RecheckFinding)),
    ApiAct("recognition", "认定整改结果", "oversight.finding.recognise",
           bodies.RecognitionSchema, recognise_finding, _decided(RecogniseFinding)),
    ApiAct("look-back", "回头看", "oversight.finding.look_back", bodies.LookBackSchema,
           look_back, _with(LookBack)),
    ApiAct("re-question", "再问效", "oversight.finding.re_question", bodies.ReQuestionSchema,
           re_question, _with(ReQuestion)),
    ApiAct("archive", "归档", "oversight.finding.archive", ApiSchema,
           archive_finding, lambda key, _: key),
    ApiAct("refusal", "认定拒不整改", "oversight.finding.determine_refusal",
           bodies.RefusalSchema, determine_refusal, _with(DetermineRefusal)),
    ApiAct("merge", "并入另一问题", "oversight.finding.merge", bodies.NumberSchema,
           merge_finding, lambda key, body: MergeFinding(key, body["number"])),
    ApiAct("earlier", "关联以前年度问题", "oversight.finding.register", bodies.NumberSchema,
           link_earlier, _with(LinkEarlier)),
    ApiAct("withdrawal", "撤销登记", "oversight.finding.withdraw", bodies.ReasonSchema,
           withdraw_finding, _with(WithdrawFinding)),
)  # fmt: skip


def _mount(act: ApiAct) -> None:
    def do(
        uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, finding_id: UUID
    ) -> Reply:
        key = FindingKey(year, finding_id, version or NO_VERSION)
        act.usecase(uow, current_resources().clock, actor, act.make(key, body))
        finding = find_finding(uow.session, actor.scope.region, year, finding_id)
        if finding is None:
            raise NotFoundError
        return finding_reply(uow.session, finding)

    do.__doc__ = f"{act.summary}."
    do.__name__ = f"do_{act.name.replace('-', '_')}"
    operation = changes(act.summary, reply=FindingSchema, body=act.body, versioned=True)(do)
    api.post(f"{ONE}/{act.name}")(permission(act.permission)(operation))


for each_act in ACTS:
    _mount(each_act)
