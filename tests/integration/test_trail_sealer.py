from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.crypto.keys import KeyStore
from shared.crypto.port import CryptoProvider
from shared.crypto.providers import open_crypto
from shared.db.base import FRAME_METADATA
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.testing.clock import FrozenClock
from shared.trail.content import CONTENT_NAMES
from shared.trail.export import ROWS_AT_ONCE, export_trail
from shared.trail.heads import append_heads, heads_path, publish_head, sign_head
from shared.trail.protection import protection_sql
from shared.trail.record import Act
from shared.trail.sealer import oldest_unsealed, seal_batch, seal_once
from shared.trail.tables import TrailHeadRow, TrailRow
from shared.trail.verifier import Report, verify, verify_files

ACTOR = Actor.system("target_svc", "511621")
BYPASS = "SET LOCAL session_replication_role = replica"


@pytest.fixture
def database(
    new_database: Callable[[str], Engine], postgres_url: str, frozen_clock: FrozenClock
) -> Database:
    engine = new_database(postgres_url)
    FRAME_METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(protection_sql())
    return Database(engine, "target_svc", frozen_clock)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def crypto(keys: KeyStore) -> CryptoProvider:
    return open_crypto("sm3", keys, "trail")


def act(number: int = 0) -> Act:
    return Act(
        name="target.target.submit",
        object_kind="target",
        object_id=new_id(),
        object_title=f"农村道路养护（{number}）",
        region="511621",
        fiscal_year=2023,
        before=None,
        after={"amount": "173958800.00", "ratio": 1.50, "number": number, "名": ["é", "\\", None]},
    )


def write(database: Database, count: int) -> None:
    with database.begin() as uow:
        for number in range(count):
            uow.record(ACTOR, act(number))


def checked(session: Session, keys: KeyStore, folder: Path) -> Report:
    heads = heads_path(folder, "target_svc").read_bytes().splitlines(keepends=True)
    return verify(export_trail(session, "target_svc"), heads, keys.public_keys())


def test_acts_are_sealed_signed_exported_and_found_intact(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    write(database, 25)
    assert seal_once(database, crypto, batch=10) == 25
    assert seal_once(database, crypto, batch=10) == 0
    assert publish_head(database, crypto, tmp_path)

    with database.read() as session:
        (tmp_path / "export.jsonl").write_bytes(b"".join(export_trail(session, "target_svc")))
    report = verify_files(
        tmp_path / "export.jsonl",
        heads_path(tmp_path, "target_svc"),
        tmp_path / "keys" / "public",
    )

    assert report.findings == []
    assert (report.records, report.covered) == (25, 25)


def test_every_recorded_column_is_sealed() -> None:
    columns = {column.key for column in TrailRow.__table__.columns}

    assert set(CONTENT_NAMES) == columns - {"position", "digest"}


def test_a_late_commit_gets_a_later_position(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    with database.begin() as early:
        early.record(ACTOR, act(1))
        early.session.flush()
        write(database, 1)
        assert seal_once(database, crypto) == 1
        publish_head(database, crypto, tmp_path)
    assert seal_once(database, crypto) == 1
    publish_head(database, crypto, tmp_path)

    with database.read() as session:
        rows = session.execute(
            select(TrailRow.record_id, TrailRow.position).order_by(TrailRow.record_id)
        ).all()
        assert [row.position for row in rows] == [2, 1]
        assert checked(session, keys, tmp_path).findings == []


def test_writers_and_two_sealers_at_once(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    writing = threading.Event()
    writing.set()

    def work(seed: int) -> int:
        chance = random.Random(seed)
        count = 0
        for _ in range(25):
            with database.begin() as uow:
                for number in range(chance.randint(1, 4)):
                    uow.record(ACTOR, act(number))
                    uow.session.flush()
                    count += 1
        return count

    def seal() -> int:
        total = 0
        while writing.is_set():
            total += seal_once(database, crypto, batch=7)
            publish_head(database, crypto, tmp_path)
        return total

    with ThreadPoolExecutor(8) as pool:
        sealers = [pool.submit(seal) for _ in range(2)]
        written = sum(pool.map(work, range(4)))
        writing.clear()
        sealed = sum(sealer.result() for sealer in sealers)
    sealed += seal_once(database, crypto)
    publish_head(database, crypto, tmp_path)

    assert sealed == written
    with database.read() as session:
        report = checked(session, keys, tmp_path)
    assert report.findings == []
    assert (report.records, report.covered) == (written, written)
    assert report.heads > 1


def test_a_second_sealer_leaves_at_once_and_a_writer_does_not_notice(
    database: Database, crypto: CryptoProvider
) -> None:
    write(database, 3)
    with database.begin() as uow:
        assert seal_batch(uow, crypto, 2) == 2
        assert seal_once(database, crypto) == 0
        write(database, 2)
    assert seal_once(database, crypto) == 3


def test_a_rolled_back_batch_leaves_no_trace(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    write(database, 3)
    with database.begin() as uow:
        seal_batch(uow, crypto, 3)
        sign_head(uow, crypto, database.clock)
        uow.session.rollback()
    assert not heads_path(tmp_path, "target_svc").exists()

    seal_once(database, crypto)
    publish_head(database, crypto, tmp_path)
    with database.read() as session:
        assert checked(session, keys, tmp_path).findings == []


def test_the_oldest_unsealed_act_is_known(
    database: Database, crypto: CryptoProvider, frozen_clock: FrozenClock
) -> None:
    write(database, 2)
    with database.read() as session:
        assert oldest_unsealed(session) == frozen_clock.now()
    seal_once(database, crypto)
    with database.read() as session:
        assert oldest_unsealed(session) is None


def test_a_long_export_comes_in_pieces(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    count = 2 * ROWS_AT_ONCE
    write(database, count)
    seal_once(database, crypto, batch=700)
    publish_head(database, crypto, tmp_path)

    with database.read() as session:
        report = checked(session, keys, tmp_path)
    assert (report.findings, report.records) == ([], count)


def test_heads_are_appended_once_and_caught_up(
    database: Database, crypto: CryptoProvider, tmp_path: Path
) -> None:
    assert not publish_head(database, crypto, tmp_path)
    for count in (1, 2):
        write(database, count)
        seal_once(database, crypto)
        with database.begin() as uow:
            assert sign_head(uow, crypto, database.clock) is not None
    with database.read() as session:
        assert append_heads(session, "target_svc", tmp_path) == 2
        assert append_heads(session, "target_svc", tmp_path) == 0
    assert not publish_head(database, crypto, tmp_path)

    lines = heads_path(tmp_path, "target_svc").read_bytes().splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 3]


def test_a_head_line_torn_by_a_crash_is_written_anew(
    database: Database, crypto: CryptoProvider, keys: KeyStore, tmp_path: Path
) -> None:
    for _ in range(2):
        write(database, 1)
        seal_once(database, crypto)
        publish_head(database, crypto, tmp_path)
    path = heads_path(tmp_path, "target_svc")
    whole = path.read_bytes()

    for cut in (1, 100, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with database.read() as session:
            append_heads(session, "target_svc", tmp_path)
            assert path.read_bytes() == whole
            assert checked(session, keys, tmp_path).findings == []


def test_the_signing_key_and_the_digest_may_change_on_the_way(
    database: Database, keys: KeyStore, tmp_path: Path
) -> None:
    for algorithm in ("sha256", "sm3"):
        write(database, 2)
        crypto = open_crypto(algorithm, keys, "trail")
        seal_once(database, crypto)
        publish_head(database, crypto, tmp_path)
        keys.rotate("trail")

    with database.read() as session:
        report = checked(session, keys, tmp_path)
        digests = session.scalars(select(TrailRow.digest).order_by(TrailRow.position)).all()
    assert (report.findings, report.heads) == ([], 2)
    assert [str(digest).partition(":")[0] for digest in digests] == ["sha256"] * 2 + ["sm3"] * 2


TAMPERINGS = {
    "change": "UPDATE trail SET comment = comment || 'x' WHERE position = :one",
    "change a number inside": (
        "UPDATE trail SET after = jsonb_set(after, '{ratio}', '1.501') WHERE position = :one"
    ),
    "move in time": "UPDATE trail SET at = at - interval '1 microsecond' WHERE position = :one",
    "another actor": "UPDATE trail SET actor_name = '李某' WHERE position = :one",
    "delete": "DELETE FROM trail WHERE position = :one",
    "truncate": "DELETE FROM trail WHERE position >= :one",
    "unseal": "UPDATE trail SET position = NULL, digest = NULL WHERE position = :one",
    "delete and renumber": (
        "WITH gone AS (DELETE FROM trail WHERE position = :one RETURNING position)"
        " UPDATE trail SET position = -position WHERE position > :one;"
    ),
    "swap": (
        "UPDATE trail SET position = CASE position WHEN :one THEN -:other ELSE -:one END"
        " WHERE position IN (:one, :other);"
    ),
    "insert": (
        "INSERT INTO trail SELECT (jsonb_populate_record(trail, jsonb_build_object("
        "'record_id', gen_random_uuid(), 'position', NULL, 'digest', NULL))).*"
        " FROM trail WHERE position = :one;"
        "UPDATE trail SET position = -position - 1 WHERE position >= :one;"
        "UPDATE trail SET position = :one, digest = (SELECT digest FROM trail"
        " WHERE position = -:one - 1) WHERE position IS NULL;"
    ),
}


@pytest.fixture
def clean(database: Database, crypto: CryptoProvider, tmp_path: Path) -> Database:
    for count in (10, 10, 10):
        write(database, count)
        seal_once(database, crypto)
        publish_head(database, crypto, tmp_path)
    return database


@pytest.mark.parametrize("way", TAMPERINGS)
def test_tampering_in_the_database_is_found(
    clean: Database, keys: KeyStore, tmp_path: Path, way: str
) -> None:
    chance = random.Random(way)
    with Session(clean.engine) as session:
        for _ in range(10):
            one, other = sorted(chance.sample(range(1, 31), 2))
            session.execute(text(BYPASS))
            for statement in filter(None, TAMPERINGS[way].split(";")):
                session.execute(text(statement), {"one": one, "other": other})
            session.execute(
                text("UPDATE trail SET position = -position WHERE position < 0")
                if way != "delete and renumber"
                else text("UPDATE trail SET position = -position - 1 WHERE position < 0")
            )
            report = checked(session, keys, tmp_path)
            session.rollback()
            assert not report.is_intact, (way, one, other)
        assert checked(session, keys, tmp_path).findings == []


def test_a_rehash_of_the_whole_database_is_found(
    clean: Database, keys: KeyStore, crypto: CryptoProvider, tmp_path: Path
) -> None:
    with clean.begin() as uow:
        uow.session.execute(text(BYPASS))
        uow.session.execute(text("UPDATE trail SET comment = '改' WHERE position = 15"))
        uow.session.execute(text("UPDATE trail SET position = NULL, digest = NULL"))
        assert seal_batch(uow, crypto, 1000) == 30

    with clean.read() as session:
        report = checked(session, keys, tmp_path)
        assert [finding.code for finding in report.findings] == ["rehashed", "rehashed"]
        assert session.scalar(select(func.count()).select_from(TrailHeadRow)) == 3
