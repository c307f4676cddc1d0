"""`Idempotency-Key`: a request sent twice takes effect once and gets the same answer twice.

The answer is stored in the transaction of the effect, so there is never one without the other. A
refused request stores nothing: sent again, it is tried again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import SmallInteger, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import FrameBase
from shared.runtime.module import Job
from shared.web.failures import KeyInFlightError, KeyReusedError, MalformedRequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request

    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork

HEADER = "Idempotency-Key"
KEPT = timedelta(days=2)
"""How long an answer is remembered: longer than any client keeps trying."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class IdempotencyRow(FrameBase):
    """An answer given, kept for the same request coming again."""

    __tablename__ = "idempotency_key"

    account: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status, the headers that matter, and the body."""

    status: int
    body: str
    headers: dict[str, str]


def once(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    request: Request,
    act: Callable[[], Answer],
) -> Answer:
    """Return the answer of `act`, or the stored one when this request was answered before.

    Without the header `act` simply runs. Raises `KeyReusedError` (422) when the key came with
    another request, `KeyInFlightError` (409) while the first is being worked on.
    """
    key = _key_of(request)
    if key is None:
        return act()
    account = str(actor.account_id or actor.name)
    route = f"{request.method} {request.path}"
    _lock(uow, account, route, key)
    digest = _digest(request)
    stored = uow.session.get(IdempotencyRow, (account, route, key))
    if stored is not None:
        if stored.request_hash != digest:
            raise KeyReusedError
        return Answer(stored.status, stored.body, {**stored.headers, "Idempotent-Replay": "true"})
    answer = act()
    uow.session.add(
        IdempotencyRow(
            account=account,
            route=route,
            key=key,
            request_hash=digest,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            created_at=clock.now(),
        )
    )
    return answer


def forget_old_keys(uow: UnitOfWork, clock: Clock, _actor: Actor) -> None:
    """Delete the answers kept longer than `KEPT`."""
    uow.session.execute(
        delete(IdempotencyRow).where(IdempotencyRow.created_at < clock.now() - KEPT)
    )


FORGET_OLD_KEYS = Job("idempotency.forget", every_seconds=3600, act=forget_old_keys)
"""Every service that answers POST lists this among its jobs."""


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if _KEY.fullmatch(key) is None:
        raise MalformedRequestError
    return key


def _digest(request: Request) -> str:
    """Return the hash of what was asked; a form counts by its parts, not by its boundary text."""
    digest = hashlib.sha256(request.query_string)
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        for name, value in sorted(request.form.items(multi=True)):
            digest.update(f"\n{name!r}={value!r}".encode())
        for name, upload in sorted(request.files.items(multi=True), key=lambda each: each[0]):
            digest.update(f"\n{name!r}:{upload.filename!r}:".encode())
            digest.update(hashlib.file_digest(upload.stream, "sha256").digest())  # type: ignore[arg-type]
            upload.stream.seek(0)
    else:
        digest.update(b"\n" + request.get_data())
    return digest.hexdigest()


def _lock(uow: UnitOfWork, account: str, route: str, key: str) -> None:
    """Hold the key until the end of the transaction, or say that somebody else does."""
    name = f"{account}\n{route}\n{key}"
    held = uow.session.scalar(
        select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))
    )
    if not held:
        raise KeyInFlightError
