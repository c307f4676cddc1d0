"""A sheet read in pieces of rows is the sheet read at once, whatever lies across their borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import cast

import pytest
from fixtures.sheets.books import xls, xlsx, xlsx_by
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook as Writer
from xlsxwriter.worksheet import Worksheet

from shared.confined import Answer
from shared.sheets.hearing import HeardBook
from shared.sheets.layout import Column, Layout
from shared.sheets.model import HEADING_ROWS, Limits, Sheet, Workbook
from shared.sheets.reading_work import encode_workbook
from shared.sheets.table import ParsedTable, parse_pieces, parse_table
from shared.sheets.table import whole as whole_of

HEADER = ("项目代码", "项目名称", "金额", "执行率", "开始日期")
LAYOUT = Layout(
    "绩效目标",
    (
        Column("code", ("项目代码",), "code", required=True),
        Column("name", ("项目名称",), required=True),
        Column("amount", ("金额",), "money", required=True),
        Column("rate", ("执行率",), "percent"),
        Column("started", ("开始日期",), "date"),
    ),
)
ROW_KINDS: dict[str, tuple[object, ...]] = {
    "plain": ("A1", "道路", 12.5, 98.0, "2023-03-01"),
    "texts": ("A1", "水利", "3万元", "98%", "2023年3月1日"),
    "same name": ("A2", "水利", 3.0, "", ""),
    "blank": ("", " ", "", "", ""),
    "total": ("合计", "", 15.5, "", ""),
    "heading again": HEADER,
    "footer": ("注：本表由业务股室审核", "", "", "", ""),
    "no name": ("A3", "", 1.0, "", ""),
    "no money": ("A4", "桥梁", "约12", 0.98, "2023-02-30"),
    "rounded": ("A4", "桥梁", "1.005", "", "x"),
    "nothing before": ("", "没有代码", 1.0, "", ""),
    "fault": ("", "", "#", "", ""),
}
ROWS = st.lists(st.sampled_from(sorted(ROW_KINDS)), min_size=1, max_size=30)


def in_memory(rows: Sequence[Sequence[object]]) -> Sheet:
    """A sheet as it is heard: numbers are floats here, `#` a fault."""
    columns = list(zip(*rows, strict=True))
    texts = [[f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in c] for c in columns]
    kinds = [
        "".join("e" if c == "#" else "n" if isinstance(c, float) else "s" for c in column)
        for column in columns
    ]
    return Sheet(
        "Sheet1", len(rows), tuple([t.replace("#", "") for t in c] for c in texts), tuple(kinds)
    )


def cut(sheet: Sheet, first: int, size: int) -> Iterator[Sheet]:
    start, end = 0, first
    while start < sheet.row_count:
        texts = tuple(column[start:end] for column in sheet.texts)
        kinds = tuple(column[start:end] for column in sheet.kinds)
        yield replace(sheet, row_count=len(kinds[0]), texts=texts, kinds=kinds)
        start, end = end, end + size


def told(table: ParsedTable) -> tuple[object, ...]:
    """Everything a table says, in its order."""
    columns = [(name, values, list(map(type, values))) for name, values in table.columns.items()]
    return (
        table.sheet, table.row_numbers, columns, list(table.letters.items()), table.problems,
        table.skipped,
    )  # fmt: skip


@given(kinds=ROWS, above=st.integers(0, 38), size=st.integers(1, 7))
def test_a_table_taken_in_pieces_is_the_table_taken_at_once(
    kinds: list[str], above: int, size: int
) -> None:
    title = ("附件", "", "", "", "")
    sheet = in_memory([*[title] * above, HEADER, *(ROW_KINDS[kind] for kind in kinds)])
    whole = parse_table(Workbook("", (sheet,)), LAYOUT)
    for first in (above + 1, HEADING_ROWS):
        assert told(whole_of(parse_pieces(cut(sheet, first, size), LAYOUT))) == told(whole)


class Said(Answer):
    """An answer that is all there already."""

    def __init__(self, said: bytes) -> None:
        self._said = BytesIO(said)
        self._kept = bytearray(said)

    def _hear(self) -> bool:
        return False


def heard(content: bytes, piece_rows: int) -> HeardBook:
    limits = Limits()
    return HeardBook(Said(b"".join(encode_workbook(content, limits, piece_rows))), limits)


def odd_rows(book: Writer, sheet: Worksheet) -> None:
    """Lines of every kind, well past the rows a first piece holds."""
    percent, day = book.add_format({"num_format": "0.00%"}), book.add_format({"num_format": "y-m"})
    sheet.write_row(0, 0, ["岳池县2023年目标表"])
    sheet.merge_range(0, 0, 0, 4, "岳池县2023年目标表")
    sheet.write_row(1, 0, HEADER)
    for row in range(2, 90):
        values: tuple[object, ...] = list(ROW_KINDS.values())[row * 7 % len(ROW_KINDS)]
        for column, value in enumerate(values):
            sheet.write(row, column, cast("str", value))
        if row % 5 == 0:
            sheet.write_number(row, 3, row / 100, percent)
        if row % 11 == 0:
            sheet.write_formula(row, 3, "=1/0", None, "#DIV/0!")
        if row % 13 == 0:
            sheet.write_formula(row, 2, "=A1", None, "")
        if row % 6 == 0:
            sheet.write_datetime(row, 4, datetime(2023, 3, row % 28 + 1), day)
    sheet.write_row(90, 0, ["填报人：张三"])


def tall_areas(book: Writer, sheet: Worksheet) -> None:
    """Merged areas over the border of the first piece, one of a percentage, one of a number."""
    percent = book.add_format({"num_format": "0%"})
    sheet.write_row(0, 0, HEADER)
    for row in range(1, 60):
        sheet.write_row(row, 0, [f"A{row}", "道路", row, row / 100, "2023-03-01"])
    sheet.merge_range(30, 1, 49, 1, "一个名称")
    sheet.merge_range(35, 3, 55, 3, "")
    sheet.write_number(35, 3, 0.5, percent)
    sheet.merge_range(37, 4, 47, 4, "", percent)
    sheet.write_number(37, 4, 7)
    sheet.merge_range(38, 2, 44, 2, "")
    sheet.merge_range(52, 0, 53, 1, "合计")


ODD = {
    "rows of every kind": xlsx_by(odd_rows),
    "merged areas across the border": xlsx_by(tall_areas),
    "merged in the old format": xls(
        [HEADER, *([f"A{row}", None, float(row), 0.5, ""] for row in range(1, 60))],
        merged={(30, 49, 1, 1): "一个名称"},
    ),
    "separators in texts": xlsx([HEADER, *[["A1", "道路\x1f桥", 1.0, "", ""]] * 50]),
    "kinds that mix late": xlsx(
        [HEADER, *[["A1", "甲", 1.0]] * 45, ["A2", 3.0, "x"], [True, 1, 2]]
    ),
    "large and small numbers": xlsx([HEADER, *[["A1", "甲", 1e16, 1e-7]] * 42, ["A1", 2, 0.1]]),
    "just the rows of a first piece": xlsx([HEADER, *[["A1", "甲", 1.0]] * (HEADING_ROWS - 1)]),
    "one row more": xlsx([HEADER, *[["A1", "甲", 1.0]] * HEADING_ROWS]),
    "a heading far down": xlsx([*[["附件"]] * 39, HEADER, ["A1", "甲", 1.0], ["A2", "", ""]]),
    "only a heading": xlsx([HEADER]),
}


@pytest.mark.parametrize("piece_rows", [1, 2, 3, 7, 41])
@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_workbook_told_in_pieces_is_the_workbook_told_at_once(
    content: bytes, piece_rows: int
) -> None:
    whole = heard(content, 100_000).sheets()
    assert heard(content, piece_rows).sheets() == whole
    book = heard(content, piece_rows)
    assert told(whole_of(parse_pieces(book.pieces(book.heads[0]), LAYOUT))) == told(
        parse_table(Workbook("", whole), LAYOUT)
    )


def test_a_merged_area_holds_its_value_in_every_piece() -> None:
    sheet = heard(ODD["merged areas across the border"], 2).sheets()[0]
    assert [sheet.cell(row, 2).text for row in range(30, 52)] == [
        "道路",
        *["一个名称"] * 20,
        "道路",
    ]
    assert {sheet.cell(row, 4) for row in range(36, 57)} == {("50%", "p")}
    assert {sheet.cell(row, 3).text for row in range(39, 46)} == {"38"}
    assert sheet.cell(57, 4) == ("0.56", "n")
    assert {sheet.cell(row, 5) for row in range(38, 49)} == {("7", "n")}
    assert [sheet.cell(54, 1).text, sheet.cell(54, 2).text] == ["合计", "合计"]


def test_what_only_the_xml_tells_is_told_in_its_piece() -> None:
    sheet = heard(ODD["rows of every kind"], 3).sheets()[0]
    assert [sheet.cell(row + 1, 4) for row in (65, 70)] == [("65%", "p"), ("70%", "p")]
    assert sheet.cell(77 + 1, 4).kind == "e"
    assert [sheet.cell(row + 1, 3).kind for row in (52, 65, 78)] == ["f"] * 3
