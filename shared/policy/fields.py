"""Field kinds of a pack: strict about types, complaining in Chinese.

Amounts, points and percentages are written as strings, so that no float ever enters a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import fields, validate
from marshmallow.types import ErrorMessages

_PLAIN_NUMBER = re.compile(r"\d{1,16}(\.\d{1,4})?", re.ASCII)

_CHINESE: ErrorMessages = {
    "required": "缺少此项，请补上",
    "null": "此项不能为空",
    "validator_failed": "此项的值不合要求",
    "invalid_mapping": "此处应为成对的“名称: 值”",
}


class Text(fields.String):
    """A text that is not empty."""

    default_error_messages = _CHINESE | {
        "invalid": "此处应为文字；像数字的文字请加引号",
        "invalid_utf8": "此处应为文字",
    }

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (passed on to marshmallow)
        """Require the text and refuse an empty one."""
        options.setdefault("required", True)
        options.setdefault("validate", validate.Length(min=1, error="此项不能为空"))
        super().__init__(**options)


class Whole(fields.Integer):
    """A whole number from `least` to `most`; no text, no boolean."""

    default_error_messages = _CHINESE | {
        "invalid": "此处应为整数",
        "too_large": "数字太大",
    }

    def __init__(self, least: int, most: int, **options: Any) -> None:  # noqa: ANN401
        """Require the number unless the options say otherwise."""
        options.setdefault("required", "load_default" not in options)
        limits = validate.Range(least, most, error="应在 {min} 至 {max} 之间")
        super().__init__(strict=True, validate=limits, **options)

    def _validated(self, value: Any) -> int:  # noqa: ANN401
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Amount(fields.Field[Decimal]):
    """An exact number written as a quoted string, with at most four decimals, not negative."""

    default_error_messages = _CHINESE | {
        "invalid": '此处应为加引号的数字，例如 "300000.00"',
    }

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Decimal:
        del attr, data, kwargs
        if not isinstance(value, str) or not _PLAIN_NUMBER.fullmatch(value):
            raise self.make_error("invalid")
        return Decimal(value)


class Flag(fields.Field[bool]):
    """True or false, nothing that merely looks like it."""

    default_error_messages = _CHINESE | {"invalid": "此处应为 true 或 false"}

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ANN401
    ) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Code(Text):
    """One value of an enum, kept as text."""

    def __init__(self, choices: type[StrEnum], **options: Any) -> None:  # noqa: ANN401
        """Accept the values of `choices` only."""
        values = [choice.value for choice in choices]
        allowed = validate.OneOf(values, error="只能是：" + "、".join(values))
        super().__init__(validate=allowed, **options)


class Choice(Code):
    """One value of an enum, as the enum."""

    def __init__(self, choices: type[StrEnum], **options: Any) -> None:  # noqa: ANN401
        """Accept the values of `choices` only."""
        super().__init__(choices, **options)
        self._choices = choices

    def deserialize(
        self,
        value: Any,  # noqa: ANN401
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Check the text first, then return the enum value."""
        text = super().deserialize(value, attr, data, **kwargs)
        return self._choices(text)


class Rows(fields.List[Any]):
    """A list, read as a tuple."""

    default_error_messages = _CHINESE | {"invalid": "此处应为列表"}

    def __init__(self, inner: fields.Field[Any], *, least: int = 0) -> None:
        """Require the list with at least `least` rows."""
        enough = validate.Length(min=least, error="至少要有 {min} 行")
        super().__init__(inner, required=True, validate=enough)

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return tuple(super()._deserialize(*args, **kwargs))


class Part(fields.Nested):
    """A nested block, required, with unknown keys refused."""

    default_error_messages = _CHINESE | {"type": "此处应为成对的“名称: 值”"}

    def __init__(self, nested: Any) -> None:  # noqa: ANN401
        """Require the block."""
        super().__init__(nested, required=True)


class Table(fields.Dict):
    """A mapping from a rule's name to its block."""

    default_error_messages = _CHINESE | {"invalid": "此处应为成对的“名称: 值”"}

    def __init__(self, nested: Any) -> None:  # noqa: ANN401
        """Require the mapping; its keys are names in lowercase English."""
        name = Text(validate=validate.Regexp(r"^[a-z][a-z0-9_]*$", error="名称只能用小写英文"))
        super().__init__(keys=name, values=Part(nested), required=True)
