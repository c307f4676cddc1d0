"""What reading a form gives: its document in the shape the form check takes, and what was odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.eval_svc.domain.form_layout.grid import Grid
from services.eval_svc.domain.form_layout.words import clean, is_dash


@dataclass(frozen=True, slots=True)
class LayoutProblem:
    """One thing that could not be read: where, and a sentence that says what to do next."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadForm:
    """One form of a file. `places` leads a path of the document (`funds[0].rate`) to its cell."""

    title: str
    document: dict[str, object]
    places: dict[str, str]
    problems: Sequence[LayoutProblem]


@dataclass(slots=True)
class Reading:
    """A grid being read: places and problems gather here."""

    grid: Grid
    places: dict[str, str] = field(default_factory=dict)
    problems: list[LayoutProblem] = field(default_factory=list)

    def figure(self, row: int, columns: range | None, path: str) -> str | None:
        """Return what a column says in a row: `None` when it has no cell of its own there.

        No cell of its own: the column is not on the form, the cell goes on one above (a score
        shared by several lines), belongs to its left neighbour, or holds a dash.
        """
        if columns is None:
            return None
        place = self._own(row, columns)
        if place is None:
            return None
        return self._taken(place, path, dash_means_none=True)

    def words(self, row: int, columns: range | None, path: str) -> str | None:
        """Return the words of a column in a row; a cell merged over several rows says all of it."""
        if columns is None:
            return None
        anchors = dict.fromkeys(self.grid.anchor(row, column) for column in columns)
        own = [place for place in anchors if place[1] in columns]
        return self._taken(next(iter(own)), path, dash_means_none=False) if own else None

    def tell(self, row: int, column: int, message: str) -> None:
        """Note a problem at a cell."""
        self.problems.append(LayoutProblem(self.grid.place(row, column), message))

    def _own(self, row: int, columns: range) -> tuple[int, int] | None:
        anchors = dict.fromkeys(self.grid.anchor(row, column) for column in columns)
        own = [place for place in anchors if place[0] == row and place[1] in columns]
        said = [place for place in own if self.grid.text(*place).strip()]
        return next(iter(said or own), None)

    def _taken(self, place: tuple[int, int], path: str, *, dash_means_none: bool) -> str | None:
        self.places[path] = self.grid.place(*place)
        why = self.grid.illegible.get(place)
        if why:
            self.tell(*place, why)
            return None
        text = clean(self.grid.text(*place))
        return None if dash_means_none and is_dash(text) else text
