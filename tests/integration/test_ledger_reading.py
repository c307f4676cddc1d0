"""What the ledger reads of a service's database, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from services.oversight_svc.module import MODULE
from services.oversight_svc.usecases.found_region import FoundRegion, found_region
from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.ledger.canonical import canonical_lines
from shared.ledger.reading import HOUSEKEEPING, ledger_rows
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head


@pytest.fixture
def found(
    new_database: Callable[[str], Engine], postgres_url: str, frozen_clock: FrozenClock
) -> Callable[[str], list[str]]:
    """Found a region in a database of its own and return the ledger."""

    def run(login: str) -> list[str]:
        engine = new_database(postgres_url)
        bring_to_head(engine, MODULE)
        database = Database(engine, "oversight_svc", frozen_clock)
        command = FoundRegion("511621", (login, "secadmin", "auditadmin"), "系统初始化")
        with database.begin() as uow:
            found_region(uow, frozen_clock, Actor.system("oversight_svc", ""), command)
        with database.read() as session:
            return list(canonical_lines(ledger_rows(session, "oversight", MODULE.metadata)))

    return run


def test_the_same_acts_leave_the_same_ledger(found: Callable[[str], list[str]]) -> None:
    assert found("sysadmin") == found("sysadmin")
    assert found("sysadmin") != found("someone")


def test_acts_on_one_thing_keep_their_order(found: Callable[[str], list[str]]) -> None:
    trail = [line for line in found("sysadmin") if '"table":"trail"' in line]
    assert len(trail) == 9
    posts = [line for line in trail if '"object_kind":"oversight.post"' in line]
    assert [("create" in line, '"nth":1' in line) for line in posts] == [
        (True, True),
        (False, False),
    ] * 3


def test_secrets_and_instants_are_left_out(found: Callable[[str], list[str]]) -> None:
    text = "".join(found("sysadmin"))
    assert "argon2" not in text
    assert "2023-10-10T" not in text
    assert "created_at" not in text
    assert '"locked_until":false' in text
    assert '"started_on":"2023-10-10"' in text
    assert not [table for table in HOUSEKEEPING if f'"table":"{table}"' in text]
