"""One leader at a time, and no commit by one who lost the lead."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import shared.runtime.lease as lease_module
from shared.db.base import FRAME_METADATA
from shared.runtime.keeper import LeaseKeeper
from shared.runtime.lease import Lease, LeaseLostError, assert_epoch
from shared.runtime.tables import LeaseRow


@pytest.fixture
def engine(any_postgres_url: str, new_database: Callable[[str], Engine]) -> Engine:
    engine = new_database(any_postgres_url)
    FRAME_METADATA.create_all(engine, tables=[FRAME_METADATA.tables[LeaseRow.__tablename__]])
    return engine


def expire(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("update lease set expires_at = clock_timestamp() where name = :name"),
            {"name": name},
        )


def test_only_one_holds(engine: Engine) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    assert first.acquire()
    assert not second.acquire()
    assert first.holds()
    assert not second.holds()


def test_of_two_who_find_it_free_one_gets_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    monkeypatch.setattr(lease_module, "_FREE", text("select true"))
    assert first.acquire()
    assert not second.acquire()
    assert first.renew()


def test_names_do_not_meet(engine: Engine) -> None:
    assert Lease(engine, "relay", holder="a").acquire()
    assert Lease(engine, "scheduler", holder="b").acquire()


def test_released_lease_is_taken_with_a_higher_epoch(engine: Engine) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    first.acquire()
    first.release()
    assert not first.holds()
    assert second.acquire()
    assert second.epoch > first.epoch


def test_expired_lease_is_taken_and_cannot_be_renewed_or_released_by_the_old_holder(
    engine: Engine,
) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    first.acquire()
    expire(engine, "relay")
    assert second.acquire()
    assert not first.renew()
    assert not first.holds()
    first.release()
    assert second.renew()
    assert not Lease(engine, "relay", holder="c").acquire()


def test_expired_but_untaken_lease_is_renewed_under_the_same_epoch(engine: Engine) -> None:
    lease = Lease(engine, "relay", holder="a")
    lease.acquire()
    expire(engine, "relay")
    assert lease.renew()
    assert lease.epoch == 1


def test_taking_again_raises_the_epoch_also_for_the_same_holder(engine: Engine) -> None:
    lease = Lease(engine, "relay", holder="a")
    lease.acquire()
    lease.acquire()
    assert lease.epoch == 2


def test_commit_with_an_old_epoch_is_refused(engine: Engine) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    first.acquire()
    expire(engine, "relay")
    second.acquire()
    with Session(engine) as session, pytest.raises(LeaseLostError):
        assert_epoch(session, "relay", first.epoch)
    with Session(engine) as session, pytest.raises(LeaseLostError):
        assert_epoch(session, "unknown", 1)


def test_nobody_takes_over_between_the_check_and_the_commit(engine: Engine) -> None:
    first, second = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    first.acquire()
    expire(engine, "relay")
    with Session(engine) as session, session.begin():
        assert_epoch(session, "relay", first.epoch)
        with engine.connect() as impatient:
            impatient.execute(text("set lock_timeout = '50ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                impatient.execute(text("update lease set epoch = epoch + 1"))
    assert second.acquire()


def test_keeper_takes_keeps_loses_and_gives_up(engine: Engine) -> None:
    lease, other = Lease(engine, "relay", holder="a"), Lease(engine, "relay", holder="b")
    keeper = LeaseKeeper(lease, "target_svc")
    assert keeper.step()
    assert keeper.holds()
    assert not keeper.step()
    expire(engine, "relay")
    other.acquire()
    assert not keeper.step()
    assert not keeper.holds()
    other.release()
    assert keeper.step()
    keeper.release()
    assert other.acquire()


def test_keeper_without_database_does_not_claim_to_hold(engine: Engine) -> None:
    keeper = LeaseKeeper(Lease(engine, "relay"), "target_svc")
    with engine.begin() as connection:
        connection.execute(text("drop table lease"))
    assert not keeper.step()
    assert not keeper.holds()
