"""Runtime units: started in the order of their needs, stopped in reverse, all for one.

If a unit fails for good, everything stops and the process ends with a code other than 0, so that
whatever runs the process (systemd, Kubernetes, a person) sees it. On SIGTERM or SIGINT the
process is unready first, then claims no more work, finishes what is in flight within a bound, and
closes.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from types import FrameType
from typing import Protocol

import structlog

from shared.observability.metrics import THREAD_RESTARTS

STOP_SECONDS = 20.0
"""Everything in flight gets this long altogether, then the process ends anyway."""

_LOG = structlog.get_logger(__name__)


class Unit(Protocol):
    """Something that runs. `needs` names the units that start before it and stop after it."""

    @property
    def name(self) -> str:
        """The unit's name, unique in the process."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the units this one needs; names of units that do not run here are ignored."""
        ...

    def start(self, failed: Callable[[str, BaseException], None]) -> None:
        """Start and return; call `failed(name, error)` if it ends for good later on."""
        ...

    def stop(self, deadline: float) -> None:
        """Claim no more, finish what is in flight until `deadline` (`time.monotonic`), close."""
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between restarts of a thread, in seconds, and when to give up."""

    first: float = 1.0
    longest: float = 30.0
    attempts: int = 8
    healthy: float = 60.0
    """After running this long a thread counts as recovered."""


class ThreadUnit:
    """A background loop in its own thread, restarted with growing pauses when it dies.

    `work(stop)` runs until the event is set; returning or raising before that is a failure. After
    `backoff.attempts` failures in a row the unit fails for good.
    """

    def __init__(
        self,
        name: str,
        service: str,
        work: Callable[[threading.Event], None],
        needs: tuple[str, ...] = (),
        *,
        wake: threading.Event | None = None,
        backoff: Backoff = Backoff(),
    ) -> None:
        """Describe the unit; nothing runs before `start`.

        `wake` is what the loop sleeps on, if it is not `stop` itself; it is set when stopping.
        """
        self.name = name
        self.needs = needs
        self._work = work
        self._wake = wake
        self._backoff = backoff
        self._stop = threading.Event()
        self._restarts = THREAD_RESTARTS.labels(service, name)
        self._thread: threading.Thread | None = None

    def start(self, failed: Callable[[str, BaseException], None]) -> None:
        """Start the thread."""
        self._thread = threading.Thread(
            target=self._keep_running, args=(failed,), name=self.name, daemon=True
        )
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """Tell the loop to stop and wait for it."""
        self._stop.set()
        if self._wake:
            self._wake.set()
        if self._thread:
            self._thread.join(max(0.0, deadline - time.monotonic()))
            if self._thread.is_alive():
                _LOG.error("thread did not stop in time", unit=self.name)

    def _keep_running(self, failed: Callable[[str, BaseException], None]) -> None:
        failures = 0
        pause = self._backoff.first
        while True:
            began = time.monotonic()
            error = self._run_once()
            if self._stop.is_set():
                return
            if time.monotonic() - began >= self._backoff.healthy:
                failures, pause = 0, self._backoff.first
            failures += 1
            if failures > self._backoff.attempts:
                failed(self.name, error)
                return
            self._restarts.inc()
            _LOG.error("thread died, restarting", unit=self.name, error=repr(error), pause=pause)
            if self._stop.wait(pause):
                return
            pause = min(pause * 2, self._backoff.longest)

    def _run_once(self) -> BaseException:
        try:
            self._work(self._stop)
        except Exception as error:  # noqa: BLE001 (the supervisor of whatever happens)
            return error
        return RuntimeError("the loop returned before it was told to stop")


class Readiness:
    """Whether this process wants new work; `/readyz` says no as soon as stopping begins."""

    def __init__(self) -> None:
        """Be ready unless told otherwise."""
        self._closing = threading.Event()

    @property
    def ready(self) -> bool:
        """False once the process is on its way out."""
        return not self._closing.is_set()

    def close(self) -> None:
        """Be unready from now on."""
        self._closing.set()


class Supervisor:
    """Starts units, waits for a signal or a failure, stops what was started."""

    def __init__(self, readiness: Readiness, stop_seconds: float = STOP_SECONDS) -> None:
        """Supervise nothing yet."""
        self.readiness = readiness
        self._stop_seconds = stop_seconds
        self._started: list[Unit] = []
        self._wanted = threading.Event()
        self._failure: tuple[str, BaseException] | None = None

    def catch_signals(self) -> None:
        """Stop in order on SIGTERM and SIGINT; call it in the main thread, before any start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        _LOG.info("stopping on signal", signal=signal.Signals(number).name)
        self.request_stop()

    def request_stop(self) -> None:
        """Be unready and stop as soon as the waiting thread sees it."""
        self.readiness.close()
        self._wanted.set()

    @property
    def stopping(self) -> bool:
        """Tell whether a stop was asked for; a long start-up looks at it between its steps."""
        return self._wanted.is_set()

    def start(self, units: Iterable[Unit]) -> None:
        """Start `units` in the order of their needs; if one cannot start, stop all and re-raise."""
        for unit in in_order(list(units)):
            if self.stopping:
                return
            try:
                unit.start(self._on_failure)
            except BaseException as error:
                # Whoever called tells it: a person in a sentence, or a traceback of a fault.
                _LOG.error("unit did not start", unit=unit.name, error=repr(error))
                self.stop()
                raise
            self._started.append(unit)
            _LOG.debug("unit started", unit=unit.name)

    def _on_failure(self, name: str, error: BaseException) -> None:
        _LOG.critical("unit failed for good, stopping", unit=name, error=repr(error))
        if self._failure is None:
            self._failure = (name, error)
        self.request_stop()

    def wait(self) -> int:
        """Wait until a signal or a failure, stop everything, and return the exit code."""
        # A wait without timeout would keep Python from running signal handlers on some platforms.
        while not self._wanted.wait(1.0):
            pass
        self.stop()
        return 1 if self._failure else 0

    def stop(self) -> None:
        """Stop what was started, newest first, within the bound; safe to call again."""
        self.request_stop()
        began = time.monotonic()
        deadline = began + self._stop_seconds
        while self._started:
            unit = self._started.pop()
            try:
                unit.stop(deadline)
            except Exception:  # noqa: BLE001 (the others still have to stop)
                _LOG.exception("unit did not stop cleanly", unit=unit.name)
            if not self._started:
                _LOG.info("stopped", seconds=round(time.monotonic() - began, 1))


def in_order(units: Sequence[Unit]) -> list[Unit]:
    """Return `units` with every unit after those it needs; raise `graphlib.CycleError` on a circle.

    Units that do not depend on one another keep the given order.
    """
    by_name = {unit.name: unit for unit in units}
    if len(by_name) != len(units):
        raise ValueError("two units have the same name")
    sorter = TopologicalSorter(
        {unit.name: [need for need in unit.needs if need in by_name] for unit in units}
    )
    return [by_name[name] for name in sorter.static_order()]
