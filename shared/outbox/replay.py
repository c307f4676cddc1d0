"""Replay: tells stored events once more. Inboxes that have them change nothing; others catch up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, update

from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.events.registry import BUSINESS_NAMES
from shared.ids import new_id
from shared.observability.tracing import current_traceparent
from shared.outbox.tables import OutboxRow
from shared.outbox.wakeup import note_told
from shared.trail.record import Act


@dataclass(frozen=True, slots=True)
class Selection:
    """Which stored events: all conditions given must hold; the range includes both ends."""

    first_sequence: int | None = None
    last_sequence: int | None = None
    aggregate_id: UUID | None = None
    event_type: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the conditions that were given, for the trail."""
        given = {
            "first_sequence": self.first_sequence,
            "last_sequence": self.last_sequence,
            "aggregate_id": str(self.aggregate_id) if self.aggregate_id else None,
            "event_type": self.event_type,
        }
        return {name: value for name, value in given.items() if value is not None}


def replay(uow: UnitOfWork, actor: Actor, selection: Selection, reason: str) -> int:
    """Mark the selected sent events unsent again; return how many; recorded in the trail.

    Raises `InvalidInputError` without a reason or without any condition.
    """
    problems = []
    if not selection.to_json():
        problems.append(
            FieldProblem("selection", "required", "请至少给出一个条件：序号范围、对象或事件类型。")
        )
    if not reason.strip():
        problems.append(FieldProblem("reason", "required", "请填写重发原因。"))
    if problems:
        raise InvalidInputError(problems)
    conditions: list[ColumnElement[bool]] = [OutboxRow.sent_at.is_not(None)]
    if selection.first_sequence is not None:
        conditions.append(OutboxRow.sequence >= selection.first_sequence)
    if selection.last_sequence is not None:
        conditions.append(OutboxRow.sequence <= selection.last_sequence)
    if selection.aggregate_id is not None:
        conditions.append(OutboxRow.aggregate_id == selection.aggregate_id)
    if selection.event_type is not None:
        conditions.append(OutboxRow.event_type == selection.event_type)
    count = len(
        uow.session.execute(
            update(OutboxRow)
            .where(*conditions)
            .values(sent_at=None, envelope=_linked())
            .returning(OutboxRow.sequence)
            .execution_options(synchronize_session=False)
        ).all()
    )
    uow.record(
        actor,
        Act(
            name=f"{BUSINESS_NAMES[uow.service]}.event.replay",
            object_kind="outbox",
            object_id=new_id(),
            object_title="事件重发",
            region=actor.scope.region,
            after={"selection": selection.to_json(), "events": count},
            comment=reason.strip(),
        ),
    )
    note_told(uow.session)
    return count


def _linked() -> ColumnElement[dict[str, Any]]:
    """Return the envelope with this replay's span as its own and the first one as a link."""
    link = func.coalesce(OutboxRow.envelope["tracelink"], OutboxRow.envelope["traceparent"])
    now: str | None = current_traceparent() or None
    traces = func.jsonb_build_object("tracelink", link, "traceparent", cast(now, Text))
    return func.jsonb_concat(
        OutboxRow.envelope.op("-")("traceparent"), func.jsonb_strip_nulls(traces)
    )
