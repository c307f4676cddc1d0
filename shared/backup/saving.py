"""Makes a backup while the program runs: four databases at one moment, then the files.

The moment has to be one for all four. If the monitoring service's copy were a second younger than
the target service's, it could hold the effect of an event whose teller does not know it, and tell
its number again for something else. Whatever passes between services passes through an inbox: with
all inboxes closed for writing for some milliseconds, snapshots taken meanwhile fit together, and
each dump then reads its snapshot at its own pace.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from shared.backup.archive import ArchiveWriter, Manifest, SavedDatabase
from shared.backup.errors import BackupFailedError
from shared.backup.programs import ProgramFailedError, dump
from shared.crypto.keys import KeyStore
from shared.db.engine import database_url
from shared.trail.heads import heads_path

if TYPE_CHECKING:
    from shared.clock import Clock
    from shared.runtime.module import Module

CLOCK_FILE = "rehearsal-clock.json"
SECRET = frozenset({".key", ".secret"})
LOCK_TIMEOUT = "2s"
"""Far below the five seconds for which the program's own transactions wait for a lock."""
TRIES = 30
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """What is saved: the server, the services, the data folder."""

    server_url: str
    modules: Sequence[Module]
    data_dir: Path
    keys_dir: Path
    version: str
    evidence_in_bucket: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database as it stood at the moment, kept open until the dump is done."""

    module: Module
    name: str
    saved: SavedDatabase


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written; `damaged` names evidence whose content no longer fits its name."""

    path: Path
    manifest: Manifest
    damaged: tuple[str, ...]


def save_data(source: Source, path: Path, clock: Clock, *, with_keys: bool) -> Outcome:
    """Write the databases and files of `source` to the new archive `path`.

    Raises `BackupFailedError` or `OSError`; then nothing is left under that name.
    """
    writer = ArchiveWriter(path)
    try:
        with _one_moment(source) as (server_version, snapshots):
            at = clock.now()
            for snapshot in snapshots:
                _add_dump(writer, source, snapshot)
        sealed = {each.module.name: each.saved.sealed for each in snapshots}
        damaged = _add_files(writer, source, sealed)
        _add_public_keys(writer, source.keys_dir)
        if with_keys:
            _add_secret_keys(writer, source.keys_dir)
        manifest = Manifest(
            version=source.version,
            made_at=at.isoformat(timespec="seconds"),
            server_version=server_version,
            databases={each.module.name: each.saved for each in snapshots},
            evidence="bucket" if source.evidence_in_bucket else "folder",
            files=writer.files,
        )
        return Outcome(writer.finish(manifest), manifest, tuple(damaged))
    finally:
        writer.abandon()


def save_keys(source: Source, path: Path, clock: Clock) -> Outcome:
    """Write the keys alone to the new archive `path`; raises as `save_data`."""
    writer = ArchiveWriter(path)
    try:
        _add_public_keys(writer, source.keys_dir)
        _add_secret_keys(writer, source.keys_dir)
        if not writer.files:
            raise BackupFailedError(reason=f"{source.keys_dir} 里没有密钥")
        at = clock.now().isoformat(timespec="seconds")
        manifest = Manifest(source.version, at, 0, {}, "none", writer.files)
        return Outcome(writer.finish(manifest), manifest, ())
    finally:
        writer.abandon()


@contextmanager
def _one_moment(source: Source) -> Iterator[tuple[int, list[Snapshot]]]:
    """Give a snapshot of each database, all of one moment, valid inside the block."""
    with ExitStack() as stack:
        readers = [_connect(source, module, stack) for module in source.modules]
        with ExitStack() as locked:
            _close_inboxes([_connect(source, module, locked) for module in source.modules])
            # The first query fixes what a transaction sees from then on.
            names = [_value(reader, "select pg_export_snapshot()") for reader in readers]
        pairs = zip(source.modules, readers, names, strict=True)
        snapshots = [
            Snapshot(module, str(name), _describe(reader)) for module, reader, name in pairs
        ]
        yield readers[0].info.server_version, snapshots


def _connect(source: Source, module: Module, stack: ExitStack) -> psycopg.Connection[Any]:
    url = database_url(source.server_url, module.database_name).set(drivername="postgresql")
    try:
        connection = psycopg.connect(
            url.render_as_string(hide_password=False),
            connect_timeout=5,
            application_name="wenxiao backup",
        )
    except psycopg.OperationalError as error:
        reason = f"连不上数据库 {module.database_name}（{str(error).splitlines()[0]}）"
        raise BackupFailedError(reason=reason) from error
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return stack.enter_context(connection)


def _close_inboxes(connections: Sequence[psycopg.Connection[Any]]) -> None:
    """Close all inboxes for writing, or none for long: whoever writes must not wait for us."""
    for attempt in range(TRIES):
        try:
            for connection in connections:
                connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                connection.execute("lock table inbox in share mode")
        except psycopg.errors.LockNotAvailable:
            for connection in connections:
                connection.rollback()
            time.sleep(PAUSE_SECONDS * (1 + attempt % 4))
        except psycopg.errors.UndefinedTable as error:
            raise BackupFailedError(reason="数据库里还没有数据表，没有可备份的") from error
        else:
            return
    raise BackupFailedError(reason="数据库一直繁忙，等不到四个库一致的时刻")


def _describe(reader: psycopg.Connection[Any]) -> SavedDatabase:
    tables = reader.execute(
        "select tablename from pg_tables where schemaname = 'public' order by tablename"
    ).fetchall()
    return SavedDatabase(
        revision=str(_value(reader, "select version_num from alembic_version")),
        rows={name: count_rows(reader, name) for (name,) in tables},
        sealed=int(_value(reader, "select coalesce(max(position), 0) from trail")),
    )


def count_rows(connection: psycopg.Connection[Any], table: str) -> int:
    """Return the number of rows of `table`."""
    return int(_value(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(table))))


def _value(connection: psycopg.Connection[Any], query: Any) -> Any:  # noqa: ANN401 (any column)
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _add_dump(writer: ArchiveWriter, source: Source, snapshot: Snapshot) -> None:
    database = snapshot.module.database_name
    # The dump's size has to be known before it goes into the archive.
    with TemporaryFile(dir=writer.folder) as held:
        try:
            dump(source.server_url, database, snapshot.name, held)
        except ProgramFailedError as error:
            raise BackupFailedError(reason=f"{database}：{error}") from error
        size = held.seek(0, 2)
        held.seek(0)
        writer.add(f"databases/{snapshot.module.name}.dump", held, size)


def _add_files(writer: ArchiveWriter, source: Source, sealed: dict[str, int]) -> list[str]:
    """Add evidence, heads and the rehearsal clock; return the evidence that is damaged.

    Files are taken after the databases: evidence is written before the row that names it, and is
    removed only a day after nobody named it, so all that the rows name is there.
    """
    damaged = []
    folder = source.data_dir / "evidence"
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        name = f"evidence/{path.relative_to(folder)}"
        with path.open("rb") as file:
            if writer.add(name, file, path.stat().st_size) != path.name:
                damaged.append(name)
    for service, position in sealed.items():
        heads = heads_path(source.data_dir, service)
        if heads.exists():
            writer.add_bytes(f"heads/{heads.name}", _heads_until(heads, position))
    clock_file = source.data_dir / CLOCK_FILE
    if clock_file.exists():
        writer.add_bytes(CLOCK_FILE, clock_file.read_bytes())
    return damaged


def _heads_until(path: Path, position: int) -> bytes:
    """Return the heads of what the snapshot has: later ones would prove the dump cut short."""
    lines = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    return b"".join(line for line in lines if json.loads(line)["position"] <= position)


def _add_public_keys(writer: ArchiveWriter, keys_dir: Path) -> None:
    for key_id, pem in KeyStore(keys_dir).public_keys().items():
        writer.add_bytes(f"keys/public/{key_id}.pem", pem.encode("ascii"))


def _add_secret_keys(writer: ArchiveWriter, keys_dir: Path) -> None:
    """Add what only the program may read: signing keys and the key of the clues."""
    for path in sorted(keys_dir.glob("[!.]*")):
        if path.suffix in SECRET:
            writer.add_bytes(f"keys/{path.name}", path.read_bytes())
