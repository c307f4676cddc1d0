"""Reviews and further steps of a target by API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint

from services.target_svc.api.schemas import (
    AdvanceSchema,
    ApprovalSchema,
    ReviewSchema,
    TargetSummarySchema,
)
from services.target_svc.api.targets import reply_of
from services.target_svc.domain.review import ReviewFinding
from services.target_svc.domain.states import TargetAct
from services.target_svc.usecases.advance_target import AdvanceTarget, advance_target
from services.target_svc.usecases.approve_target import ApproveTarget, approve_target
from services.target_svc.usecases.loading import TargetKey
from services.target_svc.usecases.review_target import ReviewTarget, review_target
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.web.api import Reply, changes, current_resources
from shared.web.permissions import permission

reviews = Blueprint(
    "api_target_reviews", __name__, url_prefix="/api/v1/targets/<int:year>/<uuid:target_id>"
)


@reviews.post("/reviews")
@permission("target.target.view")
@changes("审核绩效目标", reply=TargetSummarySchema, body=ReviewSchema, versioned=True)
def review(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, target_id: UUID
) -> Reply:
    """Review in the stage the target stands in; who may is decided by the stage."""
    passing = body.pop("passing")
    command = ReviewTarget(TargetKey(year, target_id, version), ReviewFinding(**body), passing)
    return reply_of(review_target(uow, current_resources().clock, actor, command))


@reviews.post("/advances")
@permission("target.target.view")
@changes(
    "转会审、上会、下达、重新编制、撤回",
    reply=TargetSummarySchema,
    body=AdvanceSchema,
    versioned=True,
)
def advance(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, target_id: UUID
) -> Reply:
    """Take a step without a form; who may is decided by the step."""
    command = AdvanceTarget(
        TargetKey(year, target_id, version), TargetAct(body["act"]), body["reason"]
    )
    return reply_of(advance_target(uow, current_resources().clock, actor, command))


@reviews.post("/approval")
@permission("target.target.approve")
@changes("批复绩效目标", reply=TargetSummarySchema, body=ApprovalSchema, versioned=True)
def approve(
    uow: UnitOfWork, actor: Actor, body: dict[str, Any], version: int, year: int, target_id: UUID
) -> Reply:
    """Record the approval together with the budget."""
    command = ApproveTarget(TargetKey(year, target_id, version), **body)
    return reply_of(approve_target(uow, current_resources().clock, actor, command))
