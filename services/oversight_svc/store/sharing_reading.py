"""What a grant delivers from a snapshot: the newest versions as of it, cut down to its fields.

The order is that of recording, so a page goes on after the last position and never sees a row
twice or misses one, whatever happens meanwhile. Memory is one page, or a handful of rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.sharing_catalogue import (
    CATALOGUE,
    KEY_FIELDS,
    EntryField,
    delivered_fields,
)
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.store.sharing_deliveries import DeliveryRow
from services.oversight_svc.store.sharing_records import SharedRecordRow, in_snapshot
from shared.sharing.verify_share import canonical, digest_of
from shared.terms.vocabulary import ShareEntry

Delivered = tuple[int, str, str]
"""Position, canonical record, its digest."""
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it is sent: `items` are JSON objects of digest and record, joined by commas.

    `digests` are those of its records in order; `last_position` is none when no record follows.
    """

    items: str
    digests: Sequence[str]
    last_position: int | None


def fields_of(scope: ShareScope, entry: ShareEntry) -> tuple[EntryField, ...]:
    """Return the fields a grant delivers of an entry, in order."""
    return delivered_fields(entry, scope.entries[entry])


def page_of(
    session: Session,
    delivery: DeliveryRow,
    scope: ShareScope,
    entry: ShareEntry,
    after: int,
) -> ReadPage:
    """Return the delivery's next page of records after a position."""
    query = _records(delivery, scope, entry).where(SharedRecordRow.position > after)
    cut = _cutter(scope, entry)
    reader = _joined_as_stored if cut is _whole else partial(_joined_when, cut)
    page = reader(session, query.limit(delivery.page_size))
    if len(page.digests) == delivery.page_size:
        further = query.where(SharedRecordRow.position > page.last_position).order_by(None)
        if session.scalar(select(further.exists())):
            return page
    return replace(page, last_position=None)


def _joined_as_stored(session: Session, query: Select[int, str, str]) -> ReadPage:
    """Let the database join a page that needs no work of ours, instead of sending row by row.

    Nothing but the aggregates is above the sorted subquery, so they keep its order.
    """
    row = query.subquery()
    item = func.concat('{"digest":"', row.c.digest, '","record":', row.c.content, "}")
    joined = select(
        func.coalesce(func.string_agg(item, ","), ""),
        func.string_agg(row.c.digest, ","),
        func.max(row.c.position),
    )
    items, digests, last = session.execute(joined).one()
    return ReadPage(items, digests.split(",") if digests else (), last)


def _joined_when(
    cut: Callable[[str, str], tuple[str, str]], session: Session, query: Select[int, str, str]
) -> ReadPage:
    """Cut each record down and join the page here."""
    rows = session.execute(query).all()
    kept = [cut(content, digest) for _, content, digest in rows]
    items = ",".join(f'{{"digest":"{digest}","record":{content}}}' for content, digest in kept)
    return ReadPage(items, [digest for _, digest in kept], rows[-1].position if rows else None)


def all_of(
    session: Session, delivery: DeliveryRow, scope: ShareScope, entry: ShareEntry
) -> Iterator[Delivered]:
    """Yield every record, read through a cursor of the server."""
    cut = _cutter(scope, entry)
    query = _records(delivery, scope, entry).execution_options(yield_per=ROWS_AT_ONCE)
    for row in session.execute(query):
        yield (row[0], *cut(row[1], row[2]))


def _records(delivery: DeliveryRow, scope: ShareScope, entry: ShareEntry) -> Select[int, str, str]:
    row = SharedRecordRow
    query = select(row.position, row.content, row.digest).where(
        row.region_code == delivery.region_code,
        row.entry == entry.value,
        row.fiscal_year.in_(scope.years),
    )
    if delivery.project_id is None:
        query = query.where(in_snapshot(delivery.watermark))
    else:  # evidence: every version there was
        query = query.where(
            row.position <= delivery.watermark, row.project_id == delivery.project_id
        )
    if scope.unit_ids:
        query = query.where(row.unit_id.in_(scope.unit_ids))
    if scope.project_ids:
        query = query.where(row.project_id.in_(scope.project_ids))
    return query.order_by(row.position)


def _cutter(scope: ShareScope, entry: ShareEntry) -> Callable[[str, str], tuple[str, str]]:
    """Return what turns a stored record into a delivered one with its digest."""
    names = sorted(each.name for each in fields_of(scope, entry))
    if len(names) == len(KEY_FIELDS) + len(CATALOGUE[entry].fields):
        return _whole

    def cut(content: str, _digest: str) -> tuple[str, str]:
        record: dict[str, Any] = json.loads(content)
        kept = canonical({name: record[name] for name in names})
        return kept.decode(), digest_of(kept)

    return cut


def _whole(content: str, digest: str) -> tuple[str, str]:
    return content, digest
