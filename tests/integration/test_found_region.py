"""The first accounts of a new installation: three administrators, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select

from services.oversight_svc.module import MODULE
from services.oversight_svc.store.passwords import verify_password
from services.oversight_svc.store.people import PostRow, TenureRow
from services.oversight_svc.usecases.found_region import (
    FIRST_ROLES,
    AlreadyFoundedError,
    FoundRegion,
    found_region,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.errors import InvalidInputError
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.trail.tables import TrailRow

COMMAND = FoundRegion("511621", ("sysadmin", "secadmin", "auditadmin"), "系统初始化")
INSTALLER = Actor.system("oversight_svc", "")


@pytest.fixture
def database(
    new_database: Callable[[str], Engine], postgres_url: str, frozen_clock: FrozenClock
) -> Iterator[Database]:
    engine = new_database(postgres_url)
    bring_to_head(engine, MODULE)
    yield Database(engine, "oversight_svc", frozen_clock)
    engine.dispose()


def test_three_people_hold_the_three_duties_apart(
    database: Database, frozen_clock: FrozenClock
) -> None:
    with database.begin() as uow:
        made = found_region(uow, frozen_clock, INSTALLER, COMMAND)
    assert [account.login for account, _ in made] == list(COMMAND.logins)
    assert all(account.must_change_password for account, _ in made)
    assert all(verify_password(account.password_hash, password) for account, password in made)
    with database.read() as session:
        found = session.execute(
            select(TenureRow.account_id, PostRow.roles).join(
                PostRow, PostRow.post_id == TenureRow.post_id
            )
        )
        held = {row.account_id: row.roles for row in found}
        acts = session.scalars(select(TrailRow.act)).all()
    assert held == {
        account.account_id: [role] for (account, _), role in zip(made, FIRST_ROLES, strict=True)
    }
    assert sorted(acts) == [
        *["oversight.account.create"] * 3,
        *["oversight.post.assign"] * 3,
        *["oversight.post.create"] * 3,
    ]


def test_a_system_with_accounts_is_not_founded_again(
    database: Database, frozen_clock: FrozenClock
) -> None:
    with database.begin() as uow:
        found_region(uow, frozen_clock, INSTALLER, COMMAND)
    other = FoundRegion("511621", ("one", "two", "three"), "再来一次")
    with pytest.raises(AlreadyFoundedError), database.begin() as uow:
        found_region(uow, frozen_clock, INSTALLER, other)


@pytest.mark.parametrize("region", ["", "51162", "岳池县", "5116210"])
def test_a_malformed_region_founds_nothing(
    database: Database, frozen_clock: FrozenClock, region: str
) -> None:
    with pytest.raises(InvalidInputError), database.begin() as uow:
        found_region(uow, frozen_clock, INSTALLER, FoundRegion(region, COMMAND.logins, "试"))
