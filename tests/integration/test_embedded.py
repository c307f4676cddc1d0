"""The embedded PostgreSQL: private, its own, and back after every kind of end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shared.db.embedded import (
    DataFolderInUseError,
    EmbeddedDatabaseError,
    EmbeddedPostgres,
    default_data_dir,
)

STARTER = """
import sys
from pathlib import Path
from shared.db.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wenxiao-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


def postmaster(data_dir: Path) -> int:
    note = data_dir / "postgresql/cluster/postmaster.pid"
    return int(note.read_text().splitlines()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_becomes_a_server_of_code_point_order_in_utf8(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as connection:
        order = connection.execute(
            "select string_agg(word, ',' order by word) from unnest(array['b','B','预算','a']) word"
        ).fetchone()
        version = connection.info.server_version
        encoding = connection.execute("show server_encoding").fetchone()
    assert version >= 180000
    assert encoding == ("UTF8",)
    assert order == ("B,a,b,预算",)


def test_data_survives_a_restart(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    with psycopg.connect(server.start()) as connection:
        connection.execute("create table kept as select 1 as one")
    server.stop()
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)


def test_only_the_password_opens_it_and_only_over_the_private_socket(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        run = data_dir / "postgresql/run"
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://wenxiao:wrong@/postgres?host={run}")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://wenxiao@/postgres?host={run}")
        with psycopg.connect(server.url) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert mode(run) == 0o700
        assert mode(data_dir / "postgresql/cluster") == 0o700
        assert mode(data_dir / "postgresql/password") == 0o600
        assert mode(run / ".s.PGSQL.5432") == 0o700
        assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid != 0


def test_no_permission_changes_on_a_folder_that_is_not_ours(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)
    data_dir.chmod(0o775)
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (data_dir, data_dir.parent)]
    with EmbeddedPostgres(data_dir):
        pass
    after = [(path.stat().st_mode, path.stat().st_uid) for path in (data_dir, data_dir.parent)]
    assert after == before


def test_a_second_starter_is_told_who_is_in_the_way(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        with pytest.raises(DataFolderInUseError, match=str(data_dir)):
            EmbeddedPostgres(data_dir).start()
        with psycopg.connect(first.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_killed_program_leaves_a_server_the_next_one_replaces(data_dir: Path) -> None:
    starter = subprocess.Popen(  # noqa: S603 (this interpreter)
        [sys.executable, "-c", STARTER, str(data_dir)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
        connection.commit()
        left_behind = postmaster(data_dir)
        starter.kill()
        starter.communicate()
        with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as again:
            assert postmaster(data_dir) != left_behind
            assert again.execute("select one from kept").fetchone() == (1,)


def test_a_killed_server_starts_again(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    with psycopg.connect(server.start()) as connection:
        connection.execute("create table kept as select 1 as one")
        connection.commit()
        os.kill(postmaster(data_dir), signal.SIGKILL)
        server.stop()
        with server, psycopg.connect(server.url) as again:
            assert again.execute("select one from kept").fetchone() == (1,)


def test_what_a_killed_server_left_running_does_not_keep_the_next_from_starting(
    data_dir: Path,
) -> None:
    server = EmbeddedPostgres(data_dir)
    with psycopg.connect(server.start()) as connection:
        # Stopped, it cannot notice that its server is gone, like one deep in a long query.
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        os.kill(postmaster(data_dir), signal.SIGKILL)
        server.stop()
        with server, psycopg.connect(server.url) as again:
            assert again.execute("select 1").fetchone() == (1,)


def test_a_stale_note_naming_another_process_harms_nobody(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.start()
    notes = [
        data_dir / "postgresql/cluster/postmaster.pid",
        data_dir / "postgresql/run/.s.PGSQL.5432.lock",
    ]
    texts = [note.read_text() for note in notes]
    server.stop()
    # After a restart of the computer the number may belong to a program of the same user.
    user = None if os.geteuid() else (data_dir / "postgresql/cluster").stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=user) as bystander:
        for note, text in zip(notes, texts, strict=True):
            note.write_text(text.replace(text.split("\n", 1)[0], str(bystander.pid), 1))
            os.chown(note, (data_dir / "postgresql/cluster").stat().st_uid, -1)
        with server, psycopg.connect(server.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert bystander.poll() is None
        bystander.kill()


def test_a_first_start_cut_off_is_begun_again(data_dir: Path) -> None:
    partial = data_dir / "postgresql/cluster-partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_deep_folder_still_gets_a_socket(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(data_dir.parent))
    deep = data_dir / ("d" * 60) / ("e" * 60)
    with EmbeddedPostgres(deep) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert not (deep / "postgresql/run").exists()


def test_the_reason_of_a_failed_start_is_the_servers_own(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "postgresql/cluster/PG_VERSION").write_text("7\n")
    with pytest.raises(EmbeddedDatabaseError, match="version 7"):
        EmbeddedPostgres(data_dir).start()


def test_the_default_folder_is_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_data_dir() == tmp_path / ".local/share/wenxiao"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "x"))
    assert default_data_dir() == tmp_path / "x/wenxiao"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/wenxiao")
