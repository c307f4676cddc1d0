"""Backup and restore: all of it comes back, and nothing half-done is ever left or taken."""

from __future__ import annotations

import json
import random
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lived_in import ACTS, HEARER, ON_THEIR_WAY, TELLER, LivedIn, act, restored, target_of
from sqlalchemy import select

from shared.backup import restoring, saving
from shared.backup.archive import ArchiveWriter, open_archive
from shared.backup.errors import (
    ArchiveRefusedError,
    BackupFailedError,
    RestoreFailedError,
    StillRunningError,
    TargetNotEmptyError,
)
from shared.backup.restoring import check_usable, put_keys, restore
from shared.backup.retention import archives
from shared.clock import SystemClock
from shared.db.embedded import EmbeddedPostgres
from shared.db.engine import database_url, open_engine
from shared.outbox.tables import OutboxRow
from shared.trail.heads import heads_path

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()


def test_all_comes_back_on_an_older_server_and_from_there_again(
    embedded: LivedIn, archive: Path, older: str, tmp_path: Path
) -> None:
    moved = LivedIn(older, tmp_path / "moved")
    with open_archive(archive) as opened:
        found = restore(opened, target_of(moved), replace=False)
        assert put_keys(opened, moved.keys_dir) > 0
    assert moved.contents() == embedded.contents()
    assert found.evidence == 1
    assert {report.covered for report in found.trails.values()} == {ACTS}
    assert all(report.is_intact for report in found.trails.values())
    kept = [path.relative_to(moved.data_dir) for path in moved.data_dir.rglob("keys/*.key")]
    assert [(embedded.data_dir / path).read_bytes() for path in kept]

    back = saving.save_data(moved.source(), tmp_path / "back.tar", CLOCK, with_keys=False).path
    before = embedded.contents()
    restored(back, embedded)
    assert embedded.contents() == before


def test_the_commands_save_and_restore_and_tell_again_what_was_on_its_way(
    embedded: LivedIn, open_folder: Path, tmp_path: Path, commands: Callable[..., tuple[int, str]]
) -> None:
    code, said = commands(embedded.data_dir, "", "backup", str(tmp_path), "--keep", "1")
    assert (code, "备份完成并已逐字节核对" in said) == (0, True), said
    assert commands(embedded.data_dir, "", "backup", str(tmp_path), "--keys", "only")[0] == 0
    (data,), (keys,) = archives(tmp_path, "data"), archives(tmp_path, "keys")
    assert data.stat().st_mode & 0o777 == 0o600
    with open_archive(data) as opened:
        assert all(name.startswith("keys/public/") for name in opened.names("keys/"))

    new = open_folder / "new"
    code, said = commands(new, "", "restore", str(data), "--keys", str(keys))
    assert (code, said.endswith("恢复完成，现在可以启动问效。\n")) == (0, True), said
    assert f"重发 {ON_THEIR_WAY} 件" in said
    code, said = commands(new, "", "restore", str(data), "--keys", str(keys))
    assert (code, "这里已有数据" in said) == (1, True), said
    code, said = commands(new, "", "restore", str(data), "--replace", "--keys", str(keys))
    assert code == 0, said
    with EmbeddedPostgres(new) as server:
        again = LivedIn(server.url, new)
        database = again.database(TELLER)
        with database.read() as session:
            unsent = session.scalars(select(OutboxRow).where(OutboxRow.sent_at.is_(None))).all()
        act(database, new)  # the chain goes on with the restored key and heads
        database.engine.dispose()
        code, said = commands(
            new, server.url, "trail", "export", "target", "-o", str(tmp_path / "t")
        )
        assert code == 0, said
    code, said = commands(
        new, "", "trail", "verify", str(tmp_path / "t"),
        "--heads", str(heads_path(new, TELLER)), "--keys", str(new / "keys/public"),
    )  # fmt: skip
    assert len(unsent) == ON_THEIR_WAY
    assert (code, "完整，未发现问题" in said) == (0, True), said


def test_heads_of_what_is_lost_are_set_aside(
    embedded: LivedIn, archive: Path, tmp_path: Path, commands: Callable[..., tuple[int, str]]
) -> None:
    database = embedded.database(TELLER)
    act(database, embedded.data_dir)
    database.engine.dispose()
    code, said = commands(
        embedded.data_dir, embedded.server_url, "restore", str(archive), "--replace"
    )
    assert (code, "另存 1 个多出的链头" in said) == (0, True), said
    (aside,) = embedded.data_dir.glob(f"heads/{TELLER}.lost-*.jsonl")
    assert json.loads(aside.read_bytes())["position"] == 2 * ACTS
    last = heads_path(embedded.data_dir, TELLER).read_bytes().splitlines()[-1]
    assert json.loads(last)["position"] == ACTS
    restored(archive, embedded)


def payload_places(archive: Path) -> list[range]:
    """Return where in the file members and their headers stand, without what fills up blocks."""
    with tarfile.open(archive) as tar:
        return [range(member.offset_data, member.offset_data + member.size) for member in tar]


def test_no_changed_byte_and_no_missing_end_is_taken(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    chance = random.Random(5)
    spoilt = tmp_path / "spoilt.tar"
    places = [place for place in payload_places(archive) if place]
    for _ in range(60):
        at = chance.choice(chance.choice(places))
        spoilt.write_bytes(
            whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :]
        )
        with pytest.raises(ArchiveRefusedError), open_archive(spoilt):
            pass
    for length in (0, 1, 511, len(whole) // 3, places[-1].stop - 1):
        spoilt.write_bytes(whole[:length])
        with pytest.raises(ArchiveRefusedError), open_archive(spoilt):
            pass


def test_an_unlisted_member_and_a_way_out_of_the_folder_are_refused(
    archive: Path, tmp_path: Path
) -> None:
    for name in ("evidence/extra", "evidence/../../outside", "/etc/passwd"):
        spoilt = tmp_path / "spoilt.tar"
        spoilt.write_bytes(archive.read_bytes())
        with tarfile.open(spoilt, "a") as tar:
            tar.addfile(tarfile.TarInfo(name))
        with pytest.raises(ArchiveRefusedError), open_archive(spoilt):
            pass


def rewritten(archive: Path, path: Path, **changes: Any) -> Path:
    """Return the archive with another manifest, whole and with right digests."""
    with open_archive(archive) as opened:
        writer = ArchiveWriter(path)
        for name in opened.manifest.files:
            writer.add_bytes(name, opened.read(name))
        return writer.finish(replace(opened.manifest, files=writer.files, **changes))


def test_what_a_newer_program_wrote_is_refused(
    archive: Path, tmp_path: Path, embedded: LivedIn
) -> None:
    newer = rewritten(archive, tmp_path / "newer.tar", version="0.2.0")
    with open_archive(newer) as opened:
        with pytest.raises(ArchiveRefusedError, match="更新的版本"):
            check_usable(opened, target_of(embedded))
        check_usable(opened, target_of(embedded, "0.10.0"))
        databases = dict(opened.manifest.databases)
    databases[TELLER] = replace(databases[TELLER], revision="ffffffffffff")
    unknown = rewritten(archive, tmp_path / "unknown.tar", databases=databases)
    with open_archive(unknown) as opened, pytest.raises(ArchiveRefusedError, match="不认识"):
        check_usable(opened, target_of(embedded))


def test_present_data_stays_when_what_was_loaded_is_not_what_was_saved(
    archive: Path, embedded: LivedIn, tmp_path: Path
) -> None:
    before = embedded.contents()
    with open_archive(archive) as opened:
        databases = dict(opened.manifest.databases)
    rows = {**databases[HEARER].rows, "trail": ACTS + 1}
    databases[HEARER] = replace(databases[HEARER], rows=rows)
    wrong = rewritten(archive, tmp_path / "wrong.tar", databases=databases)
    with pytest.raises(RestoreFailedError, match="trail"):
        restored(wrong, embedded)
    assert embedded.contents() == before
    with pytest.raises(TargetNotEmptyError):
        restored(archive, embedded, replace=False)
    busy = embedded.database(TELLER)
    with busy.read() as session:
        session.execute(select(1))
        with pytest.raises(StillRunningError):
            restored(archive, embedded)
    busy.engine.dispose()
    assert embedded.contents() == before


def test_a_forged_trail_is_found_before_it_takes_the_place(
    archive: Path, embedded: LivedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = restoring.load

    def load_and_forge(source: Any, url: str, database: str, version: int) -> None:
        load(source, url, database, version)
        if "target" in database:
            engine = open_engine(database_url(url, database))
            with engine.begin() as connection:
                connection.exec_driver_sql("alter table trail disable trigger all")
                connection.exec_driver_sql("update trail set comment = '改' where position = 7")
            engine.dispose()

    monkeypatch.setattr(restoring, "load", load_and_forge)
    with pytest.raises(RestoreFailedError, match="第 7 号记录"):
        restored(archive, embedded)


def test_evidence_that_no_longer_fits_its_name_is_told_and_a_missing_database_is_refused(
    embedded: LivedIn, tmp_path: Path, commands: Callable[..., tuple[int, str]]
) -> None:
    (path,) = (each for each in (embedded.data_dir / "evidence").rglob("*") if each.is_file())
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    code, said = commands(embedded.data_dir, "", "backup", str(tmp_path))
    path.write_bytes(content)
    assert (code, "与校验值不符" in said) == (3, True), said
    nothing = LivedIn("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    with pytest.raises(BackupFailedError, match="连不上"):
        saving.save_data(nothing.source(), tmp_path / "none.tar", CLOCK, with_keys=False)
    assert not (tmp_path / "none.tar").exists()


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    from shared.backup.retention import archive_path, remove_old  # noqa: PLC0415

    paths = []
    for day in range(1, 6):
        path = archive_path(tmp_path, "data", CLOCK.now().replace(month=10, day=day))
        path.touch()
        paths.append(path)
    other = [tmp_path / name for name in ("wenxiao-keys-20231001-000000-000.tar", "notes.tar")]
    for path in other:
        path.touch()
    assert remove_old(tmp_path, "data", 2) == paths[:3]
    assert sorted(tmp_path.iterdir()) == sorted([*paths[3:], *other])
