"""Reads what belongs into the canonical ledger, without what differs between two equal runs.

Left out are instants (days such as `due_on` stay; whether an instant is set stays), secrets and
keys, positions in queues and chains, and the frame's housekeeping tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    LargeBinary,
    RowMapping,
    Select,
    Table,
    func,
    select,
)

from shared.calendar_store import SEED_SOURCE, CalendarDayRow
from shared.db.base import FRAME_METADATA
from shared.ledger.canonical import LedgerRow
from shared.outbox.tables import InboxRow, OutboxRow
from shared.trail.tables import TrailRow

if TYPE_CHECKING:
    from sqlalchemy import MetaData
    from sqlalchemy.orm import Session

HOUSEKEEPING = frozenset(
    {"lease", "job_run", "idempotency_key", "trail_head", "verification_key", "revoked_session"}
)
SECRET = frozenset({"password_hash", "secret_hash", "csrf", "kid", "public_pem"})
TRANSIENT = frozenset({"time", "traceparent", "tracelink", "correlationid", "correlation_id"})
"""Members of an envelope, and a column, that name the run and not the act."""
DERIVED = {
    OutboxRow.__tablename__: frozenset({"sequence"}),
    InboxRow.__tablename__: frozenset({"sequence", "envelope"}),  # the outbox has the envelope
    TrailRow.__tablename__: frozenset({"position", "digest"}),
    "unit": frozenset({"search"}),
    # The digest is that of the content, ids included; the content itself is compared.
    "shared_record": frozenset({"position", "superseded_by", "digest"}),
    "active_policy": frozenset({"content"}),  # its digest stays, and the event has it
}
_LEADING = ("aggregate_id", "aggregate_version", "object_id", "nth", "region_code", "fiscal_year")
_PRINT_CODE = re.compile(r"\b\d{4}-[0-9A-F]{8}\b")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")


def ledger_rows(session: Session, service: str, metadata: MetaData) -> Iterator[LedgerRow]:
    """Yield the rows of a service: its own tables and the frame's, events and trail included."""
    tables = {**FRAME_METADATA.tables, **metadata.tables}
    for name, table in sorted(tables.items()):
        if name in HOUSEKEEPING:
            continue
        for row in session.execute(_rows_of(table)).mappings():
            yield LedgerRow(service, name, _values(name, row))


def _rows_of(table: Table) -> Select[*tuple[Any, ...]]:
    columns: list[ColumnElement[Any]] = [
        column if not isinstance(column.type, DateTime) else column.is_not(None).label(column.name)
        for column in table.columns
        if _belongs(table.name, column)
    ]
    if table.name == TrailRow.__tablename__:
        # Identifiers grow with time: the acts on one thing are told in their order.
        order = func.row_number().over(partition_by=TrailRow.object_id, order_by=TrailRow.record_id)
        columns.append(order.label("nth"))
    query = select(*columns)
    if table.name == CalendarDayRow.__tablename__:
        query = query.where(CalendarDayRow.source_document != SEED_SOURCE)
    return query


def _belongs(table: str, column: Column[Any]) -> bool:
    if column.name in SECRET | TRANSIENT | DERIVED.get(table, frozenset()):
        return False
    if isinstance(column.type, DateTime):
        return bool(column.nullable)
    return not isinstance(column.type, LargeBinary)


def _values(table: str, row: RowMapping) -> dict[str, Any]:
    leading = [name for name in _LEADING if name in row]
    names = [*leading, *(name for name in row if name not in leading)]
    values = {name: _member(name, row[name]) for name in names}
    if table == InboxRow.__tablename__ and values["last_error"]:
        # The kind of failure; its wording names rows, parameters and the server's version.
        values["last_error"] = str(values["last_error"]).partition(":")[0]
    return values


def _member(name: str, value: object) -> object:
    """Return a named value; a print code is drawn at random, so it counts as an identifier."""
    if value and name.endswith("print_code"):
        return _code_id(str(value))
    return _plain(value)


def _code_id(code: str) -> str:
    return str(uuid5(NAMESPACE_OID, code))


def _plain(value: object) -> object:  # noqa: PLR0911 (one line for each kind)
    match value:
        case dict():
            kept = sorted(value.keys() - SECRET - TRANSIENT)
            return {name: _member(name, value[name]) for name in kept}
        case list():
            return [_plain(each) for each in value]
        case datetime():
            return "instant"
        case date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case str() if _INSTANT.fullmatch(value):
            return "instant"
        case str():  # a document quotes the print code of the form it is about
            return _PRINT_CODE.sub(lambda found: _code_id(found[0]), value)
    return value
