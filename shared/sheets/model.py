"""What a read workbook looks like: columns of texts with one letter of kind for each cell.

Columns, not rows, because imports convert a column at a time and because a column travels between
processes as one string. Rows and columns count from 1 for people, from 0 in the lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from shared.errors import FieldProblem

TEXT: Final = "s"
NUMBER: Final = "n"
PERCENT: Final = "p"  # a number shown as a percentage; its text is `98%`
DATE: Final = "d"  # text is ISO: 2023-03-01 or 2023-03-01T08:00:00
BOOLEAN: Final = "b"
FAULT: Final = "e"  # #DIV/0! and its like; no text
UNCALCULATED: Final = "f"  # a formula stored without its result; no text

SEPARATOR: Final = "\x1f"
"""What parts the texts of a column on their way between processes; no text keeps one."""
HEADING_ROWS: Final = 40
"""How far down a heading is looked for, and so what the first piece of a sheet must hold."""

PROBLEM_SHEET: Final = "问题清单"
"""The sheet appended to a marked copy; reading leaves it out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one upload may take. Bytes, counts and CPU seconds."""

    bytes_in: int = 20 * 1024 * 1024
    bytes_out: int = 200 * 1024 * 1024
    ratio: int = 100
    members: int = 1_000
    rows: int = 200_000
    columns: int = 300
    memory: int = 512 * 1024 * 1024
    cpu_seconds: int = 30


DEFAULT_LIMITS: Final = Limits()


class Area(NamedTuple):
    """A merged range; all bounds inclusive and 1-based."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class Cell(NamedTuple):
    """One cell: its text as a person would write it, and its kind."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet. `texts[c][r]` is a cell's text, `kinds[c][r]` its kind; `""` is empty.

    A merged area holds its value in every cell. `row_count` rows from the first row of the sheet.
    """

    name: str
    row_count: int
    texts: tuple[list[str], ...]
    kinds: tuple[str, ...]
    merged: tuple[Area, ...] = ()
    knows_formats: bool = True
    """False for .xls and .et: a percentage there cannot be told from a plain number."""

    def cell(self, row: int, column: int) -> Cell:
        """Return the cell at 1-based `row` and `column`; outside the used area it is empty."""
        if not (1 <= row <= self.row_count and 1 <= column <= len(self.texts)):
            return Cell("", TEXT)
        return Cell(self.texts[column - 1][row - 1], self.kinds[column - 1][row - 1])

    def row(self, row: int) -> list[str]:
        """Return the texts of the 1-based `row`, left to right."""
        return [texts[row - 1] for texts in self.texts]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A read file: its visible and hidden worksheets, without an earlier list of problems."""

    filename: str
    sheets: tuple[Sheet, ...]


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """One message at one cell. An error stops the import, a warning asks the person to look."""

    sheet: str
    row: int
    column: str
    """The letter as Excel shows it; empty when the whole row is meant."""
    field: str
    code: str
    message: str
    severity: Severity = "error"

    def as_field_problem(self) -> FieldProblem:
        """Return it as the problem every page and the API show."""
        path = f"rows.{self.row}.{self.field}" if self.field else f"rows.{self.row}"
        return FieldProblem(path, self.code, self.message, self.row, self.column or None)


def column_letter(number: int) -> str:
    """Return the letter of the 1-based column `number`: 1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the 1-based number of a column letter: A → 1, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
