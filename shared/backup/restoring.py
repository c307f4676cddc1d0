"""Puts an archive back: loaded beside the present data, checked, and only then exchanged.

Each database is loaded under a name of its own, counted, its trail verified, and brought to this
program's schema. One transaction then renames all of them, so there is no moment at which some are
old and some new, and whatever fails before leaves the present data untouched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from shared.backup.archive import ArchiveReader, sync_folder
from shared.backup.errors import (
    ArchiveRefusedError,
    RestoreFailedError,
    StillRunningError,
    TargetNotEmptyError,
)
from shared.backup.programs import ProgramFailedError, load
from shared.backup.saving import count_rows
from shared.db.engine import database_url, open_engine
from shared.db.migrate import ensure_database, knows, upgrade
from shared.trail.export import export_trail
from shared.trail.verifier import Report, verify

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shared.runtime.module import Module

LOADING = "_restoring"
REPLACED = "_replaced"
PUBLIC = "keys/public/"
NO_HEAD = "no_head"
"""The one finding that is none here: a trail younger than the first head has no head yet."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an archive goes."""

    server_url: str
    modules: Sequence[Module]
    data_dir: Path
    keys_dir: Path
    version: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back and was checked."""

    rows: dict[str, int]
    trails: dict[str, Report]
    evidence: int


def check_usable(archive: ArchiveReader, target: Target) -> None:
    """Raise `ArchiveRefusedError` unless this program can restore the archive."""
    manifest = archive.manifest
    if not manifest.databases:
        raise ArchiveRefusedError(archive=archive.path, reason="其中只有密钥，没有数据")
    if _numbers(manifest.version) > _numbers(target.version):
        reason = f"它来自更新的版本 {manifest.version}，本程序是 {target.version}；请先升级程序"
        raise ArchiveRefusedError(archive=archive.path, reason=reason)
    for module in target.modules:
        saved = manifest.databases.get(module.name)
        if saved is None or f"databases/{module.name}.dump" not in manifest.files:
            raise ArchiveRefusedError(archive=archive.path, reason=f"其中没有 {module.title}的数据")
        if not knows(module, saved.revision):
            reason = f"{module.title}的数据结构（{saved.revision}）本程序不认识；请先升级程序"
            raise ArchiveRefusedError(archive=archive.path, reason=reason)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def restore(archive: ArchiveReader, target: Target, *, replace: bool) -> Restored:
    """Restore databases and files of a usable archive; return what was checked.

    Raises `TargetNotEmptyError` without `replace` where there is data, `StillRunningError` while
    the program runs, `RestoreFailedError` when what was loaded is not what was saved.
    """
    with _server(target) as server:
        if not replace:
            _refuse_data(server, target)
        _refuse_sessions(server, target)
        _drop(server, target, LOADING)
        try:
            rows, trails = _load_all(archive, target)
            evidence = _put_evidence(archive, target)
            _refuse_sessions(server, target)
            _exchange(server, target)
        finally:
            _drop(server, target, LOADING)
        _drop(server, target, REPLACED)
    return Restored(rows, trails, evidence)


@contextmanager
def _server(target: Target) -> Iterator[psycopg.Connection[Any]]:
    name = make_url(target.server_url).database or "postgres"
    url = database_url(target.server_url, name).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def _refuse_data(server: psycopg.Connection[Any], target: Target) -> None:
    names = [module.database_name for module in target.modules]
    found = server.execute(
        "select datname from pg_database where datname = any(%s) order by datname", (names,)
    ).fetchall()
    what = [f"数据库 {name}" for (name,) in found]
    evidence = target.data_dir / "evidence"
    if evidence.exists() and any(path.is_file() for path in evidence.rglob("*")):
        what.append(f"附件 {evidence}")
    if what:
        raise TargetNotEmptyError(what="、".join(what))


def _refuse_sessions(server: psycopg.Connection[Any], target: Target) -> None:
    names = [module.database_name for module in target.modules]
    row = server.execute(
        "select count(*) from pg_stat_activity where datname = any(%s) and pid <> pg_backend_pid()",
        (names,),
    ).fetchone()
    if row and row[0]:
        raise StillRunningError(sessions=row[0])


def _drop(server: psycopg.Connection[Any], target: Target, suffix: str) -> None:
    for module in target.modules:
        name = sql.Identifier(module.database_name + suffix)
        server.execute(sql.SQL("drop database if exists {} with (force)").format(name))


def _load_all(archive: ArchiveReader, target: Target) -> tuple[dict[str, int], dict[str, Report]]:
    rows: dict[str, int] = {}
    trails: dict[str, Report] = {}
    for module in target.modules:
        name = module.database_name + LOADING
        ensure_database(target.server_url, name)
        _load_one(archive, target, module, name)
        rows[module.name] = _check_rows(archive, target, module, name)
        engine = open_engine(database_url(target.server_url, name))
        try:
            trails[module.name] = _check_trail(archive, engine, module)
            upgrade(engine, module)
        finally:
            engine.dispose()
    return rows, trails


def _load_one(archive: ArchiveReader, target: Target, module: Module, name: str) -> None:
    with _server(target) as server:
        version = server.info.server_version
    target.data_dir.mkdir(parents=True, exist_ok=True)
    # The programs read files, not members of an archive.
    with (
        tempfile.TemporaryFile(dir=target.data_dir) as held,
        archive.open(f"databases/{module.name}.dump") as dump,
    ):
        shutil.copyfileobj(dump, held)
        held.seek(0)
        try:
            load(held, target.server_url, name, version)
        except ProgramFailedError as error:
            raise RestoreFailedError(reason=f"{module.title}装载失败（{error}）") from error


def _check_rows(archive: ArchiveReader, target: Target, module: Module, name: str) -> int:
    saved = archive.manifest.databases[module.name]
    url = database_url(target.server_url, name).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
        found = {table: count_rows(connection, table) for (table,) in tables}
    if found != saved.rows:
        wrong = sorted(
            table for table in {*found, *saved.rows} if found.get(table) != saved.rows.get(table)
        )
        reason = f"{module.title}有 {len(wrong)} 张表的行数与备份时不符（{'、'.join(wrong[:5])}）"
        raise RestoreFailedError(reason=reason)
    return saved.total


def _check_trail(archive: ArchiveReader, engine: Engine, module: Module) -> Report:
    heads = f"heads/{module.name}.jsonl"
    lines = archive.read(heads).splitlines(keepends=True) if heads in archive.manifest.files else []
    keys = {Path(name).stem: archive.read(name).decode("ascii") for name in archive.names(PUBLIC)}
    with Session(engine) as session:
        report = verify(export_trail(session, module.name), lines, keys)
    codes = {finding.code for finding in report.findings}
    saved = archive.manifest.databases[module.name]
    if report.records != saved.sealed or codes - {NO_HEAD}:
        what = "；".join(each.message for each in report.findings[:3]) or "条数不符"
        raise RestoreFailedError(reason=f"{module.title}的审计轨迹不成立（{what}）")
    return report


def _exchange(server: psycopg.Connection[Any], target: Target) -> None:
    """Rename all databases in one transaction: the present ones away, the loaded ones in."""
    names = [module.database_name for module in target.modules]
    present = {
        name
        for (name,) in server.execute(
            "select datname from pg_database where datname = any(%s)", (names,)
        ).fetchall()
    }
    _drop(server, target, REPLACED)
    try:
        with server.transaction():
            for name in names:
                if name in present:
                    _rename(server, name, name + REPLACED)
                _rename(server, name + LOADING, name)
    except psycopg.errors.ObjectInUse as error:
        raise StillRunningError(sessions=1) from error


def _rename(server: psycopg.Connection[Any], name: str, new: str) -> None:
    server.execute(
        sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(new))
    )


def _put_evidence(archive: ArchiveReader, target: Target) -> int:
    """Put back evidence; return how many files the archive has.

    A file is named by its content: what is there stays, what is missing comes. Nothing here
    contradicts the present databases, should the exchange not take place after all.
    """
    names = archive.names("evidence/")
    for name in names:
        if not (target.data_dir / name).exists():
            with archive.open(name) as source:
                write_file(target.data_dir / name, source)
    return len(names)


def put_heads_and_clock(archive: ArchiveReader, target: Target) -> None:
    """Put back the heads the data folder lacks and the rehearsal clock, after the exchange."""
    for name in (*archive.names("heads/"), *archive.names("rehearsal-clock.json")):
        if not (target.data_dir / name).exists() or not name.startswith("heads/"):
            with archive.open(name) as source:
                write_file(target.data_dir / name, source)


def refuse_other_keys(archive: ArchiveReader, keys_dir: Path) -> None:
    """Raise `TargetNotEmptyError` when another key of the same name as one inside is there."""
    others = [
        name
        for name in _secret_keys(archive)
        if (place := _key_place(keys_dir, name)).exists()
        and place.read_bytes() != archive.read(name)
    ]
    if others:
        raise TargetNotEmptyError(what=f"{len(others)} 个不同的密钥 {'、'.join(others)}")


def put_keys(archive: ArchiveReader, keys_dir: Path) -> int:
    """Put back all keys that are not there already; return how many secret ones came."""
    came = 0
    for name in archive.names("keys/"):
        place, content = _key_place(keys_dir, name), archive.read(name)
        if not place.exists() or place.read_bytes() != content:
            write_file(place, BytesIO(content))
            came += not name.startswith(PUBLIC)
    return came


def _key_place(keys_dir: Path, name: str) -> Path:
    return keys_dir / name.removeprefix("keys/")


def _secret_keys(archive: ArchiveReader) -> list[str]:
    return [name for name in archive.names("keys/") if not name.startswith(PUBLIC)]


def write_file(path: Path, source: IO[bytes]) -> None:
    """Write `source` to `path`, whole or not at all, closed to others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
