"""What stands around the tables: whose form, which year, in which unit, what grade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from services.eval_svc.domain.form_layout.grid import Grid
from services.eval_svc.domain.form_layout.result import Reading
from services.eval_svc.domain.form_layout.words import (
    GRADE_LABEL,
    clean,
    heading_of,
    key,
    rules_printed,
)

UNIT_LABELS: Final = (
    r"(项目)?实施单位|项目单位",
    r"(县级|市级|省级|区级)?(预算)?(部门)?\(?(单位)?\)?名称|预算(单位|部门)(名称)?|部门名称|单位名称",
    r"填报单位|资金使用单位|自评单位",
    r"(项目)?主管(部门|单位)|省级主管部门|地方主管部门|资金主管部门",
)
PROJECT_LABELS: Final = (
    r"(专项|项目|资金|转移支付|补助资金|政策)*(\(项目\))?名称|专项资金名称|项目",
)
_YEAR_LABEL: Final = re.compile(r"(预算|评价|自评|财政)?(年度|年份)")
_YEAR: Final = re.compile(r"(20\d\d)年?度")
_ANY_YEAR: Final = re.compile(r"(20\d\d)年?")
_UNIT: Final = re.compile(r"(?:(?:金额)?单位:?|[(:])(万元|元)(?:$|\)|,|/|;)")
_TICKED: Final = re.compile(
    r"(优秀?|良好?|中等?|一般|合格|较?差)\(?[☑√■✓✔]|[☑√■✓✔]\)?(优秀?|良好?|中等?|差)"
)
_GRADES: Final = re.compile(r"优秀?|良好?|中等?|较?差|合格|不合格|一般")


def labelled(grid: Grid, patterns: tuple[str, ...], last: int) -> tuple[str, int, int] | None:
    """Return the value beside the first label that fits, above row `last`, with its cell.

    Patterns are tried in order: the implementing unit is preferred to its department.
    """
    for pattern in patterns:
        wanted = re.compile(pattern)
        for row in range(min(last, grid.height)):
            for column, value in _beside(grid, row, wanted):
                if value:
                    return value, row, column
    return None


def _beside(grid: Grid, row: int, wanted: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    cells = list(grid.cells(row))
    for at, (column, text) in enumerate(cells):
        label, colon, inside = clean(text).replace("：", ":").partition(":")
        if wanted.fullmatch(heading_of(label)) or wanted.fullmatch(key(label)):
            if colon and inside.strip():
                yield column, inside.strip()
            elif at + 1 < len(cells):
                yield cells[at + 1][0], clean(cells[at + 1][1])


def fiscal_year(grid: Grid, last: int) -> int | None:
    """Return the budget year the form is about: `2022年度` in its title, or beside 年度."""
    texts = [key(text) for row in range(min(last, grid.height)) for _, text in grid.cells(row)]
    for text in texts:
        found = _YEAR.search(text)
        if found and "填报日期" not in text:
            return int(found[1])
    beside = labelled(grid, (_YEAR_LABEL.pattern,), last)
    for text in [beside[0]] if beside else texts[:2]:
        if found := _ANY_YEAR.search(text):
            return int(found[1])
    return None


def amount_unit(grid: Grid, last: int) -> str | None:
    """Return 元 or 万元 as printed above or in the funds table; `None` when it is not said."""
    for row in range(min(last, grid.height)):
        for _, text in grid.cells(row):
            if found := _UNIT.search(key(text)):
                return found[1]
    return None


def grade(reading: Reading, total_row: int | None) -> str | None:
    """Return the printed grade: beside 等级, ticked, or at the end of the total row."""
    grid = reading.grid
    found = _labelled_grade(grid)
    if found is None and total_row is not None:
        for column, text in reversed(list(grid.cells(total_row))):
            if _GRADES.fullmatch(key(text)):
                found = clean(text), total_row, column
                break
    if found is None:
        return None
    reading.places["grade"] = grid.place(found[1], found[2])
    return found[0]


def _labelled_grade(grid: Grid) -> tuple[str, int, int] | None:
    for row in range(grid.height):
        for column, text in _beside(grid, row, GRADE_LABEL):
            ticked = _TICKED.search(key(text))
            if ticked:
                return ticked[1] or ticked[2], row, column
            if not text or _GRADES.fullmatch(key(text)):
                return text, row, column
    return None


def rules(grid: Grid) -> tuple[str, str]:
    """Return the rules the form prints for execution and indicators: proportional or unknown."""
    execution, indicators = False, False
    for row in range(grid.height):
        for _, text in grid.cells(row):
            printed = rules_printed(text)
            execution, indicators = execution or printed[0], indicators or printed[1]
    return tuple("proportional" if said else "unknown" for said in (execution, indicators))  # type: ignore[return-value]
