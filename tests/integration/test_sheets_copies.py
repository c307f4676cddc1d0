"""Marked copies lose nothing; templates and lists come back as they were written."""

# ruff: noqa: RUF001 - full-width signs are what is tested

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from fixtures.sheets.books import members, xls, xlsx, xlsx_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from shared.sheets.layout import YES_NO, Column, Layout
from shared.sheets.marking import mark_copy
from shared.sheets.marks import AUTHOR, COLOURS
from shared.sheets.model import PROBLEM_SHEET, SheetProblem
from shared.sheets.reading import read_workbook
from shared.sheets.table import parse_table
from shared.sheets.template import GUIDE_SHEET, template
from shared.sheets.writing import OutColumn, write_table

ROWS: list[list[object]] = [
    ["绩效目标表", None, None],
    ["项目名称", "金额（万元）", "日期"],
    ["道路养护", "十二", "2023-03-01"],
    ["=1+1", 3.5, None],
]
PROBLEMS = [
    SheetProblem("Sheet1", 3, "B", "amount", "not_money", "“十二”不是金额，请只填数字。"),
    SheetProblem("Sheet1", 4, "C", "day", "missing", "=没有填写日期", "warning"),
    SheetProblem("Sheet1", 9, "", "", "rule", "整行的问题。"),
    SheetProblem("Sheet1", 1, "C", "title", "rule", "标题有问题。"),
]
LAYOUT = Layout(
    "绩效目标申报",
    (
        Column("name", ("项目名称",), required=True),
        Column("code", ("项目代码",), "code"),
        Column("amount", ("资金总额/财政拨款",), "money", unit="万元"),
        Column("weight", ("权重",), "integer"),
        Column("rate", ("执行率",), "percent"),
        Column("day", ("开始日期",), "date"),
        Column("major", ("是否重大",), "choice", choices=YES_NO),
    ),
)


def styled(book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
    sheet.merge_range(0, 0, 0, 2, "绩效目标表", book.add_format({"bold": True}))
    for r, row in enumerate(ROWS[1:], 1):
        for c, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(r, c, value)
            elif value is not None:
                sheet.write(r, c, value)
    sheet.write_formula(5, 0, "=B4*2", None, 7)
    sheet.write_formula(5, 1, '="a"&"<b"', None, "a<b")
    sheet.write_number(6, 0, 0.98, book.add_format({"num_format": "0.0%", "bg_color": "#00FF00"}))
    sheet.write_comment(6, 1, "单位自己的批注")
    sheet.set_row(5, 30)
    book.add_worksheet("第二页").write_string(0, 0, "别的内容")


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def test_an_xlsx_copy_keeps_everything_and_is_marked() -> None:
    content = xlsx_by(styled)
    copy = mark_copy(
        content, "a.xlsx", [*PROBLEMS, SheetProblem("Sheet1", 7, "B", "x", "x", "x。")]
    )
    book = opened(copy)
    sheet = book["Sheet1"]
    assert book.sheetnames == ["Sheet1", "第二页", PROBLEM_SHEET]
    assert sheet["B3"].fill.fgColor.rgb == COLOURS["error"]
    assert sheet["B3"].comment.text == PROBLEMS[0].message
    assert sheet["C4"].fill.fgColor.rgb == COLOURS["warning"]
    assert sheet["A1"].comment.text == "标题有问题。"
    assert sheet["B7"].comment.text == "单位自己的批注\nx。"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:C1"]
    assert sheet["A1"].font.bold
    assert sheet["A6"].value == "=B4*2"
    assert sheet["A7"].number_format == "0.0%"
    assert sheet["A7"].fill.fgColor.rgb == "FF00FF00"
    assert sheet.row_dimensions[6].height == 30
    before, after = read_workbook(content, "a"), read_workbook(copy, "a")
    assert [(s.name, s.texts) for s in before.sheets] == [(s.name, s.texts) for s in after.sheets]
    assert after.sheets[0].cell(6, 1).text == "7"
    assert after.sheets[0].cell(6, 2).text == "a<b"
    assert after.sheets[0].cell(7, 1).text == "98%"


def test_the_list_of_problems_is_the_last_sheet_and_holds_no_formula() -> None:
    sheet = opened(mark_copy(xlsx(ROWS), "a.xlsx", PROBLEMS))[PROBLEM_SHEET]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("序号", "工作表", "行", "列", "性质", "问题")
    assert rows[1] == (1, "Sheet1", 3, "B", "须改正", PROBLEMS[0].message)
    assert rows[2][4:] == ("请核对", "=没有填写日期")
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_marks_of_the_round_before_disappear() -> None:
    first = mark_copy(xlsx(ROWS), "a.xlsx", PROBLEMS)
    second = opened(mark_copy(first, "a.xlsx", PROBLEMS[1:2]))
    assert second.sheetnames == ["Sheet1", PROBLEM_SHEET]
    assert second["Sheet1"]["B3"].comment is None
    assert second["Sheet1"]["B3"].fill.fill_type is None
    assert second["Sheet1"]["C4"].comment.author == AUTHOR
    assert second["Sheet1"]["C4"].comment.text == PROBLEMS[1].message


def test_an_old_format_is_rebuilt_with_all_values_and_merged_areas() -> None:
    content = xls(
        [[None] * 3, *ROWS[1:3], ["=1+1", 0.3, date(2023, 3, 1)], [True, "007", None]],
        merged={(0, 0, 0, 2): "绩效目标表"},
    )
    copy = mark_copy(content, "a.et", PROBLEMS)
    book = opened(copy)
    sheet = book["Sheet1"]
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:C1"]
    assert sheet["A1"].comment.text == "标题有问题。"
    assert sheet["B3"].fill.fgColor.rgb == COLOURS["error"]
    assert sheet["B3"].comment.text == PROBLEMS[0].message
    assert sheet["A4"].data_type == "s"
    assert sheet["B4"].value == pytest.approx(0.3)
    assert sheet["B5"].value == "007"
    notes = [cell.value for cell in book[PROBLEM_SHEET]["A"]]
    assert "重新生成" in str(notes[-1])
    before, after = read_workbook(content, "a.et"), read_workbook(copy, "a.xlsx")
    assert before.sheets[0].texts == after.sheets[0].texts


def test_a_large_sheet_is_rebuilt_within_the_limits() -> None:
    rows = [["名称", "金额"], *([f"项目{n}", n] for n in range(45_000))]
    content = xlsx([[*row, *[f"说明{c}" for c in range(8)]] for row in rows])
    problem = SheetProblem("Sheet1", 40_000, "B", "x", "x", "金额有误。")
    copy = mark_copy(content, "a.xlsx", [problem])
    after = read_workbook(copy, "a.xlsx").sheets[0]
    assert after.texts == read_workbook(content, "a.xlsx").sheets[0].texts
    assert any(
        b"\xe9\x87\x91\xe9\xa2\x9d\xe6\x9c\x89\xe8\xaf\xaf" in part
        for part in members(copy).values()
    )


def test_merged_areas_hold_their_value_everywhere_when_read() -> None:
    def write(_book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
        sheet.merge_range(1, 0, 3, 1, "产出指标")
        sheet.write_number(3, 2, 5)

    for content in (
        xlsx_by(write),
        xls([[None] * 3] * 3 + [[None, None, 5]], {(1, 3, 0, 1): "产出指标"}),
    ):
        sheet = read_workbook(content, "a").sheets[0]
        assert sheet.texts[:2] == (["", "产出指标", "产出指标", "产出指标"],) * 2
        assert sheet.merged[0] == (2, 1, 4, 2)


def test_faults_percentages_and_uncalculated_formulas_are_told_apart() -> None:
    def write(book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
        percent = book.add_format({"num_format": '0.00"约"%'})
        sheet.write_row(0, 0, ["a", "b", "c", "d"])
        sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        sheet.write_number(1, 1, 0.985, percent)
        sheet.write_formula(1, 2, "=B2", percent, 0.07)
        sheet.write_formula(1, 3, '=""', None, "")
        sheet.write_number(2, 3, 1.5, book.add_format({"num_format": '0"%"'}))

    sheet = read_workbook(xlsx_by(write), "a").sheets[0]
    assert [sheet.cell(2, c).kind for c in (1, 2, 3)] == ["e", "p", "p"]
    assert [sheet.cell(2, c).text for c in (2, 3)] == ["98.5%", "7%"]
    assert sheet.cell(2, 4).text == ""
    assert sheet.cell(3, 4) == ("1.5", "n")

    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1", "x"])  # saved by a program that calculates nothing
    out = BytesIO()
    book.save(out)
    assert read_workbook(out.getvalue(), "a").sheets[0].cell(1, 2).kind == "f"


def test_a_template_filled_in_reads_back() -> None:
    book = opened(template(LAYOUT))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == [
        "*项目名称",
        "项目代码",
        "资金总额财政拨款（万元）",
    ]
    assert GUIDE_SHEET in book.sheetnames
    assert sheet.data_validations.dataValidation[
        0
    ].sqref == openpyxl.worksheet.cell_range.MultiCellRange("G2:G1001")
    sheet.append(["道路", "007", 12.5, 10, 98, date(2023, 3, 1), "是"])
    sheet.append(["水利", "008", "3万元", "5", "100%", "2023年4月1日", "否"])
    out = BytesIO()
    book.save(out)
    table = parse_table(read_workbook(out.getvalue(), "a.xlsx"), LAYOUT)
    assert table.problems == []
    assert [tuple(row.values.values()) for row in table.rows] == [
        ("道路", "007", Decimal(125_000), 10, Decimal(98), date(2023, 3, 1), True),
        ("水利", "008", Decimal(30_000), 5, Decimal(100), date(2023, 4, 1), False),
    ]


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]


def test_texts_that_look_like_formulas_stay_texts() -> None:
    content = write_table(
        [OutColumn("名称"), OutColumn("数", "yuan")], [[t, -5] for t in DANGEROUS], "表"
    )
    sheet = opened(content).worksheets[0]
    assert all(sheet.cell(r, 1).data_type == "s" for r in range(3, 3 + len(DANGEROUS)))
    assert all(sheet.cell(r, 1).quotePrefix for r in range(3, 3 + len(DANGEROUS)))
    assert all(sheet.cell(r, 2).value == -5 for r in range(3, 3 + len(DANGEROUS)))
    assert not any(b"<f>" in part for part in members(content).values())
    assert sheet.freeze_panes == "A3"


def test_amounts_are_shown_in_the_unit_of_the_column_and_long_numbers_whole() -> None:
    columns = [OutColumn("元", "yuan"), OutColumn("万元", "wan"), OutColumn("大数", "yuan")]
    row = [Decimal("12345.67"), Decimal("12345.67"), Decimal("9999999999999999.99")]
    into = BytesIO()
    assert write_table(columns, iter([row]), "表/一", ["单位：万元"], into=into) == b""
    sheet = opened(into.getvalue()).worksheets[0]
    assert [cell.value for cell in sheet[4]] == [12345.67, 1.23, "9999999999999999.99"]
    assert sheet.title == "表 一"


VALUES = st.tuples(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=30),
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.integers(min_value=-(10**9), max_value=10**9),
    st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 1, 1)),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_written_lists_read_back_the_same(rows: list[tuple[str, Decimal, int, date]]) -> None:
    columns = [
        OutColumn("名称"),
        OutColumn("金额", "yuan"),
        OutColumn("数量", "integer"),
        OutColumn("日期", "date"),
    ]
    sheet = read_workbook(write_table(columns, rows, "标题"), "a.xlsx").sheets[0]
    assert sheet.texts[0][2:] == [row[0] for row in rows]
    assert [Decimal(text) for text in sheet.texts[1][2:]] == [row[1] for row in rows]
    assert [int(text) for text in sheet.texts[2][2:]] == [row[2] for row in rows]
    assert sheet.texts[3][2:] == [row[3].isoformat() for row in rows]
