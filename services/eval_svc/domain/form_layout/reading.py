"""A grid becomes the documents the form check takes: one for each form that stands on it.

The shape is that of the form check's input: every figure a text as printed, `""` printed blank,
`None` not on the form. Nothing is judged here and no figure is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.eval_svc.domain.form_layout import heads
from services.eval_svc.domain.form_layout.funds import find_fund_table, read_funds
from services.eval_svc.domain.form_layout.grid import Grid
from services.eval_svc.domain.form_layout.indicators import (
    Indicators,
    heading_columns,
    read_indicators,
)
from services.eval_svc.domain.form_layout.result import ReadForm, Reading
from services.eval_svc.domain.form_layout.words import FORM_TITLE, clean, key

_DEPARTMENT: Final = re.compile(r"整体(支出)?(绩效)?(目标)?(自评|评价)|部门\(单位\)整体|整体支出")
_TRANSFER: Final = re.compile(
    r"转移支付|区域(\(项目\))?绩效|中央(对地方)?(专项|补助)|专项资金.*绩效目标自评"
)
TARGET_FORM: Final = "这是绩效目标表：有年度指标值，没有实际完成值和得分；请上传填好的绩效自评表。"
NO_FORM: Final = (
    "没有找到绩效自评表：须有资金表（全年预算数、全年执行数）或指标表（三级指标、年度指标值、"
    "实际完成值）的表头；请确认选对了文件和工作表。"
)
_NO_FUNDS: Final = "没有找到资金表的表头（全年预算数、全年执行数），资金没有读入，也不作核对。"
NO_INDICATORS: Final = "没有找到指标表的表头（三级指标、年度指标值、实际完成值），指标没有读入。"


def read_forms(grid: Grid) -> list[ReadForm]:
    """Return every self-evaluation form on the grid, from top to bottom; none when there is none.

    Several forms on one sheet are told apart by their titles (`…自评表`).
    """
    found = (_read_form(part) for part in _parts(grid))
    return [form for form in found if form is not None]


def is_target_form(grid: Grid) -> bool:
    """Tell whether the grid is a declaration of targets, which says nothing that was achieved."""
    reading = Reading(grid)
    for row in range(grid.height):
        columns = heading_columns(reading, row)
        if columns is not None:
            return columns.keys().isdisjoint({"actual", "score"})
    return False


def _parts(grid: Grid) -> list[Grid]:
    """Cut the grid before each title that follows a table."""
    starts = [0]
    reading, has_table = Reading(grid), False
    for row in range(grid.height):
        texts = [text for _, text in grid.cells(row) if text.strip()]
        if heading_columns(reading, row) is not None:
            has_table = True
        elif has_table and len(texts) == 1 and FORM_TITLE.fullmatch(key(texts[0])):
            starts.append(row)
            has_table = False
    ends = [*starts[1:], grid.height]
    return [
        grid if len(starts) == 1 else grid.part(start, end)
        for start, end in zip(starts, ends, strict=True)
    ]


def _read_form(grid: Grid) -> ReadForm | None:
    reading = Reading(grid)
    table = find_fund_table(reading)
    funds, below = read_funds(reading, table) if table else ([], 0)
    read = read_indicators(reading, below)
    if read is not None and read[1].keys().isdisjoint({"actual", "score"}):
        return None
    if table is None and read is None:
        return None
    found = read[0] if read else Indicators(end=below)
    if table is None:
        reading.tell(0, 0, _NO_FUNDS)
    if read is None:
        reading.tell(0, 0, NO_INDICATORS)
    head = table.heading if table else _first_heading(reading)
    return _formed(reading, head, funds, found)


def _first_heading(reading: Reading) -> int:
    rows = range(reading.grid.height)
    return next((row for row in rows if heading_columns(reading, row) is not None), 0)


def _formed(
    reading: Reading,
    head: int,
    funds: Sequence[dict[str, str | None]],
    found: Indicators,
) -> ReadForm:
    grid = reading.grid
    execution_rule, indicator_rule = heads.rules(grid)
    unit = _head_value(reading, heads.UNIT_LABELS, head, "unit_name")
    project = _head_value(reading, heads.PROJECT_LABELS, head, "project_name")
    document: dict[str, object] = {
        "form": _kind(grid, head),
        "partial": False,
        "unit_name": unit,
        "project_name": project,
        "fiscal_year": heads.fiscal_year(grid, head),
        "amount_unit": heads.amount_unit(grid, head + 2),
        "scheme": None,
        "execution_rule": execution_rule,
        "indicator_rule": indicator_rule,
        "funds": list(funds),
        "sections": found.sections,
        "indicators": found.rows,
        "total_weight": found.total_weight,
        "total_score": found.total_score,
        "grade": heads.grade(reading, found.total_row),
    }
    title = project or unit or _title(grid) or grid.name
    return ReadForm(title, document, reading.places, tuple(reading.problems))


def _head_value(reading: Reading, labels: tuple[str, ...], head: int, path: str) -> str | None:
    value = heads.labelled(reading.grid, labels, head)
    if value is None:
        return None
    reading.places[path] = reading.grid.place(value[1], value[2])
    return value[0]


def _title(grid: Grid) -> str:
    texts = (clean(text) for row in range(min(grid.height, 4)) for _, text in grid.cells(row))
    return next((text for text in texts if FORM_TITLE.fullmatch(key(text))), "")


def _kind(grid: Grid, head: int) -> str:
    above = "".join(key(text) for row in range(max(head, 1)) for _, text in grid.cells(row))
    if _DEPARTMENT.search(above):
        return "department_self_evaluation"
    if _TRANSFER.search(above):
        return "transfer_self_evaluation"
    return "project_self_evaluation"
