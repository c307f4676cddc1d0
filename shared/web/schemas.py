"""marshmallow schemas that speak Chinese: base schema, field kinds, and errors as field problems.

A field's `metadata={"label": "权重"}` names it in messages and in the API description.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.errors import FieldProblem, InvalidInputError

REQUIRED = "请填写此项。"
BEYOND_ANY_AMOUNT = Decimal(10) ** 16
"""More 元 than NUMERIC(18,2) holds."""
SHORT = validate.Length(max=200)
UNKNOWN = "没有这一项，请按接口说明检查名称。"

_GENERAL = {
    "required": REQUIRED,
    "null": "此项不能为空。",
    "validator_failed": "填写的内容不符合要求。",
}

_INVALID: Sequence[tuple[type[fields.Field[Any]], str]] = (
    (fields.UUID, "不是有效的标识。"),
    (fields.Boolean, "只能填是或否。"),
    (fields.Decimal, "请填写数字。"),
    (fields.Integer, "请填写整数。"),
    (fields.Number, "请填写数字。"),
    (fields.AwareDateTime, "请填写带时区的时间，如 2026-11-22T09:00:00+08:00。"),
    (fields.DateTime, "请填写时间，如 2026-11-22T09:00:00+08:00。"),
    (fields.Date, "请填写日期，如 2026-11-22。"),
    (fields.List, "应为列表。"),
    (fields.Nested, "应为一组内容。"),
    (fields.Enum, "不在可选范围内。"),
    (fields.String, "应为文字。"),
)


@dataclass(frozen=True, slots=True)
class LabelledProblem(FieldProblem):
    """A field problem that also names the field in Chinese (`绩效指标 · 第 4 项 · 权重`)."""

    label: str | None = None


class ApiSchema(Schema):
    """Base of request and reply schemas: unknown names are refused, messages are Chinese."""

    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE

    error_messages = {"unknown": UNKNOWN, "type": "应为一组内容。"}  # noqa: RUF012 (marshmallow's)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Replace the library's English messages; a field's own messages stay."""
        super().on_bind_field(field_name, field_obj)
        speak_chinese(field_obj)


class Money(fields.Decimal):
    """An amount in 元 with two decimals, a string in JSON so that no reader rounds it."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (passed on to marshmallow)
        """Take the same options as any field."""
        super().__init__(as_string=True, allow_nan=False, **options)

    def _validated(self, value: Any) -> Decimal:  # noqa: ANN401 (raw JSON)
        if isinstance(value, float):
            # A JSON number has been through binary already: 0.1 + 0.2 would be kept as it came.
            raise self.make_error("invalid")
        number = super()._validated(value)
        if abs(number) >= BEYOND_ANY_AMOUNT or number != round(number, 2):
            raise self.make_error("invalid")
        return number

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        rounded = None if value is None else Decimal(value).quantize(Decimal("0.01"))
        return super()._serialize(rounded, attr, obj, **kwargs)


def typed_text(label: str, limit: validate.Length) -> fields.String:
    """Return a text that may be left empty."""
    return fields.String(load_default="", validate=limit, metadata={"label": label})


def amount(label: str) -> Money:
    """Return an amount in 元 that may be left out and is not negative."""
    return Money(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0),
        metadata={"label": label},
    )


def shown_number(label: str) -> fields.Decimal:
    """Return a number that is only shown, none where there is none."""
    return fields.Decimal(as_string=True, allow_none=True, metadata={"label": label})


def speak_chinese(field: fields.Field[Any]) -> None:
    """Give `field`, what it holds, and its validators Chinese messages where it has defaults."""
    defaults = _library_messages(type(field))
    invalid = next((text for kind, text in _INVALID if isinstance(field, kind)), "格式不正确。")
    for key, message in field.error_messages.items():
        if message == defaults.get(key):
            field.error_messages[key] = _GENERAL.get(key, invalid)
    for validator in field.validators:
        _explain(validator)
    if isinstance(field, fields.List):
        speak_chinese(field.inner)


def problems_in(messages: Any, schema: Schema | None = None) -> tuple[FieldProblem, ...]:  # noqa: ANN401
    """Return marshmallow's nested `messages` as a flat list, labelled where `schema` knows how."""
    return tuple(_walk(messages, (), _Labels(schema)))


def load_form(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` as Python values; raise `InvalidInputError` with every problem labelled."""
    errors = schema.validate(data)
    if errors:
        raise InvalidInputError(problems_in(errors, schema))
    loaded: dict[str, Any] = schema.load(data)
    return loaded


class _Labels:
    """Reads the Chinese name of a path from a schema's metadata."""

    def __init__(self, schema: Schema | None) -> None:
        self._schema = schema

    def of(self, path: tuple[str | int, ...]) -> str | None:
        schema, parts = self._schema, []
        for step in path:
            if isinstance(step, int):
                parts.append(f"第 {step + 1} 项")
                continue
            field = None if schema is None else schema.fields.get(step)
            if field is None:
                return None
            parts.append(str(field.metadata.get("label", step)))
            inner = field.inner if isinstance(field, fields.List) else field
            schema = inner.schema if isinstance(inner, fields.Nested) else None
        return " · ".join(parts) or None


def _walk(
    messages: Any,  # noqa: ANN401 (marshmallow nests dicts and lists freely)
    path: tuple[str | int, ...],
    labels: _Labels,
) -> Iterator[FieldProblem]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = () if key == "_schema" else (key,)
            yield from _walk(inner, (*path, *step), labels)
        return
    for message in messages if isinstance(messages, list | tuple) else [messages]:
        if isinstance(message, Mapping):
            yield from _walk(message, path, labels)
            continue
        yield LabelledProblem(
            path=".".join(str(step) for step in path),
            code={REQUIRED: "required", UNKNOWN: "unknown"}.get(str(message), "invalid"),
            message=str(message),
            label=labels.of(path),
        )


def _library_messages(kind: type[fields.Field[Any]]) -> dict[str, str]:
    messages: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        messages.update(getattr(base, "default_error_messages", {}))
    return messages


def _explain(validator: Any) -> None:  # noqa: ANN401 (any callable)
    if getattr(validator, "error", "") not in {None, getattr(validator, "default_message", None)}:
        return  # it has a message of its own
    if isinstance(validator, validate.Range):
        validator.error = _between("应", "不小于", "不大于", validator)
    elif isinstance(validator, validate.Length):
        validator.error = (
            "长度应为 {equal}。"
            if validator.equal is not None
            else _between("长度应", "不少于", "不多于", validator)
        )
    elif isinstance(validator, validate.OneOf):
        validator.error = "只能填：{choices}。"
    elif isinstance(validator, validate.Regexp):
        validator.error = "格式不正确。"


def _between(
    lead: str,
    lower: str,
    upper: str,
    bounds: validate.Range | validate.Length,
) -> str:
    parts = [f"{lower} {{min}} "] if bounds.min is not None else []
    parts += [f"{upper} {{max}}"] if bounds.max is not None else []
    return f"{lead}{'且'.join(parts)}".rstrip() + "。"
