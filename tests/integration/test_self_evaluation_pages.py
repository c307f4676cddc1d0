"""The form, the WPS round trip, the review page, the progress table, as people use them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from eval_county import PDF, YEAR, EvalCounty, address, open_county, received, review
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL, Person
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine

from shared.testing.queries import count_queries


@pytest.fixture
def county(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> EvalCounty:
    county = open_county(new_database(postgres_url), tmp_path)
    county.open()
    return county


def typed(form: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a filled form as the page posts it, everything reached."""
    budget = str(float(form["known_budget"]) / 10000)
    lines: dict[str, Any] = {
        "version": str(form["version"]),
        "funds.0.position": "0",
        "funds.0.initial": budget,
        "funds.0.budget": budget,
        "funds.0.executed": budget,
        "executed_note": "四季度集中支付。",
        "result": "全部完成。",
        "conclusion": "完成年度目标。",
        "problems": "无",
        "measures": "无",
        "project_owner": "赵主任",
        "finance_person": "钱会计",
    }
    for place, actual in enumerate(("20", "24000", "已建立", "95")):
        lines[f"indicators.{place}.position"] = str(place)
        lines[f"indicators.{place}.actual"] = actual
    lines |= {"indicators.2.band": "reached", "indicators.2.chosen": "30"}
    return lines | more


def brought(who: Person, kind: str) -> str:
    """Let `who` upload a file from the page; return its digest."""
    answer = who.post("/files", **{kind: (BytesIO(PDF), "材料<1>.pdf")})
    assert answer.status_code == 201
    shown = answer.get_data(as_text=True)
    assert f'name="{kind}"' in shown
    assert "材料&lt;1&gt;.pdf" in shown
    return shown.split('value="')[1].split('"')[0]


def test_the_form_is_prefilled_with_target_treasury_and_reason(county: EvalCounty) -> None:
    page = county.operator(SCHOOL).get(address(county.form("教学楼改造"))).get_data(as_text=True)
    assert "≥20间" in page
    assert 'name="funds.0.budget" value="50"' in page
    assert 'name="funds.0.executed" value="35"' in page
    assert "监控时国库数（截至2023年9月30日）35.00 万元" in page
    assert "达到起点金额" in page
    assert 'name="indicators.0.score"' not in page


def test_a_draft_is_kept_with_its_files_and_handed_in(county: EvalCounty) -> None:
    police, form = county.operator(POLICE), county.form("巡逻车购置")
    files = {"scan": brought(police, "scan"), "report": brought(police, "report")}
    saved = police.post(f"{address(form)}/fill", typed(form, **files, act="draft"))
    assert saved.status_code == 303, saved.get_data(as_text=True)
    form = county.form("巡逻车购置")
    assert (form["state"], form["total"], form["grade"]) == ("draft", "100.00", "excellent")
    assert {each["kind"] for each in form["files"]} == {"scan", "report"}
    page = police.get(address(form)).get_data(as_text=True)
    assert "自评报告：材料&lt;1&gt;.pdf" in page
    signed = {"commitment": "true", "signer_name": "李局长", "act": "submit"}
    sent = police.post(f"{address(form)}/fill", typed(form, **files, **signed))
    assert sent.status_code == 303, sent.get_data(as_text=True)
    form = county.form("巡逻车购置")
    assert form["state"] == "fin_office_review"
    office = county.office("politics_law")
    shown = office.get(address(form)).get_data(as_text=True)
    assert "业务股室通过" in shown
    assert form["print_code"] in office.get(f"{address(form)}/print").get_data(as_text=True)
    file = shown.split(f"{address(form)}/files/")[1].split('"')[0]
    assert office.get(f"{address(form)}/files/{file}").data == PDF


def test_a_refused_submission_shows_messages_beside_fields_and_keeps_the_draft(
    county: EvalCounty,
) -> None:
    police, form = county.operator(POLICE), county.form("巡逻车购置")
    lines = typed(form, act="submit", conclusion="", **{"indicators.0.actual": "十九"})
    page = police.post(f"{address(form)}/fill", lines)
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'id="field-indicators-0-actual-error"' in text
    assert 'value="十九"' in text
    assert "请填写评价结论。" in text
    assert "请上传自评报告。" in text
    kept = county.form("巡逻车购置")
    assert (kept["result"], kept["version"]) == ("全部完成。", form["version"] + 1)
    assert f'name="version" value="{kept["version"]}"' in text


def test_scores_are_shown_while_typing_and_nothing_is_kept(county: EvalCounty) -> None:
    police, form = county.operator(POLICE), county.form("巡逻车购置")
    lines = typed(form, **{"indicators.0.actual": "10"})
    text = police.post(f"{address(form)}/scores", lines).get_data(as_text=True)
    assert "30 × 10 ÷ 20 = 15分" in text
    assert "85 分" in text
    assert county.form("巡逻车购置")["version"] == form["version"]


def edited(who: Person, form: dict[str, Any], change: Callable[[Any], None]) -> bytes:
    """Return the downloaded sheet after somebody worked on it in WPS."""
    content = who.get(f"{address(form)}/sheet.xlsx").data
    book = load_workbook(BytesIO(content))
    change(book.active)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def place_of(sheet: Any, words: str) -> int:
    return next(
        row for row in range(1, 60) if any(str(cell.value or "") == words for cell in sheet[row])
    )


def fill_sheet(sheet: Any) -> None:
    """Fill the sheet rightly: 万元, all values."""
    first = place_of(sheet, "三级指标") + 1
    for at, actual in enumerate(("20间", "24000", "已建立", "95%")):
        sheet.cell(first + at, 8, actual)
    sheet.cell(first + 2, 9, "达成年度指标")
    sheet.cell(first + 2, 10, 30)
    fund = place_of(sheet, "本年财政拨款")
    sheet.cell(fund, 4, "30")
    sheet.cell(place_of(sheet, "年度资金总额"), 4, "30")
    sheet.cell(place_of(sheet, "实际完成情况"), 2, "全部完成。")
    sheet.cell(place_of(sheet, "执行数说明"), 2, "年底支付。")


def send(who: Person, form: dict[str, Any], content: bytes, name: str = "自评.xlsx") -> Any:
    body = {"version": str(form["version"]), "conclusion": "已写好的结论"}
    return who.post(f"{address(form)}/sheet", body, sheet=(BytesIO(content), name))


def test_a_sheet_filled_rightly_goes_into_the_form_unsaved(county: EvalCounty) -> None:
    police, form = county.operator(POLICE), county.form("巡逻车购置")
    answer = send(police, form, edited(police, form, fill_sheet))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text[text.find("wx-errors") :][:1500]
    assert "表格已读入，尚未保存" in text
    assert 'name="funds.0.executed" value="30"' in text
    assert 'name="indicators.0.actual" value="20"' in text
    assert "已写好的结论" in text
    assert county.form("巡逻车购置")["version"] == form["version"]


def test_a_faulty_sheet_comes_back_red_and_nothing_typed_is_lost(county: EvalCounty) -> None:
    police, form = county.operator(POLICE), county.form("巡逻车购置")

    def spoil(sheet: Any) -> None:
        fill_sheet(sheet)
        first = place_of(sheet, "三级指标") + 1
        sheet.cell(first, 7, 28)  # points: 98 with execution
        sheet.cell(first + 1, 8, "2.4")  # 万元 where the indicator says 元
        sheet.cell(first + 3, 8).value = None
        sheet.cell(place_of(sheet, "本年财政拨款"), 4, "300000")  # 元 in a column of 万元
        sheet.cell(first + 4, 3, "自己加的指标")
        sheet.cell(first + 4, 1).value = None

    answer = send(police, form, edited(police, form, spoil))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in (
        "相差约一万倍",
        "不在批复的绩效目标中",
        "请填写实际完成值",
        "分值应为30",
        "共98分，应为100分",
    ):
        assert words in text, words
    assert 'name="funds.0.executed" value="300000"' in text
    assert 'name="indicators.2.chosen" value="30"' in text
    assert "已写好的结论" in text
    digest = text.split('name="sheet_digest" value="')[1].split('"')[0]
    back = police.post(f"{address(form)}/sheet/marked", {"sheet_digest": digest})
    assert back.status_code == 200
    book = load_workbook(BytesIO(back.data))
    sheet = book.worksheets[0]
    first = place_of(sheet, "三级指标") + 1
    red = sheet.cell(first, 7)
    assert red.comment is not None
    assert "分值应为30" in red.comment.text
    assert red.fill.fgColor.rgb == sheet.cell(first + 3, 8).fill.fgColor.rgb
    assert sheet.cell(place_of(sheet, "本年财政拨款"), 4).comment is not None
    assert sheet.cell(first, 8).value == "20间"
    assert "问题清单" in book.sheetnames
    other = county.operator(POLICE)
    assert other.post(f"{address(form)}/sheet/marked", {"sheet_digest": digest}).status_code == 404


def test_a_sheet_of_another_form_or_no_sheet_is_told(county: EvalCounty) -> None:
    police = county.operator(POLICE)
    form, other = county.form("巡逻车购置"), county.form("办公设备采购")
    answer = send(police, form, edited(police, other, fill_sheet))
    assert "这是另一张自评表" in answer.get_data(as_text=True)
    book, out = Workbook(), BytesIO()
    book.active["A1"] = "随便"
    book.save(out)
    assert send(police, form, out.getvalue()).status_code == 422
    assert send(police, form, b"").status_code == 422
    assert send(police, form, b"PK\x03\x04junk").status_code == 422


def test_a_department_enters_its_own_indicators(county: EvalCounty) -> None:
    police, form = county.operator(POLICE), county.form("县公安局部门整体支出")
    page = police.get(address(form)).get_data(as_text=True)
    assert "没有批复的绩效目标" in page
    lines = {
        "version": str(form["version"]),
        "funds.0.budget": "100",
        "funds.0.executed": "90",
        "overview": "编制50人。",
        "tasks.0.name": "治安巡逻",
        "tasks.0.done": "完成",
        "indicators.0.level1": "output",
        "indicators.0.level2": "quantity",
        "indicators.0.name": "巡逻次数",
        "indicators.0.operator": "ge",
        "indicators.0.target_value": "100",
        "indicators.0.points": "88",
        "indicators.0.actual": "100",
        "act": "submit",
    }
    refused = police.post(f"{address(form)}/fill", lines)
    assert refused.status_code == 422
    assert "共98分，应为100分" in refused.get_data(as_text=True)
    kept = county.form("县公安局部门整体支出")
    assert [row["name"] for row in kept["indicators"]] == ["巡逻次数"]
    assert kept["tasks"] == [{"name": "治安巡逻", "done": "完成"}]
    lines |= {"version": str(kept["version"]), "indicators.0.name": "", "act": "draft"}
    for name in [each for each in lines if each.startswith("indicators.")]:
        del lines[name]
    assert police.post(f"{address(kept)}/fill", lines).status_code == 303
    assert county.form("县公安局部门整体支出")["indicators"] == []


def test_review_publication_and_referral_from_the_page(county: EvalCounty) -> None:
    police, office = county.operator(POLICE), county.office("politics_law")
    form = received(office, county.submitted(police, "巡逻车购置"))
    page = office.post(
        f"{address(form)}/review",
        {"version": "1", "act": "return_office", "opinion": "请补充三项佐证"},
    )
    assert page.status_code == 422
    assert "请补充三项佐证" in page.get_data(as_text=True)
    passed = {"version": str(form["version"]), "act": "approve_office"}
    assert office.post(f"{address(form)}/review", passed).status_code == 303
    form = county.form("巡逻车购置")
    problem = {
        "version": str(form["version"]),
        "title": "完成值缺佐证",
        "category": "performance",
        "description": "验收单不全。",
        "basis": "财预〔2020〕10号",
        "amount": "1.5",
    }
    missing = office.post(f"{address(form)}/referral", problem | {"title": ""})
    assert missing.status_code == 422
    assert "请填写问题标题。" in missing.get_data(as_text=True)
    assert office.post(f"{address(form)}/referral", problem).status_code == 303
    form = county.form("巡逻车购置")
    assert form["referred"][0]["amount"] == "15000.00"
    where = {"version": str(form["version"]), "url": "专栏", "published_on": "2024-05-06"}
    refused = police.post(f"{address(form)}/publication", where)
    assert refused.status_code == 422
    assert "完整网址" in refused.get_data(as_text=True)
    where["url"] = "https://www.example.gov.cn/1.html"
    assert police.post(f"{address(form)}/publication", where).status_code == 303
    assert county.form("巡逻车购置")["state"] == "published"


def test_campaign_page_explains_and_opens(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> None:
    county = open_county(new_database(postgres_url), tmp_path)
    perf = county.person("fin_perf")
    page = perf.get(f"/campaign?year={YEAR}").get_data(as_text=True)
    assert "政府采购项目不论金额" in page
    assert "生成5份自评任务？" in page
    assert "课桌椅更新" not in page
    opened = perf.post("/campaign", {"year": str(YEAR)})
    assert opened.status_code == 303
    assert "已全部生成" in perf.get(f"/campaign?year={YEAR}").get_data(as_text=True)
    early = perf.post("/campaign", {"year": "2024"})
    assert early.status_code == 422
    assert "尚未结束" in early.get_data(as_text=True)


def test_the_counter_notices_an_old_version(county: EvalCounty) -> None:
    school, department, office = (
        county.operator(SCHOOL),
        county.operator(DEPARTMENT),
        county.office(),
    )
    form = county.submitted(school, "教学楼改造")
    first = form["print_code"]
    form = review(department, form, "return_dept", opinion="请补充。")
    assert "不能收件" in office.get(f"/paper?code={first}").get_data(as_text=True)
    form = county.submitted(school, "教学楼改造")
    counter = office.get(f"/paper?code={first}").get_data(as_text=True)
    assert "旧版，不能收件。" in counter
    assert form["print_code"] in counter
    body = {"version": str(form["version"]), "code": first, "received_on": "2024-05-06"}
    refused = office.post(f"{address(form)}/paper", body)
    assert "请退回单位换成最新版" in refused.get_data(as_text=True)
    body |= {"code": f" {form['print_code'].lower()} ", "from": "counter"}
    assert office.post(f"{address(form)}/paper", body).status_code == 303


def test_progress_extension_and_reminder(county: EvalCounty) -> None:
    county.submitted(county.operator(POLICE), "巡逻车购置")
    perf = county.person("fin_perf")
    page = perf.get(f"/progress?year={YEAR}").get_data(as_text=True)
    assert "1 / 3" in page  # 公安局: overall and two projects
    assert "还有2个单位、4份2023年度单位自评材料尚未报送" in page
    only = perf.get(f"/progress?year={YEAR}&kind=dept_overall").get_data(as_text=True)
    assert "0 / 1" in only
    ids = str(county.units[DEPARTMENT])
    chosen = perf.post(f"/progress/extension?year={YEAR}", {"ids": ids}).get_data(as_text=True)
    assert "县教育局" in chosen
    body = {
        "year": str(YEAR),
        "units": ids,
        "due_on": "2024-05-20",
        "document_number": "岳财绩〔2024〕5号",
        "reason": "集中培训",
    }
    assert perf.post("/progress/extend", body).status_code == 303
    assert county.form("教学楼改造")["due_on"] == "2024-05-20"
    assert county.form("教学楼改造")["first_due_on"] == "2024-05-10"
    assert county.form("办公设备采购")["due_on"] == "2024-05-10"
    shown = perf.get(f"/progress?year={YEAR}").get_data(as_text=True)
    assert "2024年5月20日" in shown
    assert "2024年5月10日" in shown
    call = {"year": str(YEAR), "unit_id": ids, "note": "承诺按期报送"}
    assert perf.post("/progress/contacts", call).status_code == 303
    assert "承诺按期报送" in perf.get(f"/progress?year={YEAR}").get_data(as_text=True)
    sheet = load_workbook(BytesIO(perf.get(f"/progress?year={YEAR}&format=xlsx").data)).active
    assert "单位自评报送进度表" in str(sheet["A1"].value)


def test_tabs_filters_and_excel_agree(county: EvalCounty) -> None:
    county.submitted(county.operator(POLICE), "巡逻车购置")
    perf = county.person("fin_perf")
    page = perf.get(f"/self-evaluations?year={YEAR}&tab=review").get_data(as_text=True)
    assert "巡逻车购置" in page
    assert "教学楼改造" not in page
    kinds = perf.get(f"/self-evaluations?year={YEAR}&kind=dept_overall").get_data(as_text=True)
    assert "县教育局部门整体支出" in kinds
    assert "巡逻车购置" not in kinds
    answer = perf.get(f"/self-evaluations?year={YEAR}&format=xlsx")
    sheet = load_workbook(BytesIO(answer.data)).active
    assert any("巡逻车购置" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    school = county.operator(SCHOOL)
    assert "巡逻车" not in school.get(f"/self-evaluations?year={YEAR}").get_data(as_text=True)
    assert school.get(address(county.form("巡逻车购置"))).status_code == 404


def test_pages_cost_a_fixed_number_of_queries(county: EvalCounty) -> None:
    perf = county.person("fin_perf")
    costs = {}
    for path in ("/self-evaluations", "/progress", address(county.form("教学楼改造"))):
        with count_queries(county.database.engine) as sent:
            assert perf.get(f"{path}?year={YEAR}").status_code == 200
        costs[path] = len(sent)
    assert list(costs.values()) == [4, 6, 9], costs
