"""The processor: applies what lies in the inbox, the same code behind both transports.

Any number of processors may work on one inbox. Each takes only the *first* open event of an
aggregate, locked, so the events of an aggregate are applied in order and others do not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, func, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from shared.access.actor import Actor
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.events.registry import REGISTRY, Registry
from shared.observability.metrics import EVENT_SECONDS, EVENTS_HANDLED
from shared.observability.tracing import span, trace_of
from shared.outbox.pace import DEFAULT_PACE, Pace, keep_going
from shared.outbox.retry import ATTEMPTS_BEFORE_PARKING, retry_delay
from shared.outbox.tables import PARKED, PENDING, InboxRow, among, is_any_due, queue_plans
from shared.runtime.module import Handler

_log = structlog.get_logger(__name__)

LONGEST_ERROR = 2000
OUTCOMES = ("done", "failed", "parked")
NOT_SUBSCRIBED = "本服务不再订阅此类事件"


@dataclass(frozen=True, slots=True)
class _Claimed:
    sequence: int
    event_type: str
    attempts: int
    envelope: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Failure:
    row: _Claimed
    error: Exception


class Processor:
    """Applies the events of one subscription. `wake` may be set when the inbox got something."""

    def __init__(
        self,
        database: Database,
        subscription: str,
        handlers: Mapping[str, Handler],
        *,
        registry: Registry = REGISTRY,
        batch: int = 200,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        self.wake = threading.Event()
        self._database = database
        self._subscription = subscription
        self._handlers = dict(handlers)
        self._registry = registry
        self._batch = batch
        self._pace = pace
        EVENT_SECONDS.labels(database.service)  # a counter that begins at 0 shows its first one
        for outcome in OUTCOMES:
            EVENTS_HANDLED.labels(database.service, outcome)

    def run(self, stop: threading.Event) -> None:
        """Apply events until `stop`; trouble with the database is logged and tried again."""
        keep_going(
            f"processor of {self._subscription}",
            lambda: self.run_once() > 0,
            waits=self._is_any_due,
            stop=stop,
            wake=self.wake,
            pace=self._pace,
        )

    def run_once(self) -> int:
        """Work through one batch; return how many events were tried (applied or failed).

        The effects of a batch and its `done` marks are one transaction. A failed event's effects
        are undone to a savepoint and its failure is recorded while its row is still locked: were
        it recorded after letting go, another replica would try the event in between, uncounted.
        """
        now = self._database.clock.now()
        with self._database.begin() as uow:
            rows = self._claim(uow.session, now)
            if not rows:
                return 0
            failures = self._apply_batch(uow, rows)
            failed = {failure.row.sequence for failure in failures}
            done = [row for row in rows if row.sequence not in failed]
            self._mark_done(uow.session, done)
            for failure in failures:
                self._record_failure(uow.session, failure, now)
        self._count(done, failures)
        return len(rows)

    def _count(self, done: Sequence[_Claimed], failures: Sequence[_Failure]) -> None:
        """Count what was committed."""
        service, now = self._database.service, self._database.clock.now()
        delay = EVENT_SECONDS.labels(service)
        for row in done:
            # A rehearsal clock may have been set back meanwhile.
            delay.observe(max(0.0, (now - row.received_at).total_seconds()))
        EVENTS_HANDLED.labels(service, "done").inc(len(done))
        for failure in failures:
            outcome = "parked" if _is_last(failure) else "failed"
            EVENTS_HANDLED.labels(service, outcome).inc()

    def _is_any_due(self) -> bool:
        with self._database.glance() as connection:
            return is_any_due(connection, self._subscription, self._database.clock.now())

    def _claim(self, session: Session, now: datetime) -> list[_Claimed]:
        with queue_plans(session):
            rows = session.execute(self._due_heads(now)).all()
        return [_Claimed(*row) for row in rows]

    def _due_heads(self, now: datetime) -> Select[int, str, int, dict[str, Any], datetime]:
        """Return due events that are the first open one of their aggregate, in order of dueness."""
        # One look into the index for each candidate. As `not exists` it would be a join, which the
        # planner gets badly wrong while the table grows from empty.
        same = aliased(InboxRow)
        first_open = (
            select(func.min(same.aggregate_version))
            .where(
                same.subscription == InboxRow.subscription,
                same.aggregate_id == InboxRow.aggregate_id,
                same.state.in_((PENDING, PARKED)),
            )
            .scalar_subquery()
        )
        return (
            select(
                InboxRow.sequence,
                InboxRow.event_type,
                InboxRow.attempts,
                InboxRow.envelope,
                InboxRow.received_at,
            )
            .where(
                InboxRow.state == PENDING,
                InboxRow.next_attempt_at <= now,
                InboxRow.subscription == self._subscription,
                InboxRow.aggregate_version == first_open,
            )
            .order_by(InboxRow.next_attempt_at, InboxRow.sequence)
            .limit(literal_column(str(self._batch)))  # as it is: the plan depends on it
            .with_for_update(of=InboxRow, skip_locked=True)
        )

    def _apply_batch(self, uow: UnitOfWork, rows: Sequence[_Claimed]) -> list[_Failure]:
        """Apply all rows under one savepoint; after a failure, the others each under their own.

        One savepoint per event costs two round trips each, so it is paid only in trouble. The
        event that failed first is not tried again in the second pass: one attempt is one call.
        """
        first = self._apply_together(uow, rows)
        if first is None:
            return []
        failures = [first]
        for row in rows:
            if row.sequence == first.row.sequence:
                continue
            failure = self._apply_together(uow, [row])
            if failure is not None:
                failures.append(failure)
        return failures

    def _apply_together(self, uow: UnitOfWork, rows: Sequence[_Claimed]) -> _Failure | None:
        current = rows[0]
        try:
            with uow.savepoint():
                for current in rows:
                    self._apply(uow, current)
        except Exception as error:  # noqa: BLE001 (whatever a use case raises is its failure)
            # Were it the database that went away, recording the failure would fail as well, and
            # nothing would be counted against the event.
            _log.warning(
                "event not applied",
                subscription=self._subscription,
                event_type=current.event_type,
                sequence=current.sequence,
                attempt=current.attempts + 1,
                correlation_id=current.envelope.get("correlationid"),
                traceparent=current.envelope.get("traceparent"),
                exc_info=True,
            )
            return _Failure(current, error)
        finally:
            uow.cause = None
        return None

    def _apply(self, uow: UnitOfWork, row: _Claimed) -> None:
        handler = self._handlers.get(row.event_type)
        declared = self._registry.get(row.event_type)
        if handler is None:
            return  # known, but no longer subscribed to by this service
        event = Event.from_json(row.envelope)
        declared.read(event.data)  # a use case never meets data that break their schema
        actor = Actor.system(
            self._database.service, event.subject.region, correlation_id=event.correlation_id
        )
        uow.cause = event
        with self._span(event, row.attempts):
            handler(uow, self._database.clock, actor, event)
            # Each event starts from the database as if alone: nothing waits to be written, nothing
            # read by an earlier event is taken for fresh.
            uow.session.flush()
        uow.session.expunge_all()

    def _span(self, event: Event, attempts: int) -> AbstractContextManager[object]:
        """Return the span of applying `event`: of its trace at first, later linked to it.

        A second attempt or a replay may come days later; a trace that long shows nothing.
        """
        attributes: dict[str, str | int] = {
            "wenxiao.service": self._database.service,
            "messaging.operation.type": "process",
            "messaging.message.id": str(event.id),
            "messaging.destination.name": self._subscription,
            "wenxiao.event_type": event.type,
            "wenxiao.attempt": attempts + 1,
        }
        origin = trace_of(event.traceparent, event.trace_link, is_first=attempts == 0)
        return span(f"process {event.type}", "CONSUMER", attributes, **origin)

    def _mark_done(self, session: Session, rows: Sequence[_Claimed]) -> None:
        for resolution in (None, NOT_SUBSCRIBED):
            known = resolution is None
            done = [row.sequence for row in rows if (row.event_type in self._handlers) is known]
            if done:
                session.execute(
                    update(InboxRow)
                    .where(among(InboxRow.sequence, done))
                    .values(
                        state="done",
                        handled_at=self._database.clock.now(),
                        resolution=resolution,
                    )
                    .execution_options(synchronize_session=False)
                )

    def _record_failure(self, session: Session, failure: _Failure, now: datetime) -> None:
        attempts = failure.row.attempts + 1
        parked = _is_last(failure)
        session.execute(
            update(InboxRow)
            .where(InboxRow.sequence == failure.row.sequence)
            .values(
                attempts=attempts,
                state="parked" if parked else "pending",
                next_attempt_at=now if parked else now + retry_delay(attempts),
                last_error=_describe(failure.error),
            )
            .execution_options(synchronize_session=False)
        )
        if parked:
            _log.error(
                "event parked",
                subscription=self._subscription,
                event_type=failure.row.event_type,
                sequence=failure.row.sequence,
            )


def _is_last(failure: _Failure) -> bool:
    return failure.row.attempts + 1 >= ATTEMPTS_BEFORE_PARKING


def _describe(error: Exception) -> str:
    """Return the error's kind and message as PostgreSQL can hold them."""
    described = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
    return described.replace("\0", "")[:LONGEST_ERROR]
