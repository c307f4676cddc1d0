"""What a list page shows now: filters, sorting, place in the list, all kept in the query string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from shared.web.console.views import Choice

ColumnKind = Literal[
    "text",
    "link",
    "money",
    "number",
    "percent",
    "date",
    "datetime",
    "due",
    "badge",
    "light",
    "progress",
    "custom",
]
_RIGHT = frozenset({"money", "number", "percent"})
DEFAULT_LIMIT = 50
LIMITS = (20, 50, 100, 200)
FIRST = "-"
BETWEEN = "~"
LONGEST_TRAIL = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One column. The cell is `row[key]` (mapping) or `row.key` (object), of the kind's type.

    link: `Link`; money: Decimal 元; percent: Decimal in %; due: `Due`; badge: `Badge`; light:
    `Light`; progress: `Progress`; custom: drawn by the page's `{% call %}` block.
    """

    key: str
    title: str
    kind: ColumnKind = "text"
    sortable: bool = False
    frozen: bool = False
    unit: str = ""
    width: Literal["", "narrow", "medium", "wide"] = ""

    @property
    def align(self) -> str:
        """Figures to the right, the rest to the left."""
        return "end" if self.kind in _RIGHT else "start"


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the filter bar; `text` is free, `choice` a select, `date` a day."""

    key: str
    label: str
    kind: Literal["text", "choice", "date"] = "choice"
    choices: Sequence[Choice] = ()
    placeholder: str = ""
    more: bool = False
    """Rarely used: folded away until it is in force or asked for."""
    initial: str = ""
    """The choice shown when none was made, for a list that cannot show all of them at once."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force: what it says, and the address without it."""

    label: str
    remove_href: str


@dataclass(frozen=True, slots=True)
class ListView:
    """A list's columns and filters together with what the query string asks for.

    Unknown filter values and sort keys are dropped, so an old bookmark still opens.
    """

    path: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    values: dict[str, str]
    sort: str
    cursor: str | None
    trail: tuple[str, ...]  # marks of the pages before this one, the first page being "-"
    limit: int
    kept: dict[str, str]  # parameters of the page that are neither filter nor place, e.g. tab

    @property
    def sort_key(self) -> str:
        """The column sorted by, without direction."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Tell whether the largest comes first."""
        return self.sort.startswith("-")

    def value(self, key: str) -> str:
        """Return a filter's value, empty when not set."""
        return self.values.get(key, "")

    def href(self, **changes: str | None) -> str:
        """Return this list's address with `changes`; `None` removes, any change leaves the page."""
        wanted: dict[str, str | None] = {**self.kept, **self.values, "sort": self.sort}
        if self.limit != DEFAULT_LIMIT:
            wanted["limit"] = str(self.limit)
        wanted.update(changes)
        query = urlencode([(key, text) for key, text in wanted.items() if text])
        return f"{self.path}?{query}" if query else self.path

    def next_href(self, next_cursor: str) -> str:
        """Return the address of the page after this one."""
        trail = (*self.trail, self.cursor or FIRST)[-LONGEST_TRAIL:]
        return self.href(cursor=next_cursor, back=BETWEEN.join(trail))

    @property
    def previous_href(self) -> str:
        """Return the address of the page before this one, empty on the first.

        A mark leads only forward, so the way back is the marks passed on the way here.
        """
        if self.cursor is None:
            return ""
        *earlier, last = self.trail or (FIRST,)
        if last == FIRST:
            return self.href()
        return self.href(cursor=last, back=BETWEEN.join(earlier))

    def sort_href(self, key: str) -> str:
        """Return the address sorted by `key`, turning round when it is sorted by it already."""
        return self.href(sort=f"-{key}" if self.sort == key else key)

    def reset_href(self) -> str:
        """Return the address without any filter."""
        return self.href(**dict.fromkeys(self.values))

    def hidden(self) -> dict[str, str]:
        """Return what the filter form must carry beside its fields."""
        extra = {**self.kept, "sort": self.sort}
        if self.limit != DEFAULT_LIMIT:
            extra["limit"] = str(self.limit)
        return {key: text for key, text in extra.items() if text}

    def chips(self) -> list[Chip]:
        """Return the filters in force, each with the address that drops it."""
        return [
            Chip(f"{item.label}：{_words(item, text)}", self.href(**{item.key: None}))
            for item in self.filters
            if (text := self.value(item.key))
        ]


def _words(item: Filter, text: str) -> str:
    return next((choice.label for choice in item.choices if choice.value == text), text)


def list_view(
    path: str,
    query: MultiDict[str, str],
    *,
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    default_sort: str = "",
    kept: Sequence[str] = (),
) -> ListView:
    """Read filters, `sort`, `cursor` and `limit` (20, 50, 100, 200) from the query string."""
    sortable = {column.key for column in columns if column.sortable}
    sort = query.get("sort", "")
    limit = query.get("limit", "")
    return ListView(
        path=path,
        columns=tuple(columns),
        filters=tuple(filters),
        values={item.key: text for item in filters if (text := _accepted(item, query))},
        sort=sort if sort.removeprefix("-") in sortable else default_sort,
        cursor=query.get("cursor") or None,
        trail=tuple(mark for mark in query.get("back", "").split(BETWEEN) if mark),
        limit=int(limit) if limit in map(str, LIMITS) else DEFAULT_LIMIT,
        kept={key: query[key] for key in kept if query.get(key)},
    )


def _accepted(item: Filter, query: MultiDict[str, str]) -> str:
    text = query.get(item.key, "").strip()
    known = {choice.value for choice in item.choices}
    return "" if item.kind == "choice" and text not in known else text
