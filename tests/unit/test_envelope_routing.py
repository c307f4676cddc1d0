from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.outbox.retry import ATTEMPTS_BEFORE_PARKING, DELAYS, retry_delay
from shared.transport.rabbitmq.topology import Topology

TOPOLOGY = Topology(
    {"monitor_svc": frozenset({"a", "b"}), "eval_svc": frozenset({"b"})}, partitions=4
)


@given(st.uuids())
def test_all_events_of_an_aggregate_take_the_same_partition(aggregate: UUID) -> None:
    (first,) = TOPOLOGY.routes("a", aggregate)
    second, other = TOPOLOGY.routes("b", aggregate)

    assert first == second
    assert first.rsplit(".", 1)[1] == other.rsplit(".", 1)[1]
    assert first in TOPOLOGY.queues("monitor_svc")
    assert other in TOPOLOGY.queues("eval_svc")


def test_aggregates_spread_over_all_partitions() -> None:
    used = {TOPOLOGY.routes("a", UUID(int=number << 8))[0] for number in range(100)}

    assert used == set(TOPOLOGY.queues("monitor_svc"))


def test_the_partition_of_an_aggregate_is_the_same_in_every_release() -> None:
    aggregate = UUID("0192f0c4-7d1a-7b3c-8000-0123456789ab")

    assert TOPOLOGY.routes("a", aggregate) == ("wenxiao.monitor_svc.3",)


def test_an_event_nobody_wants_has_no_route() -> None:
    assert TOPOLOGY.routes("c", UUID(int=1)) == ()


def test_queues_refuse_rather_than_drop() -> None:
    arguments = TOPOLOGY.queue_arguments()

    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-single-active-consumer"] is True
    assert arguments["x-overflow"] == "reject-publish"
    assert arguments["x-delivery-limit"] >= 1_000_000
    assert arguments["x-dead-letter-exchange"] == "wenxiao.dead"


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 4), (3, 16), (4, 64), (5, 256)])
def test_retries_wait_longer_each_time_within_a_fifth(failures: int, seconds: int) -> None:
    waits = [retry_delay(failures) for _ in range(200)]

    assert min(waits) >= timedelta(seconds=seconds * 0.8)
    assert max(waits) <= timedelta(seconds=seconds * 1.2)
    assert len(set(waits)) > 100


def test_the_sixth_failure_has_no_further_wait() -> None:
    assert len(DELAYS) + 1 == ATTEMPTS_BEFORE_PARKING == 6
