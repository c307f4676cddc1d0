"""Acts on events: register evaluation objects and keep what monitoring found (Y25-4.7)."""

from __future__ import annotations

from typing import Any

from services.eval_svc.store.objects import EvaluationObjectRow, ProjectCopyRow
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.projects import keep_project
from shared.errors import UnavailableError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.trail.record import Act


class ObjectUnknownError(UnavailableError):
    """A monitoring report came before its target's approval; tried again later."""

    code = "object_unknown"
    sentence = "尚未收到目标 {target_id} 的批复事件。"


def copy_project(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep this service's copy of a project; an older version changes nothing."""
    keep_project(uow, ProjectCopyRow, event)


def register_object(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Register the project of an approved target; a later revision replaces the figures."""
    data = REGISTRY.get(event.type).read(event.data)
    key = (event.subject.region, event.subject.fiscal_year, event.subject.id)
    row = uow.session.get(EvaluationObjectRow, key)
    if row is None:
        row = EvaluationObjectRow(
            region_code=key[0], fiscal_year=key[1], object_id=key[2], registered_at=clock.now()
        )
        uow.session.add(row)
    row.version = event.subject.version
    row.target_revision = data["revision"]
    for name in (
        "project_id",
        "unit_id",
        "project_code",
        "project_name",
        "budget_book",
        "approved_amount",
        "annual_goal",
    ):
        setattr(row, name, data[name])
    row.indicators = [each | {"weight": str(each["weight"])} for each in data["indicators"]]
    _record(uow, actor, row, "evaluation.object.register", {"revision": row.target_revision})


def keep_monitoring(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the accepted monitoring report's summary on its object."""
    data = REGISTRY.get(event.type).read(event.data)
    key = (event.subject.region, event.subject.fiscal_year, data["target_id"])
    row = uow.session.get(EvaluationObjectRow, key)
    if row is None:
        raise ObjectUnknownError(target_id=data["target_id"])
    row.monitored_as_of = data["as_of"]
    row.executed = data["executed"]
    row.execution_rate = data["execution_rate"]
    row.monitoring_light = data["light"]
    _record(uow, actor, row, "evaluation.object.keep_monitoring", {"light": data["light"]})


def _record(
    uow: UnitOfWork, actor: Actor, row: EvaluationObjectRow, act: str, after: dict[str, Any]
) -> None:
    uow.record(
        actor,
        Act(
            name=act,
            object_kind="evaluation.object",
            object_id=row.object_id,
            object_title=row.project_name,
            region=row.region_code,
            fiscal_year=row.fiscal_year,
            unit_id=row.unit_id,
            after=after,
        ),
    )
