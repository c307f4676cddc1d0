"""A form as rows and columns of texts, whatever file it came from; both count from 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Place = tuple[int, int]
_NOTHING: Final[Mapping[Place, Place]] = MappingProxyType({})
_LEGIBLE: Final[Mapping[Place, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grid:
    """`texts[row][column]`; a merged area holds its text in every cell.

    `anchors` leads every other cell of a merged area to its first. `illegible` says by cell why
    its text cannot be had. `row_names` are how people find a row where there are no row numbers.
    """

    name: str
    texts: tuple[tuple[str, ...], ...]
    anchors: Mapping[Place, Place] = field(default_factory=lambda: _NOTHING)
    illegible: Mapping[Place, str] = field(default_factory=lambda: _LEGIBLE)
    row_names: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.texts)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.texts[0]) if self.texts else 0

    def text(self, row: int, column: int) -> str:
        """Return a cell's text; outside the grid nothing."""
        if not (0 <= row < self.height and 0 <= column < self.width):
            return ""
        return self.texts[row][column]

    def anchor(self, row: int, column: int) -> Place:
        """Return the first cell of the merged area a cell belongs to; else the cell itself."""
        return self.anchors.get((row, column), (row, column))

    def cells(self, row: int) -> Iterator[tuple[int, str]]:
        """Give the cells of a row that begin in it or above it, each merged area once."""
        seen: set[Place] = set()
        for column in range(self.width):
            place = self.anchor(row, column)
            if place not in seen:
                seen.add(place)
                yield column, self.texts[row][column]

    def part(self, first: int, last: int) -> Grid:
        """Return the rows from `first` up to, not including, `last`, as a grid of its own."""

        def within(place: Place) -> bool:
            return first <= place[0] < last

        def moved(place: Place) -> Place:
            return place[0] - first, place[1]

        names = self.row_names or tuple(str(row + 1) for row in range(self.height))
        return Grid(
            self.name,
            self.texts[first:last],
            {
                moved(cell): moved(anchor)
                for cell, anchor in self.anchors.items()
                if within(cell) and within(anchor)
            },
            {moved(cell): why for cell, why in self.illegible.items() if within(cell)},
            names[first:last],
        )

    def place(self, row: int, column: int) -> str:
        """Return where a person finds the cell: `自评表!G6`, or in Word its table, row, column."""
        name = self.row_names[row] if self.row_names else str(row + 1)
        if not name.isdecimal():
            return f"{name}第{column + 1}列"
        letters, number = "", column + 1
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("A") + rest) + letters
        return f"{self.name}!{letters}{name}"
