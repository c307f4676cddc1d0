"""Files brought: only who brought one may use it, and what nobody uses is forgotten after a day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fixtures.papers import BOOK, SCAN
from sqlalchemy import Engine, func, select

from shared.access.actor import Actor
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.errors import InvalidInputError, NotFoundError
from shared.files.store import FolderStore
from shared.files.uploads import (
    UploadRow,
    forget_unused,
    keep_upload,
    read_upload,
    use_upload,
)
from shared.ids import new_id
from shared.testing.clock import FrozenClock
from shared.testing.web import actor_with

CHEN = actor_with("fin_perf")
WANG = replace(CHEN, account_id=new_id(), name="王")


class Desk:
    """A database and a store to bring files to."""

    def __init__(self, engine: Engine, clock: FrozenClock, folder: Path) -> None:
        FRAME_METADATA.create_all(engine)
        self.clock, self.store = clock, FolderStore(folder)
        self.database = Database(engine, "target_svc", clock)

    def bring(self, content: bytes, name: str, who: Actor = CHEN) -> str:
        with self.database.begin() as uow:
            return keep_upload(uow, self.clock, who, self.store, (BytesIO(content), name)).digest

    def use(self, digest: str, who: Actor = CHEN) -> None:
        with self.database.begin() as uow:
            use_upload(uow, self.clock, who, digest)

    def read(self, digest: str, who: Actor = CHEN) -> tuple[bytes, str]:
        with self.database.read() as session:
            return read_upload(session, who, self.store, digest)

    def later(self, **time: int) -> None:
        """Let time pass and the job run."""
        self.clock.advance(timedelta(**time))
        with self.database.begin() as uow:
            forget_unused(self.store)(uow, self.clock, CHEN)

    @property
    def rows(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(UploadRow)) or 0


@pytest.fixture
def desk(
    postgres_url: str,
    new_database: Callable[[str], Engine],
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> Desk:
    return Desk(new_database(postgres_url), frozen_clock, tmp_path)


def test_only_who_brought_a_file_reads_and_uses_it(desk: Desk) -> None:
    digest = desk.bring(SCAN, "签字.pdf")
    assert desk.read(digest) == (SCAN, "签字.pdf")
    with pytest.raises(NotFoundError):
        desk.read(digest, WANG)
    with pytest.raises(InvalidInputError) as caught:
        desk.use(digest, WANG)
    assert caught.value.problems[0].path == "scan"
    desk.use("")


def test_what_was_not_used_within_a_day_is_forgotten(desk: Desk) -> None:
    used, unused = desk.bring(SCAN, "签字.pdf"), desk.bring(BOOK, "导入.xlsx")
    desk.use(used)
    desk.later(hours=23)
    assert desk.rows == 2
    desk.later(hours=2)
    assert desk.rows == 1
    assert desk.read(used)[0] == SCAN
    with pytest.raises(NotFoundError):
        desk.store.open(unused)


def test_a_file_another_person_used_stays(desk: Desk) -> None:
    digest = desk.bring(SCAN, "a.pdf")
    assert desk.bring(SCAN, "b.pdf", WANG) == digest
    desk.use(digest, WANG)
    desk.later(hours=25)
    assert desk.rows == 1
    assert desk.read(digest, WANG) == (SCAN, "b.pdf")


def test_bringing_a_file_again_gives_it_another_day(desk: Desk) -> None:
    digest = desk.bring(SCAN, "a.pdf")
    desk.later(hours=20)
    desk.bring(SCAN, "b.pdf")
    desk.later(hours=20)
    assert desk.read(digest) == (SCAN, "b.pdf")


def test_a_refused_use_leaves_the_file_unused(desk: Desk) -> None:
    digest = desk.bring(SCAN, "a.pdf")
    with suppress(ValueError), desk.database.begin() as uow:
        use_upload(uow, desk.clock, CHEN, digest)
        raise ValueError
    desk.later(hours=25)
    assert desk.rows == 0
