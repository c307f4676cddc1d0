"""The indicators of one target as a sheet: out filled in, back edited in WPS, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.target_svc.usecases.target_sheet import TARGET_LAYOUT
from shared.errors import FieldProblem
from shared.money import NotMoneyError, parse_decimal
from shared.sheets.layout import Layout
from shared.sheets.marking import mark_copy
from shared.sheets.model import SheetProblem
from shared.sheets.reading import read_workbook
from shared.sheets.table import parse_table
from shared.sheets.writing import OutColumn, write_table
from shared.terms import labels

LAYOUT = Layout(
    "绩效指标",
    tuple(
        column
        for column in TARGET_LAYOUT.columns
        if column.field not in ("project_code", "annual_goal")
    ),
    sheet_titles=("绩效指标",),
)
_KINDS = {"level1": "indicator_level1", "level2": "indicator_level2", "operator": "operator"}


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """An edited file: its rows as typed texts, and what is wrong with them."""

    content: bytes
    filename: str
    rows: list[dict[str, str]]
    row_numbers: list[int]
    problems: list[SheetProblem]

    @property
    def errors(self) -> list[SheetProblem]:
        """The problems that must be corrected."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def marked(self) -> bytes:
        """Return the same file with every doubtful cell in colour and commented."""
        return mark_copy(self.content, self.filename, self.problems)

    def problems_of_form(self) -> list[FieldProblem]:
        """Return the errors beside the form's fields they ended up in."""
        places = {number: at for at, number in enumerate(self.row_numbers)}
        return [
            FieldProblem(
                f"indicators.{places[problem.row]}.{problem.field}"
                if problem.row in places
                else "indicators",
                problem.code,
                f"第 {problem.row} 行：{problem.message}",
            )
            for problem in self.errors
        ]


def filled_sheet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the indicators as an .xlsx that reads back without a word changed."""
    columns = [OutColumn(column.title) for column in LAYOUT.columns]
    lines = ([_label(column.field, row) for column in LAYOUT.columns] for row in rows)
    return write_table(columns, lines, LAYOUT.title)


def read_sheet(content: bytes, filename: str) -> ReadSheet:
    """Read an edited file; raise `UnreadableSheetError` when there is nothing to read.

    What could not be understood is kept as it was typed, so that the form shows it for correction.
    """
    workbook = read_workbook(content, filename)
    table = parse_table(workbook, LAYOUT)
    sheet = next(each for each in workbook.sheets if each.name == table.sheet)
    places = {name: ord(letter) - ord("A") + 1 for name, letter in table.letters.items()}
    rows = []
    for row in table.rows:
        typed = {name: sheet.cell(row.row_number, at).text.strip() for name, at in places.items()}
        known = {name: str(value) for name, value in row.values.items() if value is not None}
        rows.append({**typed, **known})
    for read, number in zip(rows, table.row_numbers, strict=True):
        if not _is_weight(read.get("weight", "")):
            message = "权重须为数字。"
            table.problems.append(table.problem(number, "weight", "not_a_number", message))
    return ReadSheet(content, filename, rows, table.row_numbers, table.problems)


def typed_sheet(rows: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the rows as typed texts of the form's editor."""
    return {
        f"indicators.{at}.{name}": (text,)
        for at, row in enumerate(rows)
        for name, text in row.items()
    }


def _is_weight(text: str) -> bool:
    try:
        return parse_decimal(text) >= Decimal(0)
    except NotMoneyError:
        return False


def _label(name: str, row: Mapping[str, Any]) -> str:
    value = str(row.get(name) or "")
    kind = _KINDS.get(name)
    return labels(kind).get(value, value) if kind else value
