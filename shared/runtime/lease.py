"""A lease: one process at a time may lead, and whoever lost the lead cannot commit any more.

The lease is a row with a monotonic epoch. A holder does its work and, as the last statement before
its commit, locks the row and compares the epoch (`assert_epoch`): a process that was paused, cut
off or slow finds a higher epoch and rolls back. Expiry is judged by the database server's time, so
neither the rehearsal clock nor a wrong machine clock stretches a lease.
"""

from __future__ import annotations

import os
import secrets
import socket
import time

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from shared.errors import UnavailableError

DEFAULT_SECONDS = 10.0

_FREE = text(
    "select not exists (select from lease where name = :name"
    " and expires_at > clock_timestamp() and holder <> :holder)"
)
_TAKE = text(
    "insert into lease (name, holder, epoch, expires_at)"
    " values (:name, :holder, 1, clock_timestamp() + make_interval(secs => :seconds))"
    " on conflict (name) do update set holder = excluded.holder, epoch = lease.epoch + 1,"
    " expires_at = clock_timestamp() + make_interval(secs => :seconds)"
    " where lease.expires_at <= clock_timestamp() or lease.holder = excluded.holder"
    " returning epoch"
)
_RENEW = text(
    "update lease set expires_at = clock_timestamp() + make_interval(secs => :seconds)"
    " where name = :name and epoch = :epoch and holder = :holder"
)
_RELEASE = text(
    "update lease set expires_at = clock_timestamp()"
    " where name = :name and epoch = :epoch and holder = :holder"
)
_EPOCH = text("select epoch from lease where name = :name for share")


class LeaseLostError(UnavailableError):
    """Another process leads now; the transaction must not commit."""

    code = "lease_lost"
    sentence = "后台任务已由另一个进程接手，本次处理没有写入；系统会自动继续，无需操作。"


def holder_name() -> str:
    """Return a name no other process has: host, process id and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Lease:
    """One process's view of the lease `name`; one thread takes and renews it, others may ask."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        *,
        holder: str = "",
        seconds: float = DEFAULT_SECONDS,
    ) -> None:
        """Take nothing yet. `seconds` is how long a taken lease lives without renewal."""
        self._engine = engine
        self.name = name
        self.holder = holder or holder_name()
        self.seconds = seconds
        self.epoch = 0
        self._held_until = 0.0

    def holds(self) -> bool:
        """Tell, without asking the database, whether the lease is surely still ours.

        Counted on the monotonic clock from before the last request, so it errs on the side of no.
        Only `assert_epoch` in the effect's transaction is proof.
        """
        return time.monotonic() < self._held_until

    def acquire(self) -> bool:
        """Take the lease if it is free, expired or ours; each taking has a new, higher epoch.

        Raises `sqlalchemy.exc.DBAPIError` when the database does not answer.
        """
        asked = time.monotonic()
        with self._engine.begin() as connection:
            free = connection.execute(_FREE, self._key()).scalar_one()
            epoch = connection.execute(_TAKE, self._values()).scalar() if free else None
        if epoch is None:
            self.forget()
            return False
        self.epoch = int(epoch)
        self._held_until = asked + self.seconds
        return True

    def renew(self) -> bool:
        """Extend the lease if nobody took it meanwhile; false means it is lost."""
        asked = time.monotonic()
        with self._engine.begin() as connection:
            renewed = connection.execute(_RENEW, self._values()).rowcount == 1
        if renewed:
            self._held_until = asked + self.seconds
        else:
            self.forget()
        return renewed

    def release(self) -> None:
        """Let the next process take the lease at once; nothing happens if it is not ours."""
        if not self.epoch:
            return
        self.forget()
        with self._engine.begin() as connection:
            connection.execute(_RELEASE, self._values())

    def forget(self) -> None:
        """Stop believing that the lease is ours."""
        self._held_until = 0.0

    def _key(self) -> dict[str, object]:
        return {"name": self.name, "holder": self.holder}

    def _values(self) -> dict[str, object]:
        return {**self._key(), "epoch": self.epoch, "seconds": self.seconds}


def assert_epoch(session: Session, name: str, epoch: int) -> None:
    """Raise `LeaseLostError` unless `epoch` still leads; nobody can take over before the commit.

    Call it as the last statement of the transaction: the shared row lock it takes makes a taker
    (and our own renewal) wait until the commit.
    """
    leading = session.execute(_EPOCH, {"name": name}).scalar()
    if leading != epoch:
        raise LeaseLostError
