"""Signed heads: what the chain was at an instant, told to the outside.

A head is written into `trail_head` and appended to `heads/<service>.jsonl`, from where it is
handed to the other agency. Whoever later rewrites the database cannot rewrite those copies.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clock import LOCAL_ZONE, Clock
from shared.crypto.port import CryptoProvider
from shared.db.unit_of_work import Database, UnitOfWork
from shared.trail.sealer import chain_tip
from shared.trail.tables import TrailHeadRow
from shared.trail.verifier import HEAD_FORMAT, canonical, signed_content


def publish_head(database: Database, crypto: CryptoProvider, data_dir: Path) -> bool:
    """Sign the present end of the chain and append it to the file; tell whether there was news.

    The file is written after the commit: a head that was rolled back must never be outside.
    """
    with database.begin() as uow:
        sign_head(uow, crypto, database.clock)
    with database.read() as session:
        return append_heads(session, database.service, data_dir) > 0


def sign_head(uow: UnitOfWork, crypto: CryptoProvider, clock: Clock) -> TrailHeadRow | None:
    """Sign the present end of the chain; `None` when nothing was sealed since the last head."""
    tip = chain_tip(uow.session, uow.service)
    last = uow.session.scalar(
        select(TrailHeadRow.position).order_by(TrailHeadRow.sequence.desc()).limit(1)
    )
    if tip.position == (last or 0):
        return None
    row = TrailHeadRow(
        position=tip.position,
        digest=tip.digest,
        algorithm=crypto.signature_algorithm,
        key_id=crypto.key_id,
        signature="",
        signed_at=clock.now(),
    )
    row.signature = crypto.sign(signed_content(head_content(row, uow.service))).value
    uow.session.add(row)
    return row


def head_content(row: TrailHeadRow, service: str) -> dict[str, Any]:
    """Return the head as it is exported."""
    return {
        "format": HEAD_FORMAT,
        "service": service,
        "position": row.position,
        "digest": row.digest,
        "signed_at": row.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "algorithm": row.algorithm,
        "key_id": row.key_id,
        "signature": row.signature,
    }


def heads_path(data_dir: Path, service: str) -> Path:
    """Return where a service's heads are kept."""
    return data_dir / "heads" / f"{service}.jsonl"


def append_heads(session: Session, service: str, data_dir: Path) -> int:
    """Append the heads the file does not have yet; return how many.

    Lines are only ever added, so copying the file is enough to keep them. A crash between the
    commit and this step is made good by the next call; a line torn by a crash is taken back.
    """
    path = heads_path(data_dir, service)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        written = _last_position(file)
        rows = session.scalars(
            select(TrailHeadRow)
            .where(TrailHeadRow.position > written)
            .order_by(TrailHeadRow.sequence)
        ).all()
        for row in rows:
            file.write(canonical(head_content(row, service)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return len(rows)


def set_aside_lost_heads(session: Session, service: str, data_dir: Path, at: datetime) -> int:
    """Take out of the file the heads the database does not have; return how many.

    After the database went back to an earlier moment these heads speak of records that are lost.
    They go to a file of their own beside it: they are evidence, and whoever was given them before
    must be told why the chain goes on differently.
    """
    path = heads_path(data_dir, service)
    if not path.exists():
        return 0
    signed = set(session.scalars(select(TrailHeadRow.signature)))
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = [line for line in file if line.endswith(b"\n")]
        lost = [line for line in lines if json.loads(line)["signature"] not in signed]
        if not lost:
            return 0
        aside = path.with_name(f"{service}.lost-{at.astimezone(LOCAL_ZONE):%Y%m%d-%H%M%S}.jsonl")
        _write_new(aside, lost)
        kept = path.with_name(f".{path.name}.kept")
        kept.unlink(missing_ok=True)
        _write_new(kept, [line for line in lines if line not in lost])
        kept.replace(path)
    return len(lost)


def _write_new(path: Path, lines: list[bytes]) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _last_position(file: BinaryIO) -> int:
    file.seek(0)
    whole = 0
    last = b""
    for line in file:
        if not line.endswith(b"\n"):
            file.truncate(whole)
            break
        whole += len(line)
        last = line
    return int(json.loads(last)["position"]) if last else 0
