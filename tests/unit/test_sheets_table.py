"""Layouts found in the headers of real forms; values read exactly; every problem collected."""

# ruff: noqa: RUF001 - full-width digits are what is tested

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sheets.errors import HeadersNotFoundError
from shared.sheets.layout import YES_NO, Column, Layout
from shared.sheets.model import Area, Sheet, Workbook, column_letter, column_number
from shared.sheets.reading_work import number_text
from shared.sheets.table import ParsedTable, parse_table, suspect_unit

LEVELS = {"产出指标": "output", "效益指标": "benefit", "成本指标": "cost"}
LAYOUT = Layout(
    "绩效目标",
    (
        Column("code", ("项目代码", "项目编码"), "code", required=True),
        Column("name", ("项目名称",), required=True),
        Column("amount", ("年度资金总额", "预算金额", "金额"), "money", required=True),
        Column("fiscal", ("年度资金总额/财政拨款", "其中：财政拨款"), "money"),
        Column("level", ("一级指标",), "choice", choices=LEVELS),
        Column("weight", ("权重", "分值"), "integer"),
        Column("rate", ("执行率",), "percent"),
        Column("started", ("开始日期",), "date"),
        Column("major", ("是否重大项目",), "choice", choices=YES_NO),
    ),
    sheet_titles=("目标表",),
)
CODE = "51092324T000010263357"


def book(
    *rows: list[str | float], merged: tuple[Area, ...] = (), name: str = "Sheet1", xls: bool = False
) -> Workbook:
    """A workbook as the reader gives it: numbers are floats here, texts are strings."""
    width = max(map(len, rows))
    full = [[*row, *[""] * (width - len(row))] for row in rows]
    columns = list(zip(*full, strict=True))
    texts = tuple([c if isinstance(c, str) else number_text(c) for c in col] for col in columns)
    kinds = tuple("".join("s" if isinstance(c, str) else "n" for c in col) for col in columns)
    return Workbook("a.xlsx", (Sheet(name, len(rows), texts, kinds, merged, not xls),))


def read(*rows: list[str | float], **more: object) -> ParsedTable:
    return parse_table(book(*rows, **more), LAYOUT)  # type: ignore[arg-type]


def one(header: str, cell: str | float, *, xls: bool = False) -> tuple[object, list[str]]:
    """The value and problem codes of a single cell under `header`."""
    table = read(
        ["项目代码", "项目名称", "金额" if header != "金额" else "其他", header],
        [CODE, "道路", 1.0, cell],
        xls=xls,
    )
    names = {"权重": "weight", "执行率": "rate", "开始日期": "started", "一级指标": "level"}
    names |= {"是否重大项目": "major", "金额": "amount", "其中：财政拨款": "fiscal"}
    return table.columns[names[header]][0], [problem.code for problem in table.problems]


HEADERS = [
    ["项目代码", "项目名称", "年度资金总额"],
    ["*项目代码", "* 项目名称", "年度资金总额（元）"],
    ["项目\n代码", "项 目 名 称", "年度资金\r\n总额"],
    ["项目编码", "项目名称（全称）", "预算金额"],
    ["项目代码：", "项目名称：", "金额："],
    ["项目代码(21位)", "【项目名称】", "金额[元]"],
    ["项目代码", "项目名称★", "金额：元"],
    ["　项目代码　", "项目名称", "金额元"],
    ["项目代码（必填）", "项目名称(必填)", "金额（单位：元）"],
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[0].strip())
def test_header_names_as_units_write_them(header: list[str]) -> None:
    table = read(header, [CODE, "道路养护", 12.5])
    assert table.rows[0].values == {"code": CODE, "name": "道路养护", "amount": Decimal("12.50")}
    assert table.problems == []


def test_title_rows_empty_rows_totals_and_footers_are_no_data() -> None:
    table = read(
        ["附件1"],
        ["岳池县2023年项目绩效目标申报表"] * 3,
        ["填报单位：县交通局", "", "金额单位：万元"],
        ["项目代码", "项目名称", "金额"],
        [CODE, "道路养护", 12.5],
        ["", "　", ""],
        ["51092324T000010263358", "水利维修", "3"],
        ["项目代码", "项目名称", "金额"],
        ["合 计", "", 15.5],
        ["注：本表由业务股室审核", "", ""],
        ["填报人：张三", "联系电话：1", ""],
    )
    assert table.row_numbers == [5, 7]
    assert table.columns["amount"] == [Decimal("125000.00"), Decimal("30000.00")]
    assert [row.reason for row in table.skipped] == ["重复的表头", "合计行", "表尾说明", "表尾说明"]
    assert table.problems == []


def test_rows_that_begin_alike_are_told_apart_by_the_rest() -> None:
    header: list[str | float] = ["项目代码", "项目名称", "金额"]
    table = read(
        header,
        ["", "没有代码", 1.0],
        ["", "", ""],
        ["甲", "一", 1.0],
        ["", "合计", 3.0],
        header,
        ["甲", "二", 2.0],
        ["", "", " "],
    )
    assert table.row_numbers == [2, 4, 7]
    assert [(row.row_number, row.reason) for row in table.skipped] == [
        (5, "合计行"),
        (6, "重复的表头"),
    ]


@pytest.mark.parametrize("name", ["合计处置中心", "总计办公经费", "注册费用", "小计算机采购"])
def test_names_that_only_begin_like_a_total_are_data(name: str) -> None:
    table = read(["项目名称", "项目代码", "金额"], [name, CODE, 1.0])
    assert table.row_numbers == [2]


def test_two_level_merged_header() -> None:
    table = parse_table(
        book(
            ["项目代码", "项目名称", "年度资金总额", "年度资金总额", "年度资金总额", "权重"],
            ["项目代码", "项目名称", "合计", "财政拨款", "其他资金", "权重"],
            [CODE, "道路", "10", "7", "3", 5.0],
            merged=(Area(1, 1, 2, 1), Area(1, 2, 2, 2), Area(1, 3, 1, 5), Area(1, 6, 2, 6)),
        ),
        with_title("amount", "年度资金总额/合计"),
    )
    assert table.columns["amount"] == [Decimal("10.00")]
    assert table.columns["fiscal"] == [Decimal("7.00")]
    assert table.columns["weight"] == [5]
    assert table.letters["fiscal"] == "D"


def with_title(field: str, title: str) -> Layout:
    columns = tuple(
        dataclasses.replace(column, titles=(title, *column.titles))
        if column.field == field
        else column
        for column in LAYOUT.columns
    )
    return dataclasses.replace(LAYOUT, columns=columns)


def test_two_level_header_without_merging() -> None:
    table = read(
        ["项目代码", "项目名称", "资金", ""],
        ["", "", "金额", "其中：财政拨款"],
        [CODE, "道路", 10.0, 7.0],
    )
    assert table.row_numbers == [3]
    assert table.columns["fiscal"] == [Decimal("7.00")]


@pytest.mark.parametrize(
    ("title", "note", "cell", "expected"),
    [
        ("金额（万元）", "", 12.5, "125000.00"),
        ("金额\n(万元)", "", "１２．５", "125000.00"),
        ("金额", "金额单位：万元", 12.5, "125000.00"),
        ("金额", "单位:万元", "1,234.56", "12345600.00"),
        ("金额", "（单位：千元）", 3.0, "3000.00"),
        ("金额", "填报单位：万元村小学", 3.0, "3.00"),
        ("金额（元）", "金额单位：万元", 3.0, "3.00"),
        ("金额（万元）", "", "3,000元", "3000.00"),
        ("金额", "", "12万元", "120000.00"),
        ("金额", "", "1.2亿", "120000000.00"),
        ("金额", "", "￥1 200.50元整", "1200.50"),
        ("金额", "", "(1,200.00)", "-1200.00"),
        ("金额", "", "－３", "-3.00"),
        ("金额（万元）", "", 0.1 + 0.2, "3000.00"),
    ],
)
def test_units_of_money(title: str, note: str, cell: str | float, expected: str) -> None:
    table = read([note or "表"], ["项目代码", "项目名称", title], [CODE, "道路", cell])
    assert table.columns["amount"] == [Decimal(expected)]
    assert table.problems == []


@pytest.mark.parametrize(
    ("header", "cell", "expected", "codes"),
    [
        ("金额", "约12", None, ["not_money"]),
        ("金额", "12万3千", None, ["not_money"]),
        ("金额", "1e5", None, ["not_money"]),
        ("金额", "NaN", None, ["not_money"]),
        ("金额", "9" * 20, None, ["not_money"]),
        ("金额", "1.005", Decimal("1.01"), ["money_rounded"]),
        ("金额", "", None, ["missing"]),
        ("金额", "——", None, ["missing"]),
        ("其中：财政拨款", "/", None, []),
        ("权重", "１０", 10, []),
        ("权重", 10.0, 10, []),
        ("权重", 10.5, None, ["not_integer"]),
        ("权重", "十", None, ["not_integer"]),
        ("执行率", "98%", Decimal(98), []),
        ("执行率", "98％", Decimal(98), []),
        ("执行率", "98.5", Decimal("98.5"), []),
        ("执行率", 0.98, Decimal("0.98"), ["percent_scale"]),
        ("执行率", 1.0, Decimal(1), []),
        ("执行率", "100 %", Decimal(100), []),
        ("执行率", "全部", None, ["not_percent"]),
        ("开始日期", "2023年3月1日", date(2023, 3, 1), []),
        ("开始日期", "2023-03-01", date(2023, 3, 1), []),
        ("开始日期", "2023/3/1 08:30", date(2023, 3, 1), []),
        ("开始日期", "2023.3.1", date(2023, 3, 1), []),
        ("开始日期", "２０２３－０３－０１", date(2023, 3, 1), []),
        ("开始日期", "20230301", date(2023, 3, 1), []),
        ("开始日期", 20230301.0, date(2023, 3, 1), []),
        ("开始日期", 44986.0, date(2023, 3, 1), []),
        ("开始日期", "2023年2月30日", None, ["no_such_day"]),
        ("开始日期", "2023年3月", None, ["not_a_date"]),
        ("一级指标", "产出 指标", "output", []),
        ("一级指标", "产出", None, ["unknown_choice"]),
        ("是否重大项目", "是", True, []),
        ("是否重大项目", "×", False, []),
        ("是否重大项目", "", None, []),
    ],
)
def test_values(header: str, cell: str | float, expected: object, codes: list[str]) -> None:
    value, found = one(header, cell)
    assert found == codes
    assert value == expected
    assert type(value) is type(expected)


def test_old_formats_cannot_tell_one_from_a_hundred_percent() -> None:
    assert one("执行率", 1.0, xls=True) == (Decimal(1), ["percent_scale"])


def test_a_long_code_kept_as_a_number_has_lost_its_end() -> None:
    table = read(["项目代码", "项目名称", "金额"], [123456789012345680.0, "道路", 1.0])
    assert [(p.code, p.row, p.column) for p in table.problems] == [("code_as_number", 2, "A")]


def test_all_problems_are_collected_in_reading_order() -> None:
    table = read(
        ["项目代码", "项目名称", "金额", "权重"],
        ["", "道路", "x", "y"],
        [CODE, "", 1.0, "z"],
    )
    places = [(problem.row, problem.column, problem.code) for problem in table.problems]
    assert places == [
        (2, "A", "missing"),
        (2, "C", "not_money"),
        (2, "D", "not_integer"),
        (3, "B", "missing"),
        (3, "D", "not_integer"),
    ]
    assert len(table.rows) == 2
    problem = table.problems[0].as_field_problem()
    assert (problem.path, problem.row, problem.column) == ("rows.2.code", 2, "A")


def test_faults_and_uncalculated_formulas_are_not_empty_cells() -> None:
    workbook = book(["项目代码", "项目名称", "金额"], [CODE, "道路", ""], ["", "", ""])
    sheet = workbook.sheets[0]
    kinds = (*sheet.kinds[:2], "sef")
    changed = Workbook("a.xlsx", (dataclasses.replace(sheet, kinds=kinds),))
    table = parse_table(changed, LAYOUT)
    assert {(p.row, p.code) for p in table.problems if p.column == "C"} == {
        (2, "cell_fault"),
        (3, "not_calculated"),
    }


def test_a_wrong_sheet_is_one_clear_message() -> None:
    with pytest.raises(HeadersNotFoundError) as caught:
        read(["姓名", "电话", "项目名称"], ["张三", "1", "x"])
    assert "项目代码、年度资金总额" in caught.value.message
    assert "姓名、电话、项目名称" in caught.value.message
    assert len(caught.value.problems) == 1


def test_the_sheet_with_the_headers_is_found_among_others() -> None:
    guide = book(["说明", "请填写"], name="填写说明").sheets[0]
    data = book(["项目代码", "项目名称", "金额"], [CODE, "道路", 1.0], name="第二页").sheets[0]
    hinted = dataclasses.replace(data, name="目标表")
    assert parse_table(Workbook("a", (guide, data)), LAYOUT).sheet == "第二页"
    assert parse_table(Workbook("a", (guide, data, hinted)), LAYOUT).sheet == "目标表"


def test_a_column_that_stands_twice_is_a_problem() -> None:
    table = read(["项目代码", "项目名称", "金额", "金额"], [CODE, "道路", 1.0, 2.0])
    assert [problem.code for problem in table.problems] == ["header_doubled"]


def test_a_wide_merged_column_is_one_column() -> None:
    table = parse_table(
        book(
            ["项目代码", "项目名称", "项目名称", "金额"],
            [CODE, "道路", "道路", 1.0],
            merged=(Area(1, 2, 1, 3), Area(2, 2, 2, 3)),
        ),
        LAYOUT,
    )
    assert table.problems == []


@pytest.mark.parametrize(
    ("value", "reference", "suspected"),
    [
        ("120000", "12", True),
        ("12", "120000", True),
        ("125000", "12", True),
        ("150000", "12", False),
        ("13", "12", False),
        ("0", "12", False),
        ("12", "0", False),
    ],
)
def test_suspected_confusion_of_yuan_and_wan(
    value: str, reference: str, *, suspected: bool
) -> None:
    assert (suspect_unit(Decimal(value), Decimal(reference)) is not None) is suspected


@given(st.integers(min_value=1, max_value=16_384))
def test_column_letters_and_numbers_are_inverse(number: int) -> None:
    assert column_number(column_letter(number)) == number


@given(
    amount=st.decimals(min_value=-(10**13), max_value=10**13, places=2),
    unit=st.sampled_from([("元", 1), ("万元", 10_000)]),
    suffixed=st.booleans(),
)
def test_printed_amounts_read_back_exactly(
    amount: Decimal, unit: tuple[str, int], *, suffixed: bool
) -> None:
    name, factor = unit
    shown = f"{amount / factor:,}" + (name if suffixed else "")
    header = "金额" if suffixed else f"金额（{name}）"
    table = read(["项目代码", "项目名称", header], [CODE, "道路", shown])
    assert table.columns["amount"] == [amount]
    assert table.problems == []


@given(st.lists(st.text(max_size=12), min_size=3, max_size=9))
def test_no_text_makes_the_table_raise(cells: list[str]) -> None:
    header = [column.title.replace("/", "") for column in LAYOUT.columns]
    table = read(list(header), [*cells])
    assert len(table.row_numbers) + len(table.skipped) <= 1
