"""A pull of 100,000 shared records by the audit office's system, against a bare cursor.

Ours asks for every page at the interface: identity, grant, snapshot, digests, chain, the page's
row and its record of the trail. Bare reads the same rows through a server-side cursor of psycopg
and writes them out. Neither holds more than a page: what the records take beyond it is measured by
`memory`, printed when this file is run by itself.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from time import perf_counter
from uuid import UUID

from county import NOW, REGION, person, settle
from flask.testing import FlaskClient
from measuring import Result, in_turn, seconds_of
from places import service_database
from psycopg import Connection
from sqlalchemy import Engine, func, select

from services.oversight_svc.domain.sharing_catalogue import CATALOGUE, KEY_FIELDS
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.sharing import ShareGrantRow
from services.oversight_svc.store.sharing_deliveries import DeliveryPageRow
from services.oversight_svc.store.sharing_records import SharedRecordRow
from shared.access.actor import Scope
from shared.db.bulk import copy_rows
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.sharing.verify_share import canonical, digest_of
from shared.terms.vocabulary import ShareEntry
from shared.testing.clock import FrozenClock
from shared.testing.servers import postgres_server
from shared.testing.web import KnownTokens, bearer
from shared.web.identity import install_identity

RECORDS, PAGE, YEAR = 100_000, 10_000, 2023
AIM = 0.5
ENTRY = ShareEntry.PAYMENT_SUMMARY
QUERY = "select content, digest from shared_record where entry = %s order by position"
API = "/oversight/api/v1/sharing"


def measure(server: str) -> Result:
    """Pull and read in turn."""
    with _shared(server, RECORDS) as (pull, engine):
        ours, bare = in_turn(
            lambda: _timed(pull, engine, RECORDS), lambda: seconds_of(lambda: _read(engine))
        )
    return Result(
        f"接口读取共享数据 {RECORDS:,} 条（每页 {PAGE:,} 条，含快照、摘要链和使用记录）",
        ours=ours,
        bare=bare,
        bare_title="服务器端游标读出同样的行",
        aim=AIM,
        side="≥",
    )


def memory(server: str, records: int) -> float:
    """Return the MiB a pull of so many records takes at most."""
    with _shared(server, records) as (pull, engine):
        _timed(pull, engine, records)  # what is loaded once is loaded
        tracemalloc.start()
        _timed(pull, engine, records)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak / 1024 / 1024


@contextmanager
def _shared(server: str, records: int) -> Iterator[tuple[Callable[[], UUID], Engine]]:
    """Give a pull of so many records, and the engine they lie behind."""
    with service_database(server, MODULE) as engine:
        database = Database(engine, MODULE.name, FrozenClock(NOW))
        grant = _fill(database, records)
        with engine.connect() as connection:
            connection.exec_driver_sql("analyze")
            connection.commit()
        app = MODULE.create_app(Resources(Settings(), database.clock, database))
        tokens = KnownTokens()
        install_identity(app, tokens)
        token = tokens.token_for(person("audit_system", Scope(REGION, whole_region=True)))
        client = app.test_client(use_cookies=False)
        yield lambda: _pull(client, bearer(token), grant), engine


def _pull(client: FlaskClient, headers: dict[str, str], grant: UUID) -> UUID:
    """Pull to the end, as a receiver that writes every page away; return the delivery."""
    opened = client.post(
        f"{API}/grants/{grant}/deliveries", json={"page_size": PAGE}, headers=headers
    )
    delivery = UUID(opened.json["delivery_id"])
    here, cursor = f"{API}/deliveries/{delivery}/records?entry={ENTRY}", "1"
    while cursor:
        with client.get(f"{here}&cursor={cursor}", headers=headers, buffered=False) as page:
            parts = page.iter_encoded()
            head = next(parts).partition(b'"items"')[0]
            out = BytesIO()
            for part in parts:
                out.write(part)
        cursor = head.rpartition(b'"next_cursor": ')[2].strip(b'", ').decode().replace("null", "")
    return delivery


def _timed(pull: Callable[[], UUID], engine: Engine, records: int) -> float:
    """Return the seconds of a pull that gave every record."""
    start = perf_counter()
    delivery = pull()
    seconds = perf_counter() - start
    query = select(func.sum(DeliveryPageRow.records)).where(DeliveryPageRow.delivery_id == delivery)
    with engine.connect() as connection:
        delivered = connection.execute(query).scalar_one()
    if delivered != records:
        raise RuntimeError(f"{delivered} of {records} records pulled")
    return seconds


def _read(engine: Engine) -> None:
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, Connection):
            raise TypeError("no psycopg connection")
        with raw.cursor(name="bare") as cursor:
            cursor.itersize = PAGE
            cursor.execute(QUERY, (ENTRY,))
            out = BytesIO()
            for count, (content, digest) in enumerate(cursor, start=1):
                out.write(f'{{"digest":"{digest}","record":{content}}}\n'.encode())
                if count % PAGE == 0:
                    out.seek(0)
                    out.truncate()


def _fill(database: Database, records: int) -> UUID:
    names = [each.name for each in (*KEY_FIELDS, *CATALOGUE[ENTRY].fields)]
    chosen = tuple(each.name for each in CATALOGUE[ENTRY].fields)
    columns = ("region_code", "position", "entry", "fiscal_year", "record_id", "record_version",
               "unit_id", "project_id", "content", "digest", "recorded_at")  # fmt: skip
    with database.begin() as uow:
        units = settle(uow.session)

        def rows() -> Iterator[tuple[object, ...]]:
            for number in range(1, records + 1):
                content = canonical({name: f"{name} {number}" for name in names})
                unit = units[number % len(units)]
                identity = new_id()
                yield (REGION, number, ENTRY.value, YEAR, identity, 1, unit, identity,
                       content.decode(), digest_of(content), NOW)  # fmt: skip

        copy_rows(uow.session, SharedRecordRow, columns, rows())
        grant = ShareGrantRow(
            region_code=REGION,
            grant_id=new_id(),
            fiscal_year=YEAR,
            request_id=new_id(),
            number=f"{YEAR}-0001",
            grantee="audit",
            purpose="测量",
            scope=ShareScope({ENTRY: chosen}, (YEAR,)).to_json(),
            terms="",
            expires_on=(NOW + timedelta(days=30)).date(),
            granted_at=NOW,
            granted_by_name="测量",
        )
        uow.session.add(grant)
    return grant.grant_id


if __name__ == "__main__":
    with postgres_server() as address:
        for size in (RECORDS // 10, RECORDS):
            print(f"{size:,}: {memory(address, size):.1f} MiB")
