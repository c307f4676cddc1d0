"""A form on a page: what was typed, what it means, and what is wrong with it, field by field.

Names of inputs are dotted: `title`, `indicators.0.weight`. Everything typed is kept as it was, so a
refused form comes back unchanged with each message beside its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from shared.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    RuleBrokenError,
    StaleVersionError,
)
from shared.money import NotMoneyError, number_text, parse_decimal, wan_from_yuan, yuan_from_wan
from shared.web.schemas import BEYOND_ANY_AMOUNT, problems_in

_UNJUDGED = "id"  # a row's hidden key does not make an otherwise empty row count


class TypedNumber(fields.Decimal):
    """A number as people type it: full-width digits and thousands separators are understood."""

    def _validated(self, value: Any) -> Decimal:  # noqa: ANN401 (raw input)
        if isinstance(value, str):
            try:
                value = parse_decimal(value)
            except NotMoneyError:
                raise self.make_error("invalid") from None
        return super()._validated(value)

    def _serialize(
        self,
        value: Any,  # noqa: ANN401 (marshmallow)
        attr: str | None,
        obj: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> str | None:
        """Show a number without needless zeros, as it was typed: `8`, not `8.00`."""
        del attr, obj, kwargs
        return None if value is None else number_text(Decimal(value))


class TypedWan(TypedNumber):
    """Money typed and shown in 万元, loaded as Decimal 元; for `money_field`."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 (raw input)
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Decimal:
        typed: Decimal = super()._deserialize(value, attr, data, **kwargs)
        return yuan_from_wan(typed)

    def _serialize(
        self,
        value: Any,  # noqa: ANN401 (marshmallow)
        attr: str | None,
        obj: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> str | None:
        del attr, obj, kwargs
        return None if value is None else number_text(wan_from_yuan(Decimal(value), 6))


def typed_wan(label: str) -> TypedWan:
    """Return an amount typed in 万元 that may be left empty and is not negative."""
    limits = validate.Range(min=0, max=BEYOND_ANY_AMOUNT, max_inclusive=False)
    return TypedWan(load_default=None, validate=limits, metadata={"label": label})


@dataclass(slots=True)
class Form:
    """Typed texts by input name, the loaded values when all is well, and the problems otherwise."""

    schema: Schema
    typed: dict[str, tuple[str, ...]]
    data: dict[str, Any] = field(default_factory=dict)
    problems: tuple[FieldProblem, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Tell whether `data` may be used."""
        return not self.problems

    def value(self, name: str) -> str:
        """Return what was typed into `name`, empty when nothing."""
        return next(iter(self.typed.get(name, ())), "")

    def has(self, name: str, value: str) -> bool:
        """Tell whether option `value` of `name` is chosen."""
        return value in self.typed.get(name, ())

    def messages(self, name: str) -> list[str]:
        """Return what is wrong with `name`."""
        return [problem.message for problem in self.problems if problem.path == name]

    def refuse(self, error: InvalidInputError) -> None:
        """Add the problems a use case found, to be shown beside their fields."""
        self.problems = (*self.problems, *error.problems)

    def rows(self, name: str, *, spare: int = 0) -> list[str]:
        """Return the input prefixes of a repeated group, `spare` empty rows after the last."""
        start = f"{name}."
        used = {
            int(part)
            for key in self.typed
            if key.startswith(start) and (part := key[len(start) :].split(".")[0]).isdecimal()
        }
        return [f"{name}.{row}" for row in range(max(used, default=-1) + 1 + spare)]

    def summary(self) -> list[tuple[str, str, str]]:
        """Return (id of the field, its Chinese name, message) for the list at the top."""
        return [
            (field_id(problem.path), getattr(problem, "label", None) or "", problem.message)
            for problem in self.problems
        ]


def field_id(name: str) -> str:
    """Return the element id of input `name`."""
    return f"field-{name.replace('.', '-')}"


def bind(schema: Schema, typed: MultiDict[str, str]) -> Form:
    """Read a posted form; never raises for what people type: see `Form.is_valid`.

    Inputs the schema does not know (token, buttons) are left out, blank ones count as not given,
    rows left wholly empty vanish and the rest close up.
    """
    kept = {
        name: tuple(typed.getlist(name)) for name in typed if name.split(".")[0] in schema.fields
    }
    kept = _without_empty_rows(kept)
    nested = _nest(schema, kept)
    errors = schema.validate(nested)
    if errors:
        return Form(schema, kept, problems=problems_in(errors, schema))
    return Form(schema, kept, data=schema.load(nested))


def blank(schema: Schema, initial: Mapping[str, Any] | None = None) -> Form:
    """Return an unsent form showing `initial` values (dates, Decimals, lists of mappings)."""
    typed: dict[str, tuple[str, ...]] = {}
    _flatten(schema.dump(initial or {}), "", typed)
    return Form(schema, typed)


@contextmanager
def shown_in(form: Form) -> Iterator[None]:
    """Turn a refusal inside the block into messages of `form`, so that what was typed stays."""
    try:
        yield
    except InvalidInputError as error:
        form.refuse(error)
    except (RuleBrokenError, StaleVersionError, ConflictError) as error:
        form.refuse(InvalidInputError([FieldProblem("", error.code, error.message)]))


def _without_empty_rows(typed: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    full: dict[str, set[int]] = {}
    for name, texts in typed.items():
        group, row, rest = _row_of(name)
        if row is not None and rest != _UNJUDGED and any(text.strip() for text in texts):
            full.setdefault(group, set()).add(row)
    places = {
        group: {row: at for at, row in enumerate(sorted(rows))} for group, rows in full.items()
    }
    kept: dict[str, tuple[str, ...]] = {}
    for name, texts in typed.items():
        group, row, rest = _row_of(name)
        if row is None:
            kept[name] = texts
        elif row in places.get(group, {}):
            kept[f"{group}.{places[group][row]}.{rest}"] = texts
    return kept


def _row_of(name: str) -> tuple[str, int | None, str]:
    group, _, tail = name.partition(".")
    number, _, rest = tail.partition(".")
    return (group, int(number), rest) if number.isdecimal() and rest else (name, None, "")


def _nest(schema: Schema, typed: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for name, texts in typed.items():
        group, row, rest = _row_of(name)
        if row is not None:
            rows.setdefault(group, {}).setdefault(row, {})
            if texts[0].strip():
                rows[group][row][rest] = texts[0].strip()
        elif isinstance(schema.fields[name.split(".")[0]], fields.List):
            nested[name] = [text for text in texts if text.strip()]
        elif texts[-1].strip():
            nested[name] = texts[-1].strip()
    for group, numbered in rows.items():
        nested[group] = [numbered[row] for row in sorted(numbered)]
    return nested


def _flatten(value: Any, name: str, into: dict[str, tuple[str, ...]]) -> None:  # noqa: ANN401
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else str(key), into)
    elif _is_rows(value):
        for row, inner in enumerate(value):
            _flatten(inner, f"{name}.{row}", into)
    elif isinstance(value, list):
        into[name] = tuple(str(each) for each in value)
    elif value is not None:
        into[name] = (str(value),)


def _is_rows(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and isinstance(value[0], Mapping)
    )
