"""Targets by API: list, one, create, save, submit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from services.target_svc.api.schemas import (
    DraftSchema,
    NewTargetSchema,
    SubmissionSchema,
    TargetQuery,
    TargetSchema,
    TargetSummarySchema,
)
from services.target_svc.api.shown import line_json, summary_json, target_json
from services.target_svc.domain.indicators import Indicator
from services.target_svc.queries.target_view import view_target
from services.target_svc.queries.targets import TargetFilter, TargetLine, list_targets
from services.target_svc.usecases.create_target import CreateTarget, create_target
from services.target_svc.usecases.loading import LoadedTarget, TargetKey
from services.target_svc.usecases.save_target import SaveTarget, save_target
from services.target_svc.usecases.submit_target import SubmitTarget, submit_target
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.files.uploads import use_upload
from shared.terms.vocabulary import Operator
from shared.web.api import Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

targets = Blueprint("api_targets", __name__, url_prefix="/api/v1/targets")


@targets.get("")
@permission("target.target.view")
@reads("绩效目标列表", reply=TargetSummarySchema, query=TargetQuery, many=True)
def list_all(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """List the targets of a year in the actor's scope, by project code."""
    wanted = TargetFilter(
        query["fiscal_year"],
        state=query["state"],
        unit_id=query["unit_id"],
        text=query["q"],
        is_late=query["is_late"],
    )
    page = list_targets(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(line_json(line) for line in page.items), page.next_cursor)


@targets.get("/<int:year>/<uuid:target_id>")
@permission("target.target.view")
@reads("绩效目标", reply=TargetSchema)
def get_one(session: Session, actor: Actor, year: int, target_id: UUID) -> Reply:
    """Return one target with its indicators and automatic doubts."""
    view = view_target(session, actor, year, target_id)
    line = TargetLine(view.target, view.project, view.unit)
    return Reply(target_json(line, view.indicators, view.doubts), version=view.target.version)


@targets.post("")
@permission("target.target.edit")
@changes("新建绩效目标", reply=TargetSummarySchema, body=NewTargetSchema, status=201)
def create(uow: UnitOfWork, actor: Actor, body: dict[str, Any]) -> Reply:
    """Open the draft of a project's target, empty or copied from last year."""
    return reply_of(create_target(uow, current_resources().clock, actor, CreateTarget(**body)))


@targets.put("/<int:year>/<uuid:target_id>")
@permission("target.target.edit")
@changes("保存绩效目标草稿", reply=TargetSummarySchema, body=DraftSchema, versioned=True)
def save(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, target_id: UUID
) -> Reply:
    """Save the draft as it is; it is judged when it is submitted."""
    rows = tuple(
        Indicator(**{**row, "operator": Operator(row["operator"])}) for row in body["indicators"]
    )
    command = SaveTarget(
        key=TargetKey(year, target_id, version),
        annual_goal=body["annual_goal"],
        midterm_goal=body["midterm_goal"],
        money_note=body["money_note"],
        indicators=rows,
    )
    return reply_of(save_target(uow, current_resources().clock, actor, command))


@targets.post("/<int:year>/<uuid:target_id>/submission")
@permission("target.target.submit")
@changes("报送绩效目标", reply=TargetSummarySchema, body=SubmissionSchema, versioned=True)
def submit(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, target_id: UUID
) -> Reply:
    """Submit with commitment and signature; late is accepted and marked."""
    use_upload(uow, current_resources().clock, actor, body["scan_digest"])
    command = SubmitTarget(TargetKey(year, target_id, version), **body)
    return reply_of(submit_target(uow, current_resources().clock, actor, command))


def reply_of(loaded: LoadedTarget) -> Reply:
    """Return a changed target with its new version and address."""
    target = loaded.target
    return Reply(
        summary_json(target, loaded.project, loaded.unit),
        version=target.version,
        location=f"/target/api/v1/targets/{target.fiscal_year}/{target.target_id}",
    )
