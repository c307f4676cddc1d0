"""Keyset paging: the next page starts after the last row seen, however deep the list.

The mark (`cursor`) holds only the last row's sort values. It gives no right to anything: the
list's own filters always apply, and a changed mark can at most start elsewhere or is refused.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.web.failures import BadCursorError

MOST = 200
MOST_EXPORTED = 50_000
USUAL = 50
CURSOR_LENGTH = 2000
MOST_DIGITS = 100

Item = TypeVar("Item")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Statement: TypeAlias = Select[*tuple[Any, ...]]
"""A query of any columns."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `next_cursor` is `None` on the last one."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One sort column, never null. The last key of a list must make the order unique."""

    column: Column
    descending: bool = False


def fetch_page(
    session: Session,
    statement: Statement,
    keys: Sequence[Key],
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return one page of `statement` in the order of `keys`, in a single query.

    Items are what the statement selects: the entity or value itself for one column, else the row.
    Raises `BadCursorError` for a mark that is not one of this list's.
    """
    size = max(1, min(limit, MOST))
    marks = [key.column.label(f"key_{place}") for place, key in enumerate(keys)]
    width = len(statement.column_descriptions)
    rows = session.execute(keyset(statement, keys, cursor, size + 1).add_columns(*marks)).all()
    items = tuple(row[0] if width == 1 else row[:width] for row in rows[:size])
    more = len(rows) > size
    return Page(items, _write(keys, rows[size - 1][-len(keys) :]) if more else None)


def every_item(fetch: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
    """Yield a list page by page, at most `MOST_EXPORTED`; `fetch` returns pages of `MOST`."""
    cursor: str | None = None
    for _ in range(MOST_EXPORTED // MOST):
        page = fetch(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def sort_keys(
    sort: str, known: Mapping[str, Column], usual: str, *, last: Column
) -> tuple[Key, ...]:
    """Return the keys of a list sorted by a key of `known`, descending with a minus in front.

    An unknown one counts as `usual`; `last` makes the order unique.
    """
    descending = sort.startswith("-")
    first = known.get(sort.removeprefix("-"), known[usual])
    return Key(first, descending), Key(last, descending)


def keyset(statement: Statement, keys: Sequence[Key], cursor: str | None, limit: int) -> Statement:
    """Return `statement` ordered by `keys`, starting after `cursor`, with at most `limit` rows."""
    if cursor:
        statement = statement.where(_after(keys, _read(keys, cursor)))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return statement.order_by(*order).limit(limit)


def _after(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    bound = [literal(value, key.column.type) for key, value in zip(keys, values, strict=True)]
    if len({key.descending for key in keys}) == 1:
        # A row comparison is one range in the index; the long form below is not.
        columns = tuple_(*(key.column for key in keys))
        return columns < tuple_(*bound) if keys[0].descending else columns > tuple_(*bound)
    steps: list[ColumnElement[bool]] = []
    for place, key in enumerate(keys):
        same = [earlier.column == bound[at] for at, earlier in enumerate(keys[:place])]
        beyond = key.column < bound[place] if key.descending else key.column > bound[place]
        steps.append(and_(*same, beyond))
    return or_(*steps)


def _signature(keys: Sequence[Key]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{key.column.key}" for key in keys)


def _write(keys: Sequence[Key], values: Iterable[Any]) -> str:
    content = [_signature(keys), *(_to_text(value) for value in values)]
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(keys: Sequence[Key], cursor: str) -> list[Any]:
    if len(cursor) > CURSOR_LENGTH:
        raise BadCursorError
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        signature, *texts = content
        if signature != _signature(keys) or not all(isinstance(text, str) for text in texts):
            raise BadCursorError
        return [_reader(key.column)(text) for key, text in zip(keys, texts, strict=True)]
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise BadCursorError from error


def _to_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("no text the database keeps")
    value.encode()  # refuses lone surrogates, which the database would
    return value


def _number(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError("no number a column keeps")
    return number


def _whole(value: str) -> int:
    number = int(value)
    if abs(number) >= 2**63:
        raise ValueError("beyond any column")
    return number


def _truth(value: str) -> bool:
    return {"True": True, "False": False}[value]


_READERS: dict[type, Callable[[str], Any]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: _number,
    int: _whole,
    bool: _truth,
    str: _text,
}


def _reader(column: Column) -> Callable[[str], Any]:
    return _READERS[column.type.python_type]
