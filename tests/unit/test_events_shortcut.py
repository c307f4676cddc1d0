"""The quick way through an event schema says exactly what the long way says, or nothing."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

import shared.events.monitoring
import shared.events.oversight
import shared.events.target  # noqa: F401 (each declares its types)
from shared.events.fields import yuan
from shared.events.registry import REGISTRY, EventType
from shared.events.shortcut import Shortcut
from shared.terms.vocabulary import DayKind

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN: dict[type, st.SearchStrategy[Any]] = {
    fields.String: TEXTS | st.sampled_from(["todo", "review", "219/219001/", "x" * 64]),
    fields.UUID: st.uuids(),
    fields.Boolean: st.booleans(),
    fields.Integer: st.integers(),
    fields.Date: st.dates(),
    fields.Decimal: st.decimals(allow_nan=True, allow_infinity=True),
    fields.List: st.lists(TEXTS, max_size=3),
}
ODD = st.one_of(
    st.none(),
    TEXTS,
    st.integers(),
    st.booleans(),
    st.floats(),
    st.decimals(),
    st.uuids(),
    st.uuids().map(str),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=16),
    st.sampled_from(DayKind),
    st.lists(st.none() | TEXTS | st.integers(), max_size=2),
)
FLAT = [each for each in REGISTRY.all() if each.shortcut.is_open]


@st.composite
def data_of(draw: st.DrawFn, declared: EventType) -> dict[str, Any]:
    """Mostly what a use case gives, now and then something else, missing or too much."""
    data = {
        name: draw(PLAIN[type(field)] if draw(st.integers(0, 19)) else ODD)
        for name, field in declared.schema.fields.items()
    }
    if draw(st.integers(0, 9)) == 0:
        data[draw(TEXTS)] = draw(ODD)
    if draw(st.integers(0, 9)) == 0:
        data.pop(draw(st.sampled_from(sorted(data))))
    return data


def long_way(schema: Schema, data: dict[str, Any]) -> dict[str, Any] | None:
    """Return what dumping and loading gives, `None` where it refuses."""
    try:
        dumped: dict[str, Any] = schema.dump(data)
        schema.load(dumped)
    except (ValidationError, ValueError, TypeError, ArithmeticError, AttributeError):
        return None
    return dumped


def test_the_types_told_most_often_have_a_quick_way() -> None:
    assert {"target.task.opened.v1", "target.project.registered.v1"} <= {each.name for each in FLAT}


@pytest.mark.parametrize("declared", FLAT, ids=lambda each: each.name)
@settings(max_examples=60)
@given(drawn=st.data())
def test_both_ways_agree(declared: EventType, drawn: st.DataObject) -> None:
    data = drawn.draw(data_of(declared))
    quick = declared.shortcut.dump(data)

    if quick is not None:
        slow = long_way(declared.schema, data)
        assert slow is not None
        assert json.dumps(quick) == json.dumps(slow)


class FlatSchema(Schema):
    text = fields.String(required=True, validate=validate.Length(min=1))
    unit = fields.UUID(required=True)
    day = fields.Date(required=True, allow_none=True)
    amount = yuan()
    flags = fields.List(fields.String(), required=True)


PLAIN_DATA: dict[str, Any] = {
    "text": "目标",
    "unit": UUID(int=1),
    "day": None,
    "amount": Decimal("12.5"),
    "flags": ["a"],
}


def test_plain_data_go_the_quick_way() -> None:
    assert Shortcut(FlatSchema(unknown=RAISE)).dump(PLAIN_DATA) == {
        "text": "目标",
        "unit": "00000000-0000-0000-0000-000000000001",
        "day": None,
        "amount": "12.50",
        "flags": ["a"],
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("text", None),
        ("text", next(iter(DayKind))),
        ("unit", "00000000-0000-0000-0000-000000000001"),
        ("day", datetime(2023, 1, 1)),
        ("amount", Decimal("NaN")),
        ("amount", Decimal("1e40")),
        ("amount", 12),
        ("flags", [1]),
    ],
)
def test_what_is_not_plain_goes_the_long_way(name: str, value: object) -> None:
    assert Shortcut(FlatSchema(unknown=RAISE)).dump({**PLAIN_DATA, name: value}) is None


@pytest.mark.parametrize("change", [{"more": 1}, {"text": ...}])
def test_names_missing_or_too_many_go_the_long_way(change: dict[str, Any]) -> None:
    data = {**PLAIN_DATA, **change}
    data = {name: value for name, value in data.items() if value is not ...}

    assert Shortcut(FlatSchema(unknown=RAISE)).dump(data) is None


def test_a_schema_with_hooks_or_nested_fields_has_no_quick_way() -> None:
    class Hooked(FlatSchema):
        @post_load
        def change(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
            return {**data, "day": date.max}

    class Nesting(Schema):
        inner = fields.Nested(FlatSchema, required=True)

    class Renamed(Schema):
        text = fields.String(required=True, data_key="wording")

    assert not Shortcut(Hooked()).is_open
    assert not Shortcut(Nesting()).is_open
    assert not Shortcut(Renamed()).is_open
