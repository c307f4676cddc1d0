"""Page marks: only ours are read, whatever is sent instead is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Date, DateTime, MetaData, Numeric, Table, Text, Uuid, select
from sqlalchemy.dialects import postgresql

from shared.web.failures import BadCursorError
from shared.web.paging import Key, _read, _write, keyset

TABLE = Table(
    "thing",
    MetaData(),
    Column("name", Text),
    Column("amount", Numeric(18, 2)),
    Column("due_on", Date),
    Column("made_at", DateTime(timezone=True)),
    Column("id", Uuid, primary_key=True),
)
KEYS = (
    Key(TABLE.c.name),
    Key(TABLE.c.amount, descending=True),
    Key(TABLE.c.due_on),
    Key(TABLE.c.made_at),
    Key(TABLE.c.id),
)
ID = UUID("01890a5d-ac96-774b-bcce-b302099a8302")
VALUES = ["岳池", Decimal("300000.00"), date(2023, 10, 10), datetime(2023, 1, 1, tzinfo=UTC), ID]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=50)


def packed(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@given(name=texts, amount=st.decimals(-(10**15), 10**15, places=2), day=st.dates(), id_=st.uuids())
def test_marks_come_back_as_they_went(name: str, amount: Decimal, day: date, id_: UUID) -> None:
    values = [name, amount, day, VALUES[3], id_]
    assert _read(KEYS, _write(KEYS, values)) == values


@given(st.text() | st.binary().map(lambda each: base64.urlsafe_b64encode(each).decode()))
def test_what_is_no_mark_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursorError):
        _read(KEYS, cursor)


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        "text",
        1,
        None,
        ["name,-amount,due_on,made_at,id"],
        ["name", "x"],
        ["name,-amount,due_on,made_at,id", "x", "NaN", "2023-10-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", "x", "1", "2023-99-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", "x", "1", "2023-10-10", "2023-01-01", "' or 1=1"],
        ["name,-amount,due_on,made_at,id", "x\x00", "1", "2023-10-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", "\ud800", "1", "2023-10-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", ["x"], "1", "2023-10-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", "x", "1e400000000", "2023-10-10", "2023-01-01", str(ID)],
        ["name,-amount,due_on,made_at,id", "x", "1", "2023-10-10", "2023-01-01", 5],
        ["name,amount,due_on,made_at,id", "x", "1", "2023-10-10", "2023-01-01", str(ID)],
    ],
)
def test_changed_marks_are_refused(content: Any) -> None:
    with pytest.raises(BadCursorError):
        _read(KEYS, packed(content))


def test_a_mark_of_another_list_is_refused() -> None:
    other = (Key(TABLE.c.name), Key(TABLE.c.id))
    with pytest.raises(BadCursorError):
        _read(other, _write(KEYS, VALUES))


def test_a_huge_mark_is_refused_unread() -> None:
    with pytest.raises(BadCursorError):
        _read(KEYS, packed(["name,-amount,due_on,made_at,id", "x" * 5000]))


def test_one_direction_is_one_row_comparison() -> None:
    keys = (Key(TABLE.c.name), Key(TABLE.c.id))
    statement = keyset(select(TABLE), keys, _write(keys, ["x", ID]), 10)
    text = str(statement.compile(dialect=postgresql.dialect()))
    assert "(thing.name, thing.id) > (" in text
    assert "ORDER BY thing.name ASC, thing.id ASC" in text
    downward = tuple(Key(key.column, descending=True) for key in keys)
    statement = keyset(select(TABLE), downward, _write(downward, ["x", ID]), 10)
    text = str(statement.compile(dialect=postgresql.dialect()))
    assert "(thing.name, thing.id) < (" in text
    assert "ORDER BY thing.name DESC, thing.id DESC" in text
