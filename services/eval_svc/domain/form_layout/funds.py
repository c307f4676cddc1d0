"""The funds table of a form: national, transfer, Hubei and Sichuan layouts (domain: form check).

A heading row names the columns; each row below is one source. Sichuan's older form has no heading
row but pairs of label and figure (`预算数：| 20 | 执行数：| 20`): there the figure's column counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.eval_svc.domain.form_layout.result import Reading
from services.eval_svc.domain.form_layout.words import (
    AFTER_FUNDS,
    FUND_HEADINGS,
    INDICATOR_HEADINGS,
    TOTAL_FUND,
    bracketed_points,
    clean,
    field_of,
    heading_of,
    is_dash,
    is_figure,
    key,
)

AMOUNTS = ("budget_initial", "budget_adjusted", "executed")
FIELDS = (*AMOUNTS, "weight", "rate", "score")
_MOST_BLANK = 2


@dataclass(frozen=True, slots=True)
class FundTable:
    """Where the table stands: heading row, columns by field, first row of figures."""

    heading: int
    columns: Mapping[str, range]
    first: int

    @property
    def leftmost(self) -> int:
        """The first column of figures; what a row is called stands left of it."""
        return min(columns.start for columns in self.columns.values())


def find_fund_table(reading: Reading) -> FundTable | None:
    """Return the first funds table of the grid; `None` when the form has none."""
    for row in range(reading.grid.height):
        columns = _columns(reading, row)
        if not _is_complete(columns) or _is_indicator_heading(reading, row):
            continue
        paired = _paired(reading, row, columns)
        if paired is not None:
            return paired
        below = row + 1
        figures = {
            name: place
            for name, place in columns.items()  # 年度预算数 above the rows' names is none
            if not _has_words(clean(reading.grid.text(below, place.start)))
        }
        if _is_complete(figures):
            return FundTable(row, figures, below)
    return None


def _columns(reading: Reading, row: int) -> dict[str, range]:
    """Return the columns the row's headings name; the last of two budgets is the adjusted one."""
    columns: dict[str, range] = {}
    cells = list(reading.grid.cells(row))
    for at, (column, text) in enumerate(cells):
        name = field_of(text, FUND_HEADINGS)
        if name is not None and (name not in columns or name == "budget_adjusted"):
            end = cells[at + 1][0] if at + 1 < len(cells) else reading.grid.width
            columns[name] = range(column, end)
    return columns


def _is_complete(columns: Mapping[str, range]) -> bool:
    return "executed" in columns and not columns.keys().isdisjoint(AMOUNTS[:2])


def _is_indicator_heading(reading: Reading, row: int) -> bool:
    names = {field_of(text, INDICATOR_HEADINGS) for _, text in reading.grid.cells(row)}
    return {"level2", "level3"} <= names


def _paired(reading: Reading, row: int, columns: Mapping[str, range]) -> FundTable | None:
    """Return the table of pairs when a figure stands right of each label."""
    beside: dict[str, range] = {}
    cells = [column for column, _ in reading.grid.cells(row)] + [reading.grid.width]
    for name, labelled in columns.items():
        start = labelled.stop
        text = clean(reading.grid.text(row, start))
        if start >= reading.grid.width or not (is_figure(text) or is_dash(text)):
            if name in {"executed", "budget_adjusted", "budget_initial"}:
                return None
            continue
        end = next(column for column in cells if column > start)
        beside[name] = range(start, end)
    return FundTable(row, beside, row) if len(beside) > 1 else None


def read_funds(reading: Reading, table: FundTable) -> tuple[list[dict[str, str | None]], int]:
    """Return the rows of the table and the first row of the grid below it."""
    funds: list[dict[str, str | None]] = []
    blank = 0
    row = table.first
    while row < reading.grid.height and blank < _MOST_BLANK:
        label = _label(reading, table, row)
        if AFTER_FUNDS.fullmatch(key(label)) or _ends(reading, table, row):
            break
        fund = _fund(reading, table, row, len(funds))
        said = [value for name, value in fund.items() if name != "row" and value]
        if not label and not said:
            blank += 1
        else:
            blank = 0
            fund["row"] = _row_name(reading, table, row, label, is_first=not funds)
            funds.append(fund)
        row += 1
    _take_points(reading, table, funds)
    return funds, row


def _fund(reading: Reading, table: FundTable, row: int, at: int) -> dict[str, str | None]:
    fund: dict[str, str | None] = {"row": ""}
    for name in FIELDS:
        fund[name] = reading.figure(row, table.columns.get(name), f"funds[{at}].{name}")
    return fund


def _label(reading: Reading, table: FundTable, row: int) -> str:
    """Return what stands nearest to the left of the figures, not the title down the whole side."""
    if table.first == table.heading:
        return "年度资金总额" if row == table.first else _left_of(reading, table, row)
    return _left_of(reading, table, row)


def _left_of(reading: Reading, table: FundTable, row: int) -> str:
    grid = reading.grid
    for column in range(table.leftmost - 1, -1, -1):
        anchor = grid.anchor(row, column)
        reaches_up = row > table.first and anchor[0] <= table.first
        is_side_title = anchor[0] <= table.heading < row or reaches_up
        text = clean(grid.text(row, column))
        if text and not is_side_title:
            return text
    return ""


def _ends(reading: Reading, table: FundTable, row: int) -> bool:
    """Tell whether the row belongs to the next part: words where amounts would stand."""
    grid = reading.grid
    if any(AFTER_FUNDS.fullmatch(key(text)) for _, text in grid.cells(row) if text):
        first = next(iter(grid.cells(row)))
        if AFTER_FUNDS.fullmatch(key(first[1])) or row > table.first:
            return True
    for name in AMOUNTS:
        for column in table.columns.get(name, range(0)):
            text = clean(grid.text(row, column))
            if text and not (is_figure(text) or is_dash(text)) and _has_words(text):
                return True
    return False


def _has_words(text: str) -> bool:
    letters = [sign for sign in key(text) if "\u4e00" <= sign <= "\u9fff" and sign not in "万亿元"]
    return len(letters) > 1


def _row_name(reading: Reading, table: FundTable, row: int, label: str, *, is_first: bool) -> str:
    if TOTAL_FUND.fullmatch(heading_of(label)) or (is_first and not label):
        return "total"
    if not label:
        reading.tell(row, table.leftmost, "这一行资金没有名称，请在左侧填写资金来源后重新上传。")
    return label


def _take_points(reading: Reading, table: FundTable, funds: list[dict[str, str | None]]) -> None:
    """Give the total row the points printed in a heading where no column holds them."""
    if "weight" in table.columns or not funds:
        return
    grid = reading.grid
    for row in range(table.heading, min(table.heading + 2, grid.height)):
        for column, text in grid.cells(row):
            points = bracketed_points(text)
            if points is None or field_of(text, INDICATOR_HEADINGS[:3]):
                continue
            funds[0]["weight"] = points
            reading.places["funds[0].weight"] = grid.place(*grid.anchor(row, column))
            return
