"""The relay: takes committed events out of the outbox and hands them to the transport.

One relay is active for each service (under a lease). It looks for rows *not yet sent*, never for
ids above the last seen: transactions commit in another order than their ids were drawn, and a
cursor would pass over the late ones for ever.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import structlog
from sqlalchemy import Text, cast, func, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from shared.db.unit_of_work import Database
from shared.observability.tracing import HEADER, is_recording, span, trace_of
from shared.outbox.pace import DEFAULT_PACE, Pace, keep_going
from shared.outbox.tables import OutboxRow, among, is_any_unsent, queue_plans
from shared.transport.port import Outgoing, Transport, TransportUnavailableError

_log = structlog.get_logger(__name__)


class Relay:
    """Moves the events of one service. `wake` may be set by anybody who has just told an event."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        holds_lease: Callable[[], bool],
        *,
        batch: int = 500,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        self.wake = threading.Event()
        self._database = database
        self._transport = transport
        self._holds_lease = holds_lease
        self._batch = batch
        self._pace = pace

    def run_once(self) -> int:
        """Send one batch; return how many events were confirmed and marked.

        Raises `TransportUnavailableError` when the transport confirmed nothing of what it got.
        """
        if not self._holds_lease():
            return 0
        # The row locks last until the marks are committed: a second relay that wrongly believes in
        # its lease skips these rows instead of sending them twice or out of turn.
        with self._database.begin() as uow:
            heads = self._claim(uow.session)
            if not heads:
                return 0
            batch = [outgoing for _, outgoing in heads]
            with self._spans(batch):
                confirmed = self._transport.send(batch)
            sequences = [seq for seq, outgoing in heads if outgoing.event_id in confirmed]
            self._mark_sent(uow.session, sequences)
        if len(sequences) < len(heads):
            _log.warning("events not confirmed", sent=len(sequences), claimed=len(heads))
        if not sequences:
            raise TransportUnavailableError(f"none of {len(heads)} events confirmed")
        return len(sequences)

    @contextmanager
    def _spans(self, batch: Sequence[Outgoing]) -> Iterator[None]:
        """Have a span for each event while the batch is on its way, when anybody records them."""
        with ExitStack() as stack:
            for outgoing in batch if is_recording() else ():
                envelope = json.loads(outgoing.envelope)
                origin = trace_of(envelope.get(HEADER, ""), envelope.get("tracelink", ""))
                attributes = {
                    "wenxiao.service": self._database.service,
                    "messaging.operation.type": "send",
                    "messaging.message.id": str(outgoing.event_id),
                    "wenxiao.event_type": outgoing.event_type,
                }
                name = f"send {outgoing.event_type}"
                stack.enter_context(span(name, "PRODUCER", attributes, **origin))
            yield

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`; trouble is logged and tried again, for ever."""
        keep_going(
            f"relay of {self._database.service}",
            lambda: self.run_once() > 0,
            waits=self._is_any_unsent,
            stop=stop,
            wake=self.wake,
            pace=self._pace,
        )

    def _is_any_unsent(self) -> bool:
        if not self._holds_lease():
            return False
        with self._database.glance() as connection:
            return is_any_unsent(connection)

    def _claim(self, session: Session) -> list[tuple[int, Outgoing]]:
        """Lock the first unsent event of each aggregate: at most one of each is on its way."""
        same = aliased(OutboxRow)
        first_unsent = (
            select(func.min(same.aggregate_version))
            .where(same.sent_at.is_(None), same.aggregate_id == OutboxRow.aggregate_id)
            .scalar_subquery()
        )
        heads = (
            select(
                OutboxRow.sequence,
                OutboxRow.event_id,
                OutboxRow.event_type,
                OutboxRow.aggregate_id,
                cast(OutboxRow.envelope, Text),
            )
            .where(OutboxRow.sent_at.is_(None), OutboxRow.aggregate_version == first_unsent)
            .order_by(OutboxRow.sequence)
            .limit(literal_column(str(self._batch)))  # as it is: the plan depends on it
            .with_for_update(of=OutboxRow, skip_locked=True)
        )
        with queue_plans(session):
            rows = session.execute(heads).all()
        return [(row[0], Outgoing(*row[1:])) for row in rows]

    def _mark_sent(self, session: Session, sequences: list[int]) -> None:
        session.execute(
            update(OutboxRow)
            .where(among(OutboxRow.sequence, sequences))
            .values(sent_at=self._database.clock.now())
            .execution_options(synchronize_session=False)
        )
