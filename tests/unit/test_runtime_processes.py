"""Units start in order, stop in reverse, and fall together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from graphlib import CycleError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.observability.metrics import METRICS
from shared.runtime.processes import Backoff, Readiness, Supervisor, ThreadUnit, in_order

PATIENCE = 10.0
AT_ONCE = Backoff(first=0.0, longest=0.0, attempts=3)


class Recorder:
    """A unit that writes down what happens to it."""

    def __init__(
        self, name: str, events: list[str], needs: tuple[str, ...] = (), *, broken: str = ""
    ) -> None:
        self.name, self.needs = name, needs
        self._events, self._broken = events, broken
        self.failed: Callable[[str, BaseException], None] = lambda *_: None

    def start(self, failed: Callable[[str, BaseException], None]) -> None:
        if self._broken == "start":
            raise OSError("port taken")
        self.failed = failed
        self._events.append(f"+{self.name}")

    def stop(self, deadline: float) -> None:  # noqa: ARG002 (protocol)
        self._events.append(f"-{self.name}")
        if self._broken == "stop":
            raise OSError("gone already")


def restarts(service: str, unit: str) -> float:
    labels = {"service": service, "unit": unit}
    return METRICS.get_sample_value("thread_restarts_total", labels) or 0.0


def test_starts_by_needs_and_stops_in_reverse() -> None:
    events: list[str] = []
    supervisor = Supervisor(Readiness())
    supervisor.start(
        [
            Recorder("web", events, ("relay", "database", "not in this process")),
            Recorder("relay", events, ("database",)),
            Recorder("database", events),
        ]
    )
    supervisor.stop()
    assert events == ["+database", "+relay", "+web", "-web", "-relay", "-database"]


def test_a_circle_of_needs_is_refused() -> None:
    with pytest.raises(CycleError):
        in_order([Recorder("a", [], ("b",)), Recorder("b", [], ("a",))])


def test_two_units_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        in_order([Recorder("a", []), Recorder("a", [])])


@given(edges=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] < e[1])))
def test_every_unit_comes_after_what_it_needs(edges: set[tuple[int, int]]) -> None:
    units = [
        Recorder(str(n), [], tuple(str(need) for need, unit in edges if unit == n))
        for n in reversed(range(10))
    ]
    ordered = [unit.name for unit in in_order(units)]
    assert sorted(ordered) == [str(n) for n in range(10)]
    assert all(ordered.index(str(need)) < ordered.index(str(unit)) for need, unit in edges)


def test_if_one_cannot_start_those_started_are_stopped() -> None:
    events: list[str] = []
    supervisor = Supervisor(Readiness())
    with pytest.raises(OSError, match="port taken"):
        supervisor.start(
            [Recorder("database", events), Recorder("web", events, ("database",), broken="start")]
        )
    assert events == ["+database", "-database"]
    assert not supervisor.readiness.ready


def test_a_failure_stops_everything_and_the_process_ends_with_an_error() -> None:
    events: list[str] = []
    first, second = Recorder("a", events), Recorder("b", events, ("a",))
    supervisor = Supervisor(Readiness())
    supervisor.start([first, second])
    first.failed("a", RuntimeError("disk full"))
    assert supervisor.wait() == 1
    assert events == ["+a", "+b", "-b", "-a"]


def test_a_wanted_stop_ends_without_error_and_readiness_goes_first() -> None:
    events: list[str] = []
    readiness = Readiness()
    supervisor = Supervisor(readiness)

    class Watcher(Recorder):
        def stop(self, deadline: float) -> None:  # noqa: ARG002 (protocol)
            events.append(f"ready={readiness.ready}")

    supervisor.start([Watcher("web", events)])
    assert readiness.ready
    supervisor.request_stop()
    assert supervisor.wait() == 0
    assert events == ["+web", "ready=False"]


def test_a_unit_that_fails_to_stop_does_not_keep_the_others() -> None:
    events: list[str] = []
    supervisor = Supervisor(Readiness())
    supervisor.start([Recorder("a", events), Recorder("b", events, ("a",), broken="stop")])
    supervisor.stop()
    assert events == ["+a", "+b", "-b", "-a"]


def test_nothing_more_starts_once_a_stop_is_wanted() -> None:
    events: list[str] = []
    supervisor = Supervisor(Readiness())
    supervisor.request_stop()
    supervisor.start([Recorder("a", events)])
    assert events == []


def test_a_dead_thread_is_restarted_and_counted() -> None:
    lives: list[int] = []
    healthy = threading.Event()

    def die_twice(stop: threading.Event) -> None:
        lives.append(1)
        if len(lives) == 1:
            raise KeyError("lost")
        if len(lives) == 2:
            return
        healthy.set()
        stop.wait()

    before = restarts("target_svc", "relay")
    unit = ThreadUnit("relay", "target_svc", die_twice, backoff=AT_ONCE)
    failures: list[str] = []
    unit.start(lambda name, _: failures.append(name))
    assert healthy.wait(PATIENCE)
    unit.stop(time.monotonic() + PATIENCE)
    assert (len(lives), failures) == (3, [])
    assert restarts("target_svc", "relay") - before == 2


def test_a_thread_that_keeps_dying_fails_for_good() -> None:
    def die(stop: threading.Event) -> None:
        raise KeyError("lost")

    supervisor = Supervisor(Readiness())
    supervisor.start([ThreadUnit("sealer", "target_svc", die, backoff=AT_ONCE)])
    assert supervisor.wait() == 1


def test_a_thread_stuck_in_its_work_does_not_stop_the_end() -> None:
    release = threading.Event()
    unit = ThreadUnit("stuck", "target_svc", lambda _stop: release.wait() and None)
    unit.start(lambda *_: None)
    unit.stop(time.monotonic() + 0.05)
    release.set()
