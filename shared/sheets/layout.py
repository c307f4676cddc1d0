"""What an import expects: its columns, the names they go by, the kind of their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["text", "money", "integer", "percent", "date", "choice", "code"]
Unit = Literal["元", "百元", "千元", "万元", "亿元"]

_NO_CHOICES: Final[Mapping[str, object]] = MappingProxyType({})
YES_NO: Final[Mapping[str, object]] = MappingProxyType(
    {"是": True, "否": False, "√": True, "\u00d7": False, "有": True, "无": False, "TRUE": True}
    | {"FALSE": False, "Y": True, "N": False}
)
"""Labels of a yes/no column; the first label of each value is the one templates offer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column of an import.

    `titles` are the accepted header names, the first being the one templates print. A two-level
    header is written with a stroke: `资金总额/财政拨款`. Values come out as: text and code → `str`,
    money → `Decimal` in 元, percent → `Decimal` in % (98 for 98%), integer → `int`, date → `date`,
    choice → the value `choices` gives to the label. An empty cell → `None`.
    """

    field: str
    titles: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    unit: Unit = "元"
    """Unit of money when neither cell, header nor sheet names one."""
    choices: Mapping[str, object] = dataclasses.field(default_factory=lambda: _NO_CHOICES)
    help: str = ""
    """How to fill it in, for the template's 填写说明."""

    @property
    def title(self) -> str:
        """The name shown to people."""
        return self.titles[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an import and the sheet names under which it usually comes."""

    title: str
    columns: tuple[Column, ...]
    sheet_titles: tuple[str, ...] = ()
