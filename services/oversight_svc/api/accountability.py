"""Accountability cases by API: list, one, propose, every step, members, minutes, tasks.

The audit system reads; a case is proposed, moved and joined by people.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from services.oversight_svc.api import accountability_schemas as bodies
from services.oversight_svc.domain.accountability import CASE_TRANSITIONS, AccountabilityAct
from services.oversight_svc.domain.accountability_members import MinutesTask
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.queries.accountability import (
    CaseDetail,
    CaseFilter,
    case_detail,
    list_cases,
)
from services.oversight_svc.usecases.accountability_moving import CaseKey, Step
from services.oversight_svc.usecases.advance_accountability import (
    AdvanceAccountability,
    advance_accountability,
)
from services.oversight_svc.usecases.join_accountability import (
    FinishTask,
    InviteMember,
    KeepMinutes,
    finish_task,
    invite_member,
    keep_minutes,
)
from services.oversight_svc.usecases.propose_accountability import (
    OtherPerson,
    ProposeAccountability,
    propose_accountability,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.terms import label_of
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

api = Blueprint("api_accountability", __name__, url_prefix="/api/v1/accountability")
ONE = "/<int:year>/<uuid:case_id>"
VIEW = "oversight.accountability.view"
Given = dict[str, Any]


@api.get("")
@permission(VIEW)
@reads("问责事项列表", reply=bodies.CaseSchema, query=bodies.CaseQuery, many=True)
def list_all(session: Session, actor: Actor, query: Given) -> Page[Any]:
    """Return a page of the cases for the reader's eyes, the newest first."""
    chosen = {
        name: query[name].value if query[name] else "" for name in ("state", "trigger", "receiver")
    }
    wanted = CaseFilter(query["year"], **chosen, text=query["text"])
    page = list_cases(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(case for case, _ in page.items), page.next_cursor)


@api.get(ONE)
@permission(VIEW)
@reads("问责事项", reply=bodies.CaseDetailSchema)
def get_one(session: Session, actor: Actor, year: int, case_id: UUID) -> Reply:
    """Return one case with what hangs on it."""
    return _reply(session, actor, year, case_id)


@api.post("")
@permission("oversight.accountability.propose")
@changes("提出问责建议", reply=bodies.CaseDetailSchema, body=bodies.ProposalSchema, status=201)
def propose(uow: UnitOfWork, actor: Actor, body: Given) -> Reply:
    """Propose; the head of the body reviews it next."""
    others = tuple(OtherPerson(**row) for row in body.pop("others"))
    findings = tuple(LedgerKey(**row) for row in body.pop("findings"))
    facts: Given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in body.items()
    }
    command = ProposeAccountability(**facts, others=others, findings=findings)
    case = propose_accountability(uow, current_resources().clock, actor, command)
    uow.session.flush()
    return _reply(uow.session, actor, case.fiscal_year, case.case_id)


@api.post(f"{ONE}/members")
@permission("oversight.accountability.send")
@changes(
    "邀请协同成员", reply=bodies.CaseDetailSchema, body=bodies.InvitationSchema, versioned=True
)
def invite(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, case_id: UUID
) -> Reply:
    """Let another body take part, or change its rights."""
    command = InviteMember(CaseKey(year, case_id, version), **body)
    invite_member(uow, current_resources().clock, actor, command)
    return _reply(uow.session, actor, year, case_id)


@api.post(f"{ONE}/minutes")
@permission("oversight.accountability.work")
@changes("登记会议纪要", reply=bodies.CaseDetailSchema, body=bodies.MinutesInSchema, versioned=True)
def minute(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, case_id: UUID
) -> Reply:
    """Keep minutes and hand out their tasks."""
    tasks = tuple(MinutesTask(**row) for row in body.pop("tasks"))
    command = KeepMinutes(CaseKey(year, case_id, version), **body, tasks=tasks)
    keep_minutes(uow, current_resources().clock, actor, command)
    return _reply(uow.session, actor, year, case_id)


@api.post(f"{ONE}/tasks/<uuid:case_task_id>/completion")
@permission("oversight.accountability.work")
@changes("完成协同任务", reply=bodies.CaseDetailSchema, body=bodies.DoneSchema, versioned=True)
def complete(
    uow: UnitOfWork,
    actor: Actor,
    body: Given,
    version: int,
    year: int,
    case_id: UUID,
    case_task_id: UUID,
) -> Reply:
    """Report a task as done, by the body it was given to."""
    command = FinishTask(CaseKey(year, case_id, version), case_task_id, body["note"])
    finish_task(uow, current_resources().clock, actor, command)
    return _reply(uow.session, actor, year, case_id)


def _mount(act: AccountabilityAct, asked: str) -> None:
    """Give one step its address: its name with hyphens, its right that of the transition."""

    def advance(
        uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, case_id: UUID
    ) -> Reply:
        step = Step(**{**body, "measures": tuple(body["measures"])})
        command = AdvanceAccountability(CaseKey(year, case_id, version), act, step)
        advance_accountability(uow, current_resources().clock, actor, command)
        return _reply(uow.session, actor, year, case_id)

    advance.__doc__ = f"{label_of(act)}."
    advance.__name__ = f"advance_{act.value}"
    operation = changes(
        label_of(act), reply=bodies.CaseDetailSchema, body=bodies.StepSchema, versioned=True
    )(advance)
    api.post(f"{ONE}/{act.value.replace('_', '-')}")(permission(asked)(operation))


def _reply(session: Session, actor: Actor, year: int, case_id: UUID) -> Reply:
    session.flush()
    detail = case_detail(session, actor, year, case_id)
    return Reply(_shown(detail), version=detail.case.version)


def _shown(detail: CaseDetail) -> dict[str, Any]:
    case = {name: getattr(detail.case, name, None) for name in bodies.CaseDetailSchema().fields}
    return case | {
        "unit_ids": [unit.unit_id for unit in detail.units],
        "findings": detail.findings,
        "people": detail.people,
        "papers": detail.papers,
        "members": detail.members,
        "minutes": detail.minutes,
        "tasks": detail.tasks,
    }


for each_act in AccountabilityAct:
    _mount(each_act, next(edge.permission for edge in CASE_TRANSITIONS if edge.act is each_act))
