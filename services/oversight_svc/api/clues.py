"""Clues by API, for the audit system and whoever answers: numbers, days and states, no content."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.oversight_svc.api.finding_schemas import SHORT, YEAR, choice
from services.oversight_svc.domain.clues import ClueAct, ClueReceiver, ClueState
from services.oversight_svc.queries.clues import ClueFilter, clue_detail, list_clues
from services.oversight_svc.store.clues import ClueRow
from services.oversight_svc.usecases.answer_clue import AnswerClue, answer_clue
from services.oversight_svc.usecases.transfer_clue import ClueKey, RegisterClue, register_clue
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.web.api import ListQuery, Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

api = Blueprint("api_clues", __name__, url_prefix="/api/v1/clues")
ONE = "/<int:year>/<uuid:clue_id>"
REQUIRED = validate.Length(min=1, max=120)


class ClueSchema(ApiSchema):
    """A clue without its content."""

    clue_id = fields.UUID(metadata={"label": "线索标识"})
    fiscal_year = fields.Integer(metadata={"label": "预算年度"})
    version = fields.Integer(metadata={"label": "版本"})
    number = fields.String(metadata={"label": "登记编号"})
    state = fields.String(metadata={"label": "状态"})
    sender = fields.String(metadata={"label": "移送机关"})
    receiver = fields.String(metadata={"label": "受理机关"})
    document_number = fields.String(metadata={"label": "移送书文号"})
    transferred_on = fields.Date(allow_none=True, metadata={"label": "移送日期"})
    receipt_due_on = fields.Date(allow_none=True, metadata={"label": "签收期限"})
    receipt_number = fields.String(metadata={"label": "回执文号"})
    receipted_on = fields.Date(allow_none=True, metadata={"label": "签收日期"})
    feedback_due_on = fields.Date(allow_none=True, metadata={"label": "反馈期限"})
    feedback_number = fields.String(metadata={"label": "反馈函文号"})
    fed_back_on = fields.Date(allow_none=True, metadata={"label": "反馈日期"})


class ClueTransferSchema(ApiSchema):
    """A clue whose letter has gone; the letter's number makes it the same clue when sent again."""

    fiscal_year = fields.Integer(
        required=True, strict=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    receiver = choice(ClueReceiver, "受理机关", required=True)
    found_on = fields.Date(required=True, metadata={"label": "发现日期"})
    document_number = fields.String(
        required=True, validate=REQUIRED, metadata={"label": "移送书文号"}
    )
    transferred_on = fields.Date(required=True, metadata={"label": "移送日期"})


class ClueAnswerSchema(ApiSchema):
    """A receipt or a feedback, by the number and date of its letter."""

    document_number = fields.String(required=True, validate=REQUIRED, metadata={"label": "文号"})
    dated_on = fields.Date(required=True, metadata={"label": "日期"})
    person = fields.String(load_default="", validate=SHORT, metadata={"label": "签收人"})


class ClueQuery(ListQuery):
    """Which clues."""

    year = fields.Integer(
        load_default=None, allow_none=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    state = fields.String(
        load_default="",
        validate=validate.OneOf(["", *(state.value for state in ClueState)]),
        metadata={"label": "状态"},
    )


@api.get("")
@permission("oversight.clue.view")
@reads("线索移送列表", reply=ClueSchema, query=ClueQuery, many=True)
def list_all(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """Return a page of clues, the newest first."""
    wanted = ClueFilter(query["year"], query["state"])
    return list_clues(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])


@api.get(ONE)
@permission("oversight.clue.view")
@reads("线索移送情况", reply=ClueSchema)
def get_one(session: Session, actor: Actor, year: int, clue_id: UUID) -> Reply:
    """Return how far one clue is."""
    return _reply(clue_detail(session, actor, year, clue_id).clue)


@api.post("")
@permission("oversight.clue.send")
@changes("登记线索移送", reply=ClueSchema, body=ClueTransferSchema, status=201)
def register(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Register a transfer; the same letter sent again is the same clue. Content is not taken."""
    return _reply(register_clue(uow, current_resources().clock, actor, RegisterClue(**body)))


@api.post(f"{ONE}/receipt")
@permission("oversight.clue.answer")
@changes("签收线索", reply=ClueSchema, body=ClueAnswerSchema, versioned=True)
def receipt(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, clue_id: UUID
) -> Reply:
    """Sign for a clue; the same receipt brought again changes nothing."""
    command = AnswerClue(ClueKey(year, clue_id, version), ClueAct.RECEIPT, **body)
    return _reply(answer_clue(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/feedback")
@permission("oversight.clue.answer")
@changes("反馈线索办理结果", reply=ClueSchema, body=ClueAnswerSchema, versioned=True)
def feed_back(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, clue_id: UUID
) -> Reply:
    """Say by which letter the clue is answered, not what came of it."""
    command = AnswerClue(ClueKey(year, clue_id, version), ClueAct.FEED_BACK, **body)
    return _reply(answer_clue(uow, current_resources().clock, actor, command))


def _reply(clue: ClueRow) -> Reply:
    return Reply(clue, version=clue.version)
