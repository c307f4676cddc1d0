"""An installation somebody has worked in: acts, events, evidence, heads and keys."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import update

from services.registry import all_modules, module_named, subscriptions
from shared.access.actor import Actor
from shared.backup.archive import open_archive
from shared.backup.restoring import Restored, Target, restore
from shared.backup.saving import Source
from shared.clock import SystemClock
from shared.crypto.keys import KeyStore
from shared.crypto.providers import open_crypto
from shared.db.engine import database_url, open_engine
from shared.db.migrate import migrate
from shared.db.unit_of_work import Database
from shared.files.store import FolderStore
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.runtime.sealing import DIGEST, KEY_PURPOSE
from shared.testing.events import REGION, hear, make_event, tell
from shared.trail.heads import publish_head
from shared.trail.record import Act
from shared.trail.sealer import seal_once

TELLER, HEARER = "target_svc", "monitor_svc"
HEARD = min(each for each in subscriptions()[HEARER] if each.startswith("target."))
ACTS = 40
EVENTS = 12
ON_THEIR_WAY = 3


@dataclass(frozen=True)
class LivedIn:
    """Where it lives."""

    server_url: str
    data_dir: Path

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    def database(self, service: str) -> Database:
        """Open a service's database; the caller disposes of the engine."""
        name = module_named(service).database_name
        return Database(open_engine(database_url(self.server_url, name)), service, SystemClock())

    def source(self, version: str = "0.1.0") -> Source:
        return Source(self.server_url, all_modules(), self.data_dir, self.keys_dir, version)

    def contents(self) -> dict[str, str]:
        """Return the digest of all rows of each table of each database."""
        found = {}
        for module in all_modules():
            url = database_url(self.server_url, module.database_name).set(drivername="postgresql")
            with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
                names = connection.execute(
                    "select tablename from pg_tables where schemaname = 'public'"
                ).fetchall()
                for (name,) in names:
                    query = sql.SQL(
                        "select md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
                        " from {} t"
                    ).format(sql.Identifier(name))
                    row = connection.execute(query).fetchone()
                    found[f"{module.name}.{name}"] = str(row and row[0])
        return found


def live(server_url: str, data_dir: Path) -> LivedIn:
    """Make the databases and work in them."""
    migrate(server_url, all_modules())
    lived = LivedIn(server_url, data_dir)
    for module in all_modules():
        database = lived.database(module.name)
        act(database, data_dir)
        database.engine.dispose()
    teller = lived.database(TELLER)
    events = [make_event(HEARD) for _ in range(EVENTS)]
    tell(teller, *events)
    mark_sent(teller, [event.id for event in events])
    teller.engine.dispose()
    for name, heard in subscriptions().items():
        if HEARD in heard:
            hearer = lived.database(name)
            hear(hearer, name, *events[ON_THEIR_WAY:])
            hearer.engine.dispose()
    store = FolderStore(data_dir / "evidence" / TELLER)
    store.put(BytesIO("农村道路养护项目验收意见".encode()), "验收意见.txt")
    return lived


def act(database: Database, data_dir: Path, count: int = ACTS) -> None:
    """Write acts into the trail, seal them, publish a head."""
    crypto = open_crypto(DIGEST, KeyStore(data_dir / "keys"), KEY_PURPOSE)
    with database.begin() as uow:
        for number in range(count):
            subject = Act("target.target.edit", "target", new_id(), f"项目{number}", REGION)
            uow.record(Actor.system(database.service, REGION), subject)
    seal_once(database, crypto)
    publish_head(database, crypto, data_dir)


def mark_sent(database: Database, events: list[UUID]) -> None:
    with database.begin() as uow:
        uow.session.execute(
            update(OutboxRow)
            .where(OutboxRow.event_id.in_(events))
            .values(sent_at=database.clock.now())
        )


def target_of(lived: LivedIn, version: str = "0.1.0") -> Target:
    return Target(lived.server_url, all_modules(), lived.data_dir, lived.keys_dir, version)


def restored(archive: Path, lived: LivedIn, *, replace: bool = True) -> Restored:
    with open_archive(archive) as opened:
        return restore(opened, target_of(lived), replace=replace)
