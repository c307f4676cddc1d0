"""The indicator table of a form, its section points, its total row (domain: form check).

Levels are merged or left blank below their first line; a score may be shared by several lines; a
heading may be repeated on the next page; Sichuan prints operator, value and unit in three columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.eval_svc.domain.form_layout.result import Reading
from services.eval_svc.domain.form_layout.words import (
    AFTER_INDICATORS,
    BREAKDOWN,
    INDICATOR_HEADINGS,
    PLACEHOLDER,
    SUBTOTAL,
    TOTAL_SCORE,
    bracketed_points,
    clean,
    field_of,
    heading_of,
    is_dash,
    is_figure,
    key,
    without_points,
)

_LEVELS = ("level1", "level2", "level3")
_VALUES = ("target", "actual", "weight", "score", "reason")
_FEWEST = 3


@dataclass(slots=True)
class Indicators:
    """What the table says; `total_row` is set once a total row was found."""

    rows: list[dict[str, str | None]] = field(default_factory=list)
    sections: list[dict[str, str | None]] = field(default_factory=list)
    total_weight: str | None = None
    total_score: str | None = None
    total_row: int | None = None
    end: int = 0


def heading_columns(reading: Reading, row: int) -> dict[str, range] | None:
    """Return the columns of an indicator table when `row` is its heading."""
    grid = reading.grid
    columns: dict[str, range] = {}
    cells = list(grid.cells(row))
    for at, (column, text) in enumerate(cells):
        name = field_of(text, INDICATOR_HEADINGS)
        if name is not None and name not in columns:
            end = cells[at + 1][0] if at + 1 < len(cells) else grid.width
            columns[name] = range(column, end)
    is_table = "level3" in columns and not columns.keys().isdisjoint({"target", "actual"})
    return columns if is_table and len(columns) > _FEWEST else None


def read_indicators(reading: Reading, first: int) -> tuple[Indicators, dict[str, range]] | None:
    """Return the first indicator table at or below `first` with its columns; `None` without one."""
    for row in range(first, reading.grid.height):
        columns = heading_columns(reading, row)
        if columns is not None:
            return _Table(reading, columns).read(row + 1), columns
    return None


class _Table:
    """One table on its way through the rows."""

    def __init__(self, reading: Reading, columns: Mapping[str, range]) -> None:
        self._reading = reading
        self._columns = dict(columns)
        self._found = Indicators()
        self._level = {"level1": "", "level2": ""}

    def read(self, first: int) -> Indicators:
        grid = self._reading.grid
        row = first
        while row < grid.height:
            repeated = heading_columns(self._reading, row)
            if repeated is not None:
                self._columns = repeated
            elif self._is_total(row):
                self._take_total(row)
                row += 1
                break
            elif self._ends(row):
                break
            else:
                self._take(row)
            row += 1
        self._found.end = row
        return self._found

    def _text(self, row: int, name: str) -> str:
        columns = self._columns.get(name)
        return clean(self._reading.grid.text(row, columns.start)) if columns else ""

    def _ends(self, row: int) -> bool:
        texts = [text for _, text in self._reading.grid.cells(row) if text.strip()]
        return bool(texts) and AFTER_INDICATORS.fullmatch(key(texts[0])) is not None

    def _is_total(self, row: int) -> bool:
        grid = self._reading.grid
        last = self._columns["level3"].stop
        return any(
            TOTAL_SCORE.fullmatch(heading_of(text)) and not self._is_side_title(row, column)
            for column, text in grid.cells(row)
            if column < last and text.strip()
        )

    def _is_side_title(self, row: int, column: int) -> bool:
        return self._reading.grid.anchor(row, column)[0] < row

    def _take_total(self, row: int) -> None:
        reading, grid = self._reading, self._reading.grid
        found = self._found
        found.total_row = row
        found.total_weight = reading.figure(row, self._columns.get("weight"), "total_weight")
        found.total_score = reading.figure(row, self._columns.get("score"), "total_score")
        for column, text in grid.cells(row):
            if found.total_weight is None and bracketed_points(text):
                found.total_weight = bracketed_points(text)
                reading.places["total_weight"] = grid.place(row, column)
        if found.total_score is None and found.total_weight is None:
            self._take_loose_total(row)

    def _take_loose_total(self, row: int) -> None:
        """Take the figures of a total row whose cells do not stand under the headings."""
        grid = self._reading.grid
        figures = [
            (column, clean(text))
            for column, text in grid.cells(row)
            if is_figure(text) and grid.anchor(row, column)[0] == row
        ]
        names = ["total_score"] if len(figures) == 1 else ["total_weight", "total_score"]
        for name, (column, text) in zip(names, figures, strict=False):
            setattr(self._found, name, text)
            self._reading.places[name] = grid.place(row, column)

    def _take(self, row: int) -> None:
        self._take_levels(row)
        name = self._text(row, "level3")
        if any(SUBTOTAL.fullmatch(key(self._text(row, level))) for level in _LEVELS):
            self._take_subtotal(row)
            return
        at = len(self._found.rows)
        values = self._values(row, at)
        said = [value for value in values.values() if value]
        if not said and (not name or PLACEHOLDER.fullmatch(key(name)) or is_dash(name)):
            self._forget(at)
            return
        if not name:
            self._unnamed(row, values, at)
            return
        if BREAKDOWN.match(key(name)) and not values["weight"] and not values["score"]:
            values["weight"] = values["score"] = None
        self._reading.places[f"indicators[{at}]"] = self._reading.grid.place(
            row, self._columns["level3"].start
        )
        self._found.rows.append({**self._level, "level3": name, **values})

    def _take_levels(self, row: int) -> None:
        for level in ("level1", "level2"):
            text = self._text(row, level)
            if not text or SUBTOTAL.fullmatch(key(text)):
                continue
            if level == "level1":
                text, points = without_points(text)
                self._section(text, points, row)
                if text != self._level["level1"]:
                    self._level["level2"] = ""
            self._level[level] = key(text) if level == "level1" else text

    def _section(self, level1: str, points: str | None, row: int) -> None:
        if points is None or any(each["level1"] == level1 for each in self._found.sections):
            return
        path = f"sections[{len(self._found.sections)}].weight"
        place = (row, self._columns["level1"].start)
        self._reading.places[path] = self._reading.grid.place(*place)
        self._found.sections.append({"level1": level1, "weight": points, "score": None})

    def _take_subtotal(self, row: int) -> None:
        level1, sections = self._level["level1"], self._found.sections
        known = next((each for each in sections if each["level1"] == level1), None)
        section = known or {"level1": level1, "weight": None, "score": None}
        if known is None:
            sections.append(section)
        at = sections.index(section)
        for name in ("weight", "score"):
            figure = self._reading.figure(row, self._columns.get(name), f"sections[{at}].{name}")
            if section[name] is None and figure:
                section[name] = figure

    def _values(self, row: int, at: int) -> dict[str, str | None]:
        reading = self._reading
        values: dict[str, str | None] = {}
        for name in _VALUES:
            take = reading.figure if name in {"weight", "score"} else reading.words
            values[name] = take(row, self._columns.get(name), f"indicators[{at}].{name}")
        parts = [self._text(row, name) for name in ("operator", "target", "unit")]
        if values["target"] and (parts[0] or parts[2]):
            operator = "" if parts[0] in {"定性", "定性指标"} or is_dash(parts[0]) else parts[0]
            unit = "" if is_dash(parts[2]) or parts[2] == "无" else parts[2]
            values["target"] = f"{operator}{values['target']}{unit}"
        return values

    def _unnamed(self, row: int, values: Mapping[str, str | None], at: int) -> None:
        """Say what stands beside no name; a row that only has section points is a section's."""
        if not any(values[name] for name in ("target", "actual", "score")):
            self._forget(at)
            return
        column = self._columns["level3"].start
        message = "这一行有指标值或得分，但没有三级指标名称，没有读入；请补上名称后重新上传。"
        self._reading.tell(row, column, message)
        self._forget(at)

    def _forget(self, at: int) -> None:
        for name in _VALUES:
            self._reading.places.pop(f"indicators[{at}].{name}", None)
