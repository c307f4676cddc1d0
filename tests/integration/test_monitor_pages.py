"""The unit's form, the lists and the reviewer's page, as people use them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fixtures.small_county import DEPARTMENT, POLICE
from monitor_county import PDF, MonitorCounty, address, open_county
from openpyxl import load_workbook
from sqlalchemy import Engine


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> MonitorCounty:
    county = open_county(new_database(postgres_url), tmp_path)
    county.paid([("V1", "P003", "150000.00", "2023-08-15")])
    return county


def form(version: int, *actuals: str, **more: str) -> dict[str, Any]:
    rows = {}
    for place, actual in enumerate(actuals):
        rows[f"indicators.{place}.position"] = str(place)
        rows[f"indicators.{place}.actual"] = actual
        rows[f"indicators.{place}.expected_year"] = ""
    return {"version": str(version), **rows, **more}


def test_the_form_is_prefilled_from_target_and_treasury(county: MonitorCounty) -> None:
    page = county.operator(POLICE).get(address(county.report("P003"))).get_data(as_text=True)
    assert 'data-yuan="150000.00"' in page
    assert "国库支付记录（截至2023年9月30日）" in page
    assert "62.50%" in page
    assert "≥20间" in page
    assert 'name="executed"' not in page  # treasury's figures are not typed


def test_a_draft_keeps_everything_and_an_unfinished_row_keeps_its_place(
    county: MonitorCounty,
) -> None:
    police, report = county.operator(POLICE), county.report("P003")
    filled = form(report["version"], "", "26000", "", progress="进行中", expected_year="20")
    saved = police.post(f"{address(report)}/fill", {**filled, "act": "draft"})
    assert saved.status_code == 303
    kept = county.report("P003")
    assert [row["actual"] for row in kept["indicators"]] == ["", "26000", ""]
    assert [row["light"] for row in kept["indicators"]] == ["none", "red", "none"]
    assert kept["expected_year"] == "200000.00"


def test_a_refused_submission_shows_messages_beside_fields_and_keeps_the_draft(
    county: MonitorCounty,
) -> None:
    police, report = county.operator(POLICE), county.report("P003")
    filled = form(report["version"], "九间", "26000", "on_track", progress="进行中")
    page = police.post(f"{address(report)}/fill", {**filled, "act": "submit"})
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'id="field-indicators-0-actual-error"' in text
    assert "定量指标请填写数字。" in text
    assert "请选择偏差原因。" in text or 'id="field-causes"' in text
    assert 'value="九间"' in text
    assert county.report("P003")["progress"] == "进行中"
    again = form(county.report("P003")["version"], "15", "24000", "on_track")
    assert f'name="version" value="{again["version"]}"' in text


def test_a_form_is_handed_in_with_its_scan(county: MonitorCounty) -> None:
    police, report = county.operator(POLICE), county.report("P003")
    up = police.post("/files", scan=(BytesIO(PDF), "签字<1>.pdf"))
    assert up.status_code == 201
    shown = up.get_data(as_text=True)
    assert "签字&lt;1&gt;.pdf" in shown
    digest = shown.split('value="')[1].split('"')[0]
    signed = {"commitment": "true", "signer_name": "李局长", "scan": ["", digest]}
    filled = form(
        report["version"],
        "15",
        "24000",
        "on_track",
        progress="按计划",
        expected_year="23",
        likelihood="certain",
    )
    sent = police.post(f"{address(report)}/fill", {**filled, **signed, "act": "submit"})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    report = county.report("P003")
    assert report["state"] == "fin_office_review"
    office = county.office("politics_law")
    page = office.get(address(report)).get_data(as_text=True)
    assert "业务股室通过" in page
    assert report["print_code"] in office.get(f"{address(report)}/print").get_data(as_text=True)
    scan = page.split(f"{address(report)}/scans/")[1].split('"')[0]
    assert 'src="?part=1"' in office.get(f"{address(report)}/scans/{scan}").get_data(as_text=True)
    file = office.get(f"{address(report)}/scans/{scan}?part=file")
    assert (file.data, file.mimetype) == (PDF, "application/pdf")
    passed = {"version": str(report["version"]), "act": "approve_office", "opinion": "同意"}
    assert office.post(f"{address(report)}/review", passed).status_code == 303
    assert county.report("P003")["state"] == "aggregated"


def test_lights_are_shown_while_typing_and_nothing_is_kept(county: MonitorCounty) -> None:
    police, report = county.operator(POLICE), county.report("P003")
    typed = form(report["version"], "6", "24000", "on_track", likelihood="certain")
    text = police.post(f"{address(report)}/lights", typed).get_data(as_text=True)
    assert "6 ÷（20 ÷ 12 × 9）= 40.00%" in text
    assert "须在下方填写偏差原因" in text
    assert county.report("P003")["version"] == report["version"]


def test_a_refused_review_keeps_the_opinion(county: MonitorCounty) -> None:
    report = county.submitted(county.operator(POLICE), "P003")
    office = county.office("politics_law")
    stale = {"version": "1", "act": "return_office", "opinion": "请补充三项佐证"}
    page = office.post(f"{address(report)}/review", stale)
    assert page.status_code == 422
    assert "请补充三项佐证" in page.get_data(as_text=True)
    unknown = {"version": str(report["version"]), "act": "fill", "opinion": "x"}
    assert office.post(f"{address(report)}/review", unknown).status_code == 422


def test_tabs_filters_and_excel_agree(county: MonitorCounty) -> None:
    county.submitted(county.operator(POLICE), "P003")
    perf = county.person("fin_perf")
    page = perf.get("/reports?year=2023&tab=review").get_data(as_text=True)
    assert "巡逻车购置" in page
    assert "教学楼改造" not in page
    assert "教学楼改造" in perf.get("/reports?year=2023&q=教育局").get_data(as_text=True)
    assert "巡逻车" not in perf.get("/reports?year=2023&paper=1").get_data(as_text=True)
    sheet = load_workbook(BytesIO(perf.get("/reports?year=2023&format=xlsx").data)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    titles = next(row for row in cells if row[0] == "项目")
    assert titles == [
        "项目",
        "填报单位",
        "报送期限",
        "状态",
        "执行率（%）",
        "执行预警",
        "目标预警",
        "退回次数",
        "纸质件",
    ]
    police = next(row for row in cells if str(row[0]).startswith("巡逻车购置"))
    assert police[1:6] == ["县公安局", "2023年10月11日（已完成）", "业务股室审核", 62.5, "绿灯"]


def test_the_picture_leads_to_each_report_and_has_a_table(county: MonitorCounty) -> None:
    report = county.submitted(county.operator(POLICE), "P003")
    page = county.person("fin_perf").get("/reports/picture?year=2023").get_data(as_text=True)
    assert f"/monitoring{address(report)}" in page
    assert "83.33%" in page  # 62.5 % of the year's money, 75 % of the year gone
    empty = county.operator(DEPARTMENT).get("/reports/picture?year=2023")
    assert "还没有可以比较的监控表" in empty.get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "year=abc&tab=nothing&light=pink&sort=-password&limit=9999",
        "year=2023&cursor=%00%FF",
        "year=2023&q=%27%22%3B--%25_",
        "year=99999&unit=%3Cscript%3E",
    ],
)
def test_odd_addresses_never_fail(county: MonitorCounty, query: str) -> None:
    perf = county.person("fin_perf")
    for path in ("/reports", "/progress", "/execution", "/execution/batches", "/reports/picture"):
        assert perf.get(f"{path}?{query}").status_code in (200, 400), path
