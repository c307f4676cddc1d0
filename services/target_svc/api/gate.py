"""The budget gate by API: every question is logged with its answer (SL21-5.5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from services.target_svc.api.schemas import GateQuery, GateQuestionSchema, GateReplySchema
from services.target_svc.api.shown import question_json
from services.target_svc.queries.gate_log import GateFilter, list_questions
from services.target_svc.usecases.ask_gate import AskGate, ask_gate
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

gate_questions = Blueprint("api_gate", __name__, url_prefix="/api/v1/gate-questions")


@gate_questions.post("")
@permission("target.gate.ask")
@changes("核对能否安排预算", reply=GateReplySchema, body=GateQuestionSchema, status=201)
def ask(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Answer and log one question."""
    clock = current_resources().clock
    reply = ask_gate(uow, clock, actor, AskGate(**body))
    return Reply(
        {
            "query_id": reply.query_id,
            "fiscal_year": reply.project.fiscal_year,
            "project_code": reply.project.code,
            "project_name": reply.project.name,
            "asked_at": clock.now(),
            "asked_by": actor.name,
            "requested": reply.requested,
            "mode": reply.answer.mode.value,
            "verdict": reply.answer.verdict.value,
            "allowed_amount": reply.answer.allowed,
            "reasons": reply.answer.reasons,
            "pack_code": reply.pack.code,
            "pack_version": reply.pack.version,
        }
    )


@gate_questions.get("")
@permission("target.gate.view")
@reads("核对记录", reply=GateReplySchema, query=GateQuery, many=True)
def list_gate_questions(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """List the questions of a year, newest first."""
    wanted = GateFilter(query["fiscal_year"], query["verdict"], query["q"])
    page = list_questions(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(question_json(line) for line in page.items), page.next_cursor)
