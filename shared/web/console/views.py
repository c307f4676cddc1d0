"""The small things pages hand to the components: what is shown, never how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Tone = Literal["blue", "green", "yellow", "orange", "red", "grey"]
LightColour = Literal["red", "yellow", "green", "blue", "grey"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in one word, e.g. `Badge("整改中", "blue")`."""

    label: str
    tone: Tone = "grey"


@dataclass(frozen=True, slots=True)
class Light:
    """A warning light: colour and, for who cannot see colours, the word."""

    colour: LightColour
    label: str = ""

    @property
    def text(self) -> str:
        """The label, or the usual name of the colour."""
        return (
            self.label
            or {
                "red": "红灯",
                "yellow": "黄灯",
                "green": "绿灯",
                "blue": "蓝灯",
                "grey": "未评",
            }[self.colour]
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A due date with the working days left (negative: overdue by so many working days).

    `provisional`: the year's working-day calendar is not published yet. `was_on`: the date before
    an extension, which stays visible. `done`: fulfilled, so nothing is counted any more.
    """

    on: date
    workdays_left: int
    provisional: bool = False
    was_on: date | None = None
    done: bool = False

    @property
    def tone(self) -> Tone:
        """Red when overdue, orange within three working days, else grey; green when done."""
        if self.done:
            return "green"
        if self.workdays_left < 0:
            return "red"
        return "orange" if self.workdays_left <= 3 else "grey"  # noqa: PLR2004

    @property
    def text(self) -> str:
        """Say what is left in words."""
        if self.done:
            return "已完成"
        if self.workdays_left < 0:
            return f"逾期{-self.workdays_left}个工作日"
        if self.workdays_left == 0:
            return "今日到期"
        return f"剩{self.workdays_left}个工作日"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; also a table cell, a breadcrumb, an action."""

    label: str
    href: str
    icon: str = ""
    note: str = ""  # a second, smaller line in a table cell


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, radio or filter."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure on the desk or cockpit: always a link to the list it counts."""

    label: str
    value: str
    href: str
    unit: str = "项"
    tone: Tone = "grey"
    note: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab with its count."""

    label: str
    href: str
    count: int | None = None
    active: bool = False
    tone: Tone = "grey"


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a review chain or a life cycle."""

    label: str
    state: Literal["done", "current", "waiting", "refused"]
    who: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; `None` means there was nothing."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One act in the life of a thing."""

    act: str
    who: str
    post: str
    at: datetime
    comment: str = ""
    tone: Tone = "blue"
    changes: tuple[Change, ...] = ()
    files: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One column of a side-by-side comparison.

    `lines` are (label, value) pairs; a value is a text, `Badge`, `Light`, `Link` or Decimal 元.
    `doubts` are the automatic remarks, shown first and in colour.
    """

    title: str
    lines: tuple[tuple[str, Any], ...] = ()
    note: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a part of a whole has come, in % of 100."""

    percent: Decimal
    tone: Tone = "blue"


@dataclass(frozen=True, slots=True)
class BatchState:
    """A running batch: counts so far, and where to ask again (`status_url` returns this piece)."""

    title: str
    total: int
    done: int
    failed: int
    status_url: str
    finished: bool = False
    result_url: str = ""
    failures: tuple[tuple[str, str], ...] = ()  # (what, why)

    @property
    def percent(self) -> int:
        """Whole percent dealt with, failures included."""
        return 100 if self.total == 0 else (self.done + self.failed) * 100 // self.total


@dataclass(frozen=True, slots=True)
class EditorColumn:
    """One column of a row editor; `choices` are the options of a select."""

    key: str
    title: str
    kind: Literal["text", "number", "select", "date", "area"] = "text"
    choices: Sequence[Choice] = ()
    width: Literal["narrow", "medium", "wide"] = "medium"
    hint: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the same figures as a table for who cannot see it.

    `option` is an ECharts option of plain JSON values; `head` and `rows` are the table.
    """

    title: str
    option: Mapping[str, Any]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: Literal["small", "medium", "large"] = "medium"
    links: Mapping[str, str] = field(default_factory=dict)  # name of a point → list it counts
