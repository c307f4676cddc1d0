"""The quick way through an event schema, for data that are plainly right.

Dumping and loading again by marshmallow costs 90 µs an event, as much as everything else about it.
Here each value is of exactly the declared type and passes the declared validators, so that both
are known to agree. Whatever is not so plain goes the long way and is judged there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

_OPTIONS: Final = ("data_key", "attribute", "dump_only", "load_only")


class _Step(NamedTuple):
    """How one field's plain values are taken."""

    name: str
    kind: type
    convert: Callable[[Any], Any]
    nullable: bool
    validators: tuple[Callable[[Any], Any], ...]


class _NotPlainError(ValueError):
    """A value that has to go the long way."""


class Shortcut:
    """The quick way through one schema; none where the schema has nested or other fields."""

    def __init__(self, schema: Schema) -> None:
        """Look at the schema once."""
        steps = [_step_of(name, field) for name, field in schema.fields.items()]
        has_hooks = any(schema._hooks.values())  # noqa: SLF001 (there is no public way to ask)
        self._steps = None if has_hooks or None in steps else [step for step in steps if step]

    @property
    def is_open(self) -> bool:
        """Tell whether there is a quick way at all."""
        return self._steps is not None

    def dump(self, data: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return `data` in their JSON form, or `None` when they have to go the long way."""
        steps = self._steps
        if steps is None or len(data) != len(steps):
            return None
        dumped: dict[str, Any] = {}
        try:
            for name, kind, convert, nullable, validators in steps:
                value = data[name]
                if type(value) is kind:
                    for validate in validators:
                        validate(value)
                    dumped[name] = convert(value)
                elif value is None and nullable:
                    dumped[name] = None
                else:
                    return None
        except (KeyError, ArithmeticError, ValidationError, _NotPlainError):
            return None
        return dumped


def _step_of(name: str, field: fields.Field[Any]) -> _Step | None:
    if any(getattr(field, option) for option in _OPTIONS) or not field.required:
        return None
    plain = _plain_of(field)
    if plain is None or (field.validators and type(field) is not fields.String):
        return None  # a validator sees the value loaded: the same object only for texts
    return _Step(name, *plain, field.allow_none, tuple(field.validators))


def _plain_of(field: fields.Field[Any]) -> tuple[type, Callable[[Any], Any]] | None:
    """Return the exact type of plain values and their JSON form."""
    if type(field) is fields.Decimal and field.as_string and not field.allow_nan:
        return Decimal, partial(_decimal, places=field.places, rounding=field.rounding)
    if type(field) is fields.Integer and not field.as_string:
        return int, int
    if type(field) is fields.Date and field.format in {None, "iso"}:
        return date, date.isoformat
    if type(field) is fields.List and _is_bare_string(field.inner):
        return list, _texts
    kind = {fields.String: str, fields.UUID: UUID, fields.Boolean: bool}.get(type(field))
    return None if kind is None else (kind, bool if kind is bool else str)


def _is_bare_string(field: fields.Field[Any]) -> bool:
    return type(field) is fields.String and not field.validators and not field.allow_none


def _texts(values: list[Any]) -> list[str]:
    if any(type(value) is not str for value in values):
        raise _NotPlainError
    return list(values)


def _decimal(value: Decimal, *, places: Decimal | None, rounding: str | None) -> str:
    if not value.is_finite():
        raise _NotPlainError
    return f"{value if places is None else value.quantize(places, rounding=rounding):f}"
