"""What marking shows, the same for an edited copy and for a rebuilt one."""

from __future__ import annotations

from typing import Final

from shared.sheets.model import SheetProblem, column_number

AUTHOR: Final = "问效"
COLOURS: Final = {"error": "FFFF9999", "warning": "FFFFE699"}
HEADINGS: Final = ("序号", "工作表", "行", "列", "性质", "问题")
WIDTHS: Final = (6, 18, 8, 8, 10, 80)
_LABELS: Final = {"error": "须改正", "warning": "请核对"}

Places = dict[tuple[int, int], list[SheetProblem]]
"""Problems of one sheet by 1-based row and column."""


def by_place(problems: list[SheetProblem], sheet: str) -> Places:
    """Group the problems of `sheet` that name a cell."""
    places: Places = {}
    for problem in problems:
        if problem.column and problem.sheet == sheet:
            place = (problem.row, column_number(problem.column))
            places.setdefault(place, []).append(problem)
    return places


def colour_of(problems: list[SheetProblem]) -> str:
    """Return the fill (ARGB) of a cell: that of an error when any of its problems is one."""
    severe = any(problem.severity == "error" for problem in problems)
    return COLOURS["error" if severe else "warning"]


def comment_of(problems: list[SheetProblem]) -> str:
    """Return the comment of a cell: each message on a line."""
    return "\n".join(problem.message for problem in problems)


def listed(problems: list[SheetProblem]) -> list[tuple[int, str, int, str, str, str]]:
    """Return the rows of the 问题清单."""
    return [
        (number, p.sheet, p.row, p.column, _LABELS[p.severity], p.message)
        for number, p in enumerate(problems, 1)
    ]
