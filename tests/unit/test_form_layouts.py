"""Layouts as provinces print them, generated forms, and files that are no form."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from docx import Document
from fixtures.form_printing import as_grid, as_xlsx, planned
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.eval_svc.domain.form_layout.grid import Grid
from services.eval_svc.domain.form_layout.reading import NO_FORM, TARGET_FORM, read_forms
from services.eval_svc.usecases.form_files import forms_of
from shared.errors import InvalidInputError
from shared.sheets.printed import printed

Merge = tuple[int, int, int, int]


def grid_of(rows: Sequence[Sequence[str]], merged: Sequence[Merge] = ()) -> Grid:
    width = max(map(len, rows))
    texts = [[*row, *[""] * (width - len(row))] for row in rows]
    anchors = {}
    for top, left, bottom, right in merged:
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                texts[row][column] = texts[top][left]
                if (row, column) != (top, left):
                    anchors[row, column] = (top, left)
    return Grid("表", tuple(map(tuple, texts)), anchors)


def read_one(rows: Sequence[Sequence[str]], merged: Sequence[Merge] = ()) -> dict[str, Any]:
    (form,) = read_forms(grid_of(rows, merged))
    assert form.problems == ()
    return form.document


def test_sichuan_form_with_operator_value_and_unit_apart() -> None:
    head = ["预算执行情况（10分）", "年度预算数（万元）", "", "年初预算", "调整后预算数"]
    head += ["预算执行数", "预算执行率", "权重", "得分", "原因"]
    levels = ["绩效指标（90分）", "一级指标", "二级指标", "三级指标", "指标性质", "指标值"]
    levels += ["度量单位", "完成值", "权重", "得分", "未完成原因分析"]
    rule = "预算执行率=预算执行数/调整后预算数，未达到90%的需说明原因"
    rows = [
        ["部门预算项目支出绩效自评表（2023年度）"],
        ["项目名称", "安可替代补助资金项目"],
        head,
        ["", "总额", "", "0.00", "3.36", "3.36", "100.00%", "10", "10", rule],
        ["", "其中：财政资金", "", "0.00", "3.36", "3.36", "100.00%", "/", "/", ""],
        levels,
        ["", "产出指标", "质量指标", "支付率", "＝", "100", "%", "100", "60", "60", ""],
        ["", "", "时效指标", "完成时间", "定性", "年底前", "", "年底前", "30", "30", ""],
        ["合计", "", "", "", "", "", "", "", "100", "100", ""],
        ["评价结论", "按规定支付"],
    ]
    read = read_one(rows, [(2, 0, 4, 0), (2, 1, 2, 2), (5, 0, 7, 0), (6, 1, 7, 1), (8, 0, 8, 7)])
    assert read["funds"][0] == {
        "row": "total",
        "budget_initial": "0.00",
        "budget_adjusted": "3.36",
        "executed": "3.36",
        "weight": "10",
        "rate": "100.00%",
        "score": "10",
    }
    assert (read["funds"][1]["weight"], read["funds"][1]["score"]) == (None, None)
    assert [row["target"] for row in read["indicators"]] == ["＝100%", "年底前"]
    assert (read["total_weight"], read["total_score"]) == ("100", "100")
    assert (read["fiscal_year"], read["amount_unit"]) == (2023, "万元")


def test_hubei_form_prints_points_in_headings_and_the_rules_in_a_note() -> None:
    funds, levels = "预算执行情况（万元）（20分）", ["一级指标", "二级指标", "三级指标"]
    rows = [
        ["2020年度长江禁捕项目自评表"],
        ["单位名称：农业科", "", "", "填报日期：2021年3月"],
        [funds, "", "预算数（A）", "执行数（B）", "执行率（B/A）", "得分（20分*执行率）"],
        ["", "年度财政资金总额", "1.56", "1.56", "100%", "20"],
        ["目标1（80分）", *levels, "年初目标值（A）", "实际完成值（B）", "得分"],
        ["", "产出指标（40分）", "数量指标", "渔船数", "6", "6", "20"],
        ["", "", "", "发放率", "100%", "100%", ""],
        ["", "效益指标（40分）", "满意度", "满意度", "≥90%", "90%", "40"],
        ["总分", "", "", "", "", "", "100"],
        ["备注：正向指标（得分=权重*B/A），反向指标（得分=权重*A/B），不得突破权重总额。"],
    ]  # fmt: skip
    merged = [(2, 0, 3, 0), (4, 0, 7, 0), (5, 1, 6, 1), (5, 2, 6, 2), (5, 6, 6, 6), (8, 0, 8, 5)]
    read = read_one(rows, merged)
    assert read["funds"][0]["weight"] == "20"
    assert read["sections"] == [
        {"level1": "产出指标", "weight": "40", "score": None},
        {"level1": "效益指标", "weight": "40", "score": None},
    ]
    shared = [(row["level2"], row["score"]) for row in read["indicators"][:2]]
    assert shared == [("数量指标", "20"), ("数量指标", None)]
    assert (read["execution_rule"], read["indicator_rule"]) == ("proportional", "proportional")
    assert (read["unit_name"], read["fiscal_year"]) == ("农业科", 2020)


def test_pairs_of_label_and_figure_are_a_funds_table() -> None:
    rows = [
        ["2021年度区域绩效目标自评表"],
        ["预算执行情况（20分）", "预算数：", "2.38", "执行数：", "2.38", "得分：", "20"],
        ["", "其中：财政拨款", "2.38", "其中：财政拨款", "2.38"],
        ["绩效指标", "一级指标", "二级指标", "三级指标", "预期指标值", "实际完成指标值", "得分"],
        ["", "产出指标", "质量指标", "培训", "已完成", "已完成", "5"],
        ["总得分", "", "", "", "", "", "100"],
    ]
    read = read_one(rows, [(1, 0, 2, 0)])
    assert [(row["row"], row["budget_adjusted"], row["executed"]) for row in read["funds"]] == [
        ("total", "2.38", "2.38"),
        ("其中：财政拨款", "2.38", "2.38"),
    ]
    assert (read["funds"][0]["weight"], read["funds"][0]["score"]) == ("20", "20")
    assert read["form"] == "transfer_self_evaluation"


def test_subtotals_ticks_repeated_headings_and_blank_levels() -> None:
    head = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"]
    rows = [
        ["部门整体支出绩效自评表"],
        head,
        ["产出指标", "数量指标", "场次", "10场", "9场", "50", "45"],
        ["", "", "小计", "", "", "50", "45"],
        head,
        ["效益指标", "社会效益", "其中：知晓率", "90%", "95%", "", ""],
        ["", "", "", "", "", "", ""],
        ["", "", "……", "", "", "", ""],
        ["总分", "", "", "", "", "50", "45"],
        ["自评等级", "优□ 良☑ 中□ 差□"],
    ]
    (form,) = read_forms(grid_of(rows))
    read = form.document
    assert [row["level3"] for row in read["indicators"]] == ["场次", "其中：知晓率"]  # type: ignore[attr-defined]
    assert read["sections"] == [{"level1": "产出指标", "weight": "50", "score": "45"}]
    assert read["indicators"][1]["weight"] is None  # type: ignore[index]
    assert (read["grade"], read["form"]) == ("良", "department_self_evaluation")
    assert form.places["indicators[1].target"] == "表!D6"


def test_income_and_expenditure_of_a_department_are_no_source_rows() -> None:
    rows = [
        ["部门整体支出绩效自评表（2021年度）"],
        ["申请（万元）", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
        ["", "年度资金总额", "4753.66万元", "4753.66万元", "3824.26万元", "10", "100%", "10"],
        ["", "按收入性质分：", "按支出性质分：", "", "", "", "", ""],
        ["", "其中：一般公共预算：1873.66万元", "其中：基本支出：1768.16万元", "", "", "", "", ""],
        ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"],
        ["产出指标", "数量指标", "造林面积", "1.2万亩", "1.2万亩", "10", "10"],
    ]  # fmt: skip
    read = read_one(rows, [(1, 0, 4, 0), (3, 2, 3, 7), (4, 2, 4, 7)])
    assert [row["row"] for row in read["funds"]] == ["total"]
    assert len(read["indicators"]) == 1


def test_line_without_a_name_is_told_by_its_cell() -> None:
    rows = [
        ["绩效自评表"],
        ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "得分"],
        ["产出指标", "数量指标", "", "10场", "9场", "45"],
    ]
    (form,) = read_forms(grid_of(rows))
    assert [problem.place for problem in form.problems] == ["表!C3", "表!A1"]


# Generated forms

NAME = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=8)
NUMBER = st.decimals(0, 10**9, places=2).map(str) | st.integers(0, 10**6).map(str)
FIGURE = st.none() | st.just("") | NUMBER | st.integers(0, 10**9).map("{:,}".format)
RATE = FIGURE | st.decimals(0, 200, places=2).map("{}%".format)
VALUE = st.just("") | NAME | NUMBER.map("≥{}个".format) | NUMBER.map("={}%".format)
MONEY = {
    **dict.fromkeys(("budget_initial", "budget_adjusted", "weight", "score"), FIGURE),
    "rate": RATE,
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = ["total", *draw(st.lists(NAME.map("其中：{}".format), max_size=3))]
    funds: list[Any] = [
        {"row": name, "executed": draw(NUMBER), **draw(st.fixed_dictionaries(MONEY))}
        for name in names
    ]
    funds[0]["budget_adjusted"] = draw(NUMBER)
    has_reasons = draw(st.booleans())
    line = {
        "level1": st.sampled_from(["成本指标", "产出指标", "效益指标", "满意度指标"]),
        "level2": NAME,
        "level3": NAME,
        "target": VALUE,
        "actual": VALUE,
        "weight": FIGURE,
        "score": FIGURE,
        "reason": (st.just("") | NAME) if has_reasons else st.none(),
    }
    rows = draw(st.lists(st.fixed_dictionaries(line), min_size=1, max_size=6))
    levels = list(dict.fromkeys(row["level1"] for row in rows))
    with_points = draw(st.sets(st.sampled_from(levels)))
    kind = draw(st.sampled_from(["project_self_evaluation", "department_self_evaluation"]))
    return {
        "form": kind,
        "partial": False,
        "unit_name": draw(st.none() | NAME),
        "project_name": draw(st.none() | NAME) if kind.startswith("project") else None,
        "fiscal_year": draw(st.none() | st.integers(2015, 2030)),
        "amount_unit": draw(st.sampled_from(["元", "万元"])),
        "scheme": None,
        "execution_rule": draw(st.sampled_from(["unknown", "proportional"]))
        if any(row["score"] is not None for row in funds)
        else "unknown",
        "indicator_rule": draw(st.sampled_from(["unknown", "proportional"])),
        "funds": funds,
        "sections": [
            {"level1": level, "weight": str(draw(st.integers(1, 90))), "score": None}
            for level in levels
            if level in with_points
        ],
        "indicators": rows,
        "total_weight": draw(st.none() | NUMBER),
        "total_score": draw(st.none() | st.just("") | NUMBER),
        "grade": draw(st.sampled_from([None, "优", "良", "中", "差"])),
    }


@given(documents())
@settings(max_examples=150, phases=[Phase.generate])
def test_any_form_is_read_as_it_was_printed(document: dict[str, Any]) -> None:
    (read,) = read_forms(as_grid(planned(document)))
    assert read.document == document


@given(documents())
@settings(max_examples=5, phases=[Phase.generate])
def test_any_form_written_with_number_formats_is_read_as_it_shows(
    document: dict[str, Any],
) -> None:
    (read,) = forms_of(as_xlsx(planned(document), typed=True), "form.xlsx")
    assert read.document == document


# What a cell shows


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.8619, "0.00%", "86.19%"),
        (0.86185, "0.00%", "86.19%"),
        (3144, "0.00", "3144.00"),
        (215457.6, "#,##0.00", "215,457.60"),
        (0.861904761904762, "General", "0.861904762"),
        (0.1 + 0.2, "General", "0.3"),
        (-5, "0.00;[Red]-0.00", "-5.00"),
        (-5, "#,##0.00_);(#,##0.00)", "(5.00)"),
        (12, '0"个"', "12个"),
        (8.6, "0.0#", "8.6"),
        (20, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "20.00"),
        (0.5, ".00", ".50"),
        ("达标", "@", "达标"),
        (None, "0.00", ""),
    ],
)
def test_cell_is_read_through_its_number_format(value: Any, code: str, shown: str) -> None:
    assert printed(value, code) == shown


# Files that are no form


def sheet_of(*rows: Sequence[str], formula: str = "") -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if formula:
            sheet.write_formula(len(rows) - 1, 6, formula, None, "")
    return out.getvalue()


HEAD = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")


def told(content: bytes, name: str = "form.xlsx") -> str:
    with pytest.raises(InvalidInputError) as caught:
        forms_of(content, name)
    return caught.value.problems[0].message


def test_wrong_sheets_are_told_apart() -> None:
    assert told(sheet_of(("姓名", "电话"), ("甲", "1"))) == NO_FORM
    assert told(sheet_of(HEAD[:4], ("产出", "数量", "场次", "10"))) == TARGET_FORM
    assert "没有任何内容" in told(b"")
    assert "没有任何内容" in told(sheet_of())
    assert "JSON" in told(b"[1, 2")
    assert "JSON" in told(b'{"form": ')


def test_hostile_files_are_refused_in_one_sentence() -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    assert "压缩比异常" in told(bomb.getvalue())
    macros = BytesIO(as_xlsx())
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert "宏" in told(macros.getvalue())
    entity = BytesIO()
    with zipfile.ZipFile(entity, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "XML 声明" in told(entity.getvalue(), "form.docx")
    assert told(b"%PDF-1.7 something", "form.pdf").startswith("只接收")
    assert told(b"MZ program", "form.xlsx").startswith("文件是程序")


def test_formula_without_result_is_told_by_its_cell_and_not_taken_for_a_blank() -> None:
    content = sheet_of(HEAD, ("产出", "数量", "场次", "10", "9", "50", ""), formula="=F2*0.9")
    (form,) = forms_of(content, "form.xlsx")
    assert form.document["indicators"][0]["score"] is None  # type: ignore[index]
    assert ("表!G2", "公式没有计算结果") in [
        (each.place, each.message.partition("；")[0]) for each in form.problems
    ]


def test_several_forms_of_one_file_are_told_apart() -> None:
    document = {
        "form": "project_self_evaluation", "project_name": "甲", "unit_name": None,
        "fiscal_year": 2022, "amount_unit": "万元", "execution_rule": "unknown",
        "indicator_rule": "unknown", "sections": [], "total_weight": None, "total_score": None,
        "grade": None, "funds": [],
        "indicators": [dict(zip(
            ("level1", "level2", "level3", "target", "actual", "weight", "score", "reason"),
            ("产出指标", "数量指标", "场次", "1", "1", "5", "5", None), strict=True,
        ))],
    }  # fmt: skip
    plans = [planned(document | {"project_name": name}) for name in ("甲", "乙")]
    assert [form.title for form in forms_of(as_xlsx(*plans), "two.xlsx")] == ["甲", "乙"]
    first, second = map(as_grid, plans)
    moved = {
        (row + first.height, column): (home[0] + first.height, home[1])
        for (row, column), home in second.anchors.items()
    }
    stacked = Grid("表", first.texts + second.texts, {**first.anchors, **moved})
    assert [form.title for form in read_forms(stacked)] == ["甲", "乙"]
    empty = BytesIO()
    Document().save(empty)
    assert told(empty.getvalue(), "empty.docx") == NO_FORM
