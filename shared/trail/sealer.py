"""Seals committed trail rows into the chain, apart from the writers, who never wait for it.

Positions count from 1 without gaps in the order of sealing, which is the order of record ids among
the rows committed at that moment; a writer committing late gets a later position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from shared.crypto.port import CryptoProvider
from shared.db.unit_of_work import Database, UnitOfWork
from shared.trail.content import CONTENT_COLUMNS, record_content
from shared.trail.tables import TrailRow
from shared.trail.verifier import genesis, sealed_content

SEAL_LOCK = 0x7772_6169_6C73_6561
"""Key of the advisory lock that makes one sealer of all processes; the number means nothing."""

_FILL = text(
    "UPDATE trail SET position = :first + sealed.place - 1, digest = sealed.digest"
    " FROM unnest(:record_ids, :digests) WITH ORDINALITY AS sealed (record_id, digest, place)"
    " WHERE trail.record_id = sealed.record_id AND trail.position IS NULL"
).bindparams(
    bindparam("first", type_=BigInteger),
    bindparam("record_ids", type_=ARRAY(Uuid)),
    bindparam("digests", type_=ARRAY(Text)),
)


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of the chain: `digest` after `position` records."""

    position: int
    digest: str


class ChainBrokenError(Exception):
    """The rows changed under the sealer's lock: somebody works round the trail."""


def seal_once(database: Database, crypto: CryptoProvider, batch: int = 1000) -> int:
    """Seal all rows committed by now, `batch` in a transaction; return how many.

    Returns early, with what it did itself, while another sealer is at work.
    """
    total = 0
    while True:
        with database.begin() as uow:
            sealed = seal_batch(uow, crypto, batch)
        total += sealed
        if sealed < batch:
            return total


def seal_batch(uow: UnitOfWork, crypto: CryptoProvider, batch: int) -> int:
    """Seal up to `batch` rows in the open transaction; 0 while another sealer is at work.

    Raises `ChainBrokenError` when a row vanished or was sealed by someone without the lock.
    """
    session = uow.session
    locked = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:key)").bindparams(
            bindparam("key", SEAL_LOCK, type_=BigInteger)
        )
    )
    if not locked:
        return 0
    rows = session.execute(
        select(*CONTENT_COLUMNS)
        .where(TrailRow.position.is_(None))
        .order_by(TrailRow.record_id)
        .limit(batch)
    ).mappings()
    tip = chain_tip(session, uow.service)
    contents = [record_content(row) for row in rows]
    if not contents:
        return 0
    digests = list(chain(tip, contents, crypto))
    filled = session.execute(
        _FILL,
        {
            "first": tip.position + 1,
            "record_ids": [UUID(content["record_id"]) for content in contents],
            "digests": digests,
        },
    )
    if filled.rowcount != len(contents):  # type: ignore[attr-defined]
        raise ChainBrokenError(f"{len(contents)} rows read, not all of them could be sealed")
    return len(contents)


def chain(tip: Tip, contents: Iterable[Mapping[str, Any]], crypto: CryptoProvider) -> Iterable[str]:
    """Yield the digest of each record, following `tip`."""
    previous = tip.digest
    for position, content in enumerate(contents, start=tip.position + 1):
        previous = crypto.digest(sealed_content(previous, {**content, "position": position}))
        yield previous


def chain_tip(session: Session, service: str) -> Tip:
    """Return the end of the sealed chain; position 0 when nothing is sealed."""
    row = session.execute(
        select(TrailRow.position, TrailRow.digest)
        .where(TrailRow.position.is_not(None))
        .order_by(TrailRow.position.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.position is None or row.digest is None:
        return Tip(0, genesis(service))
    return Tip(row.position, row.digest)


def oldest_unsealed(session: Session) -> datetime | None:
    """Return the instant of the oldest record not yet sealed: its age is watched."""
    return session.scalar(
        select(TrailRow.at).where(TrailRow.position.is_(None)).order_by(TrailRow.record_id).limit(1)
    )
