"""Act: approve a target with the budget (同步批复); freeze a revision (Y25-3.8, HC14.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.target_svc.domain.states import TargetAct, TargetState, next_state
from services.target_svc.store.targets import (
    TargetIndicatorRow,
    TargetRevisionRow,
    indicators_of,
)
from services.target_svc.usecases.loading import LoadedTarget, TargetKey, load_target
from services.target_svc.usecases.moving import move
from services.target_svc.usecases.save_target import target_content
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.target import TARGET_APPROVED


@dataclass(frozen=True, slots=True)
class ApproveTarget:
    """The approval: document number and date of the budget's approval."""

    key: TargetKey
    document_number: str
    approved_on: date


def approve_target(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ApproveTarget
) -> LoadedTarget:
    """Approve a tabled target; raise `InvalidInputError` without document or with a future date."""
    loaded = load_target(uow, actor, command.key, "target.target.approve")
    target = loaded.target
    next_state(TargetState(target.state), TargetAct.APPROVE)
    _check(clock, command)
    target.revision += 1
    target.document_number = command.document_number.strip()
    target.approved_on = command.approved_on
    rows = indicators_of(uow.session, target)
    uow.session.add(
        TargetRevisionRow(
            region_code=target.region_code,
            fiscal_year=target.fiscal_year,
            target_id=target.target_id,
            revision=target.revision,
            approved_at=clock.now(),
            approved_on=command.approved_on,
            document_number=target.document_number,
            content=target_content(target, [row.to_domain() for row in rows]),
        )
    )
    move(uow, clock, actor, loaded, TargetAct.APPROVE, comment=target.document_number)
    subject = Subject(target.target_id, target.version, target.region_code, target.fiscal_year)
    uow.emit(TARGET_APPROVED, subject, actor, _data(loaded, list(rows)))
    return loaded


def _check(clock: Clock, command: ApproveTarget) -> None:
    problems = []
    if not command.document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写批复文号。"))
    if command.approved_on > clock.today():
        problems.append(FieldProblem("approved_on", "in_future", "批复日期不能晚于今天。"))
    if problems:
        raise InvalidInputError(problems)


def _data(loaded: LoadedTarget, rows: list[TargetIndicatorRow]) -> dict[str, Any]:
    target, project = loaded.target, loaded.project
    return {
        "project_id": project.project_id,
        "project_code": project.code,
        "project_name": project.name,
        "unit_id": target.unit_id,
        "budget_book": project.budget_book,
        "initial_amount": project.initial_amount,
        "approved_amount": project.initial_amount - target.cut_amount,
        "revision": target.revision,
        "annual_goal": target.annual_goal,
        "indicators": [
            {
                "position": row.position,
                "level1": row.level1,
                "level2": row.level2,
                "name": row.name,
                "operator": row.operator,
                "value": row.value,
                "unit": row.unit,
                "weight": row.weight,
            }
            for row in rows
        ],
        "grade": target.grade,
        "document_number": target.document_number,
        "approved_on": target.approved_on,
        "pack_code": target.pack_code,
        "pack_version": target.pack_version,
    }
