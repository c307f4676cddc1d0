"""An installation somebody has worked in, a backup of it, and another server to restore to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lived_in import LivedIn, live

from services.cli import main
from shared.backup.saving import save_data
from shared.clock import SystemClock
from shared.db.embedded import EmbeddedPostgres
from shared.testing.servers import PrivatePostgres, postgres_programs


@pytest.fixture(scope="module")
def embedded(open_folder: Path) -> Iterator[LivedIn]:
    """An installation on the embedded server, running."""
    folder = Path(tempfile.mkdtemp(dir=open_folder)) / "data"  # each module has its own
    folder.parent.chmod(0o711)
    with EmbeddedPostgres(folder) as server:
        yield live(server.url, folder)


@pytest.fixture(scope="module")
def archive(embedded: LivedIn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it, with keys."""
    path = tmp_path_factory.mktemp("backups") / "wenxiao-data-20231010-090000-000.tar"
    return save_data(embedded.source(), path, SystemClock(), with_keys=True).path


@pytest.fixture(scope="module")
def older() -> Iterator[str]:
    """The distribution's PostgreSQL, three major versions older."""
    programs = postgres_programs()
    assert programs
    with PrivatePostgres(programs) as server:
        yield server.url


@pytest.fixture
def commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run `wenxiao …` on a data folder and server; return its code and what it said."""
    monkeypatch.delenv("WENXIAO_BROKER_URL", raising=False)

    def run(data_dir: Path, server_url: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("WENXIAO_DATA_DIR", str(data_dir))
        monkeypatch.setenv("WENXIAO_DATABASE_URL", server_url)
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run
