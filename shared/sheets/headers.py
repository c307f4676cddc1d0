"""Find the header row among title rows, notes and two-level merged headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, cast

from shared.sheets.layout import Column, Layout, Unit
from shared.sheets.model import HEADING_ROWS, Sheet
from shared.sheets.values import squeeze

_LEVELS: Final = 3
_SHOWN: Final = 12
_UNIT: Final = r"(?P<unit>亿元|万元|千元|百元|元)"
_UNIT_IN_HEADER: Final = re.compile(rf"[(\[【:]?(?:金额)?(?:单位)?:?{_UNIT}[)\]】]?$")
_BARE_UNIT: Final = re.compile(rf"{_UNIT}$")
_UNIT_NOTE: Final = re.compile(rf"单位[:为]?[(]?(?:人民币)?{_UNIT}(?![\u4e00-\u9fff])")
_REMARK: Final = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_DECORATION: Final = str.maketrans("", "", "()[]【】*:※★◆、,.-_\"'“”")


@dataclass(frozen=True, slots=True)
class Header:
    """Where a layout was found in a sheet."""

    row: int
    """The last row of the heading, 1-based."""
    places: dict[str, int]
    """0-based column of each field found."""
    units: dict[str, Unit]
    """Unit of money by field, as the header or the sheet says."""
    doubled: tuple[str, ...]
    """Titles that stand over more than one column: nobody can tell which is meant."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The best that was found when required columns are missing."""

    missing: tuple[str, ...]
    found: tuple[str, ...]
    matched: int


def plain_title(text: str) -> str:
    """Return a header text as compared: no blanks, remarks, units or stars."""
    squeezed = squeeze(text)
    without = _REMARK.sub("", squeezed) or squeezed
    return without.translate(_DECORATION)


def find_header(sheet: Sheet, layout: Layout) -> Header | Missed:
    """Return the best header of `layout` in `sheet`, or what is missing for one.

    Every row near the top is tried as the last of one to three heading rows; the one that names
    most columns wins, the higher and shallower of equals.
    """
    accepted = {column.field: _accepted(column) for column in layout.columns}
    best: tuple[int, int, dict[str, list[int]]] = (0, 1, {})
    for row in range(1, min(sheet.row_count, HEADING_ROWS) + 1):
        for depth in range(1, min(_LEVELS, row) + 1):
            places = _match(sheet, row, depth, accepted)
            if len(places) > best[0]:
                best = (len(places), row, places)
    matched, row, places = best
    missing = tuple(c.title for c in layout.columns if c.required and c.field not in places)
    if missing or not places:
        titles = [squeeze(text).lstrip("*") for text in sheet.row(row) if text.strip()]
        found = tuple(dict.fromkeys(titles))[:_SHOWN]
        return Missed(missing or tuple(c.title for c in layout.columns), found, matched)
    titles_of = {column.field: column.title for column in layout.columns}
    return Header(
        row=row,
        places={field: columns[0] for field, columns in places.items()},
        units=_units(sheet, row, places, layout),
        doubled=tuple(titles_of[field] for field, columns in places.items() if len(columns) > 1),
    )


def _accepted(column: Column) -> frozenset[str]:
    """Return the names as compared; `A/B` is also met as one heading `AB`."""
    paths = ["/".join(map(plain_title, title.split("/"))) for title in column.titles]
    return frozenset([*paths, *(path.replace("/", "") for path in paths)])


def _match(
    sheet: Sheet, row: int, depth: int, accepted: dict[str, frozenset[str]]
) -> dict[str, list[int]]:
    """Return the columns of each field; a fuller path beats a bare lower heading."""
    ranked: dict[str, dict[int, list[int]]] = {}
    for index, texts in enumerate(sheet.texts):
        names = _names(texts[row - depth : row])
        for field, titles in accepted.items():
            rank = next((at for at, name in enumerate(names) if name in titles), None)
            if rank is not None:
                ranked.setdefault(field, {}).setdefault(rank, []).append(index)
    return {field: _adjoining(sheet, row, ranks[min(ranks)]) for field, ranks in ranked.items()}


def _names(texts: list[str]) -> tuple[str, ...]:
    """Return the names a column may go by, the most telling first, given its heading texts."""
    levels: list[str] = []
    for text in texts:
        name = plain_title(text)
        if name and levels[-1:] != [name]:
            levels.append(name)
    if not levels or (len(levels) > 1 and not texts[-1].strip()):
        return ()
    paths = ["/".join(levels), "/".join(levels[-2:]), "".join(levels[-2:]), levels[-1]]
    bare = [_BARE_UNIT.sub("", path) for path in paths]
    return tuple(dict.fromkeys(filter(None, [*paths, *bare])))


def _adjoining(sheet: Sheet, row: int, columns: list[int]) -> list[int]:
    """Count columns under one merged title cell once: it is one wide column."""
    for area in sheet.merged:
        if area.first_row <= row <= area.last_row:
            inside = [c for c in columns if area.first_column <= c + 1 <= area.last_column]
            columns = [c for c in columns if c not in inside[1:]]
    return columns


def _units(sheet: Sheet, row: int, places: dict[str, list[int]], layout: Layout) -> dict[str, Unit]:
    noted = _noted_unit(sheet, row)
    units: dict[str, Unit] = {}
    for column in layout.columns:
        if column.kind != "money" or column.field not in places:
            continue
        texts = sheet.texts[places[column.field][0]]
        unit = noted
        for at in range(max(0, row - _LEVELS), row):
            found = _UNIT_IN_HEADER.search(squeeze(texts[at]))
            unit = _as_unit(found["unit"]) if found else unit
        units[column.field] = unit or column.unit
    return units


def _noted_unit(sheet: Sheet, row: int) -> Unit | None:
    for at in range(1, row + 1):
        for text in dict.fromkeys(sheet.row(at)):
            found = _UNIT_NOTE.search(squeeze(text))
            if found:
                return _as_unit(found["unit"])
    return None


def _as_unit(text: str) -> Unit:
    return cast("Unit", text)  # the pattern matches nothing else
