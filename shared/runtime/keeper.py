"""Keeps a lease: takes it when it is free, renews it in time, notices when it is lost."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.observability.metrics import LEASE_HELD
from shared.runtime.lease import Lease

_LOG = structlog.get_logger(__name__)


class LeaseKeeper:
    """Keeps one lease of one service; `run` is a background thread's work."""

    def __init__(self, lease: Lease, service: str) -> None:
        """Take nothing yet."""
        self.lease = lease
        self.pause_seconds = lease.seconds / 4
        self._service = service
        self._gauge = LEASE_HELD.labels(service, lease.name)
        self._gauge.set(0)
        self._held = False

    def holds(self) -> bool:
        """Tell, without asking the database, whether the lease is surely still ours."""
        return self.lease.holds()

    def step(self) -> bool:
        """Renew or try to take the lease; tell whether it was taken anew just now."""
        before, epoch = self._held, self.lease.epoch
        try:
            self._held = (self.holds() and self.lease.renew()) or self.lease.acquire()
        except SQLAlchemyError as error:
            _LOG.warning("lease not reachable", lease=self.lease.name, error=str(error))
            self._held = self.holds()
        self._gauge.set(int(self._held))
        taken = self._held and self.lease.epoch != epoch
        if taken or before != self._held:
            _LOG.info(
                "lease taken" if self._held else "lease lost",
                service=self._service,
                lease=self.lease.name,
                epoch=self.lease.epoch,
            )
        return taken

    def release(self) -> None:
        """Give the lease up, so that another process leads at once."""
        self._held = False
        self._gauge.set(0)
        try:
            self.lease.release()
        except SQLAlchemyError as error:  # it expires by itself
            _LOG.warning("lease not released", lease=self.lease.name, error=str(error))

    def run(self, stop: threading.Event) -> None:
        """Keep the lease until `stop`, then give it up."""
        try:
            self.step()
            while not stop.wait(self.pause_seconds):
                self.step()
        finally:
            self.release()
