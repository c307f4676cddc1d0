"""Pages of findings and notices: each state, each act's form, refusals that keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from finding_county import DEPARTMENT, PDF, POLICE, SCHOOL, YEAR, FindingCounty, open_county
from sqlalchemy import Engine

from services.oversight_svc.console.finding_commands import ACT_PAGES, OTHER_PAGES
from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_sheet import FINDING_LAYOUT
from services.oversight_svc.usecases.link_earlier import LinkEarlier, link_earlier
from shared.sheets.writing import OutColumn, write_table
from shared.terms.vocabulary import RectificationKind
from shared.testing.queries import count_queries

FINDING_QUERIES = 20
REPORT = """二、存在的问题
（一）绩效目标设置不合理。指标过于笼统。
（二）资金使用不规范。挪用专项资金12.5万元。
三、建议
（一）加强管理。"""


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def here(finding: FindingRow) -> str:
    return f"/findings/{finding.fiscal_year}/{finding.finding_id}"


def test_every_page_of_every_state_opens(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    clerk = county.browse(county.actor("unit_operator"))
    states = [state for state in FindingState if state not in (
        FindingState.DISPUTED, FindingState.ARCHIVED, FindingState.MERGED, FindingState.WITHDRAWN,
    )]  # fmt: skip
    for state in states:
        finding = county.at(state)
        for visitor in (perf, clerk):
            page = visitor.get(here(finding))
            assert page.status_code == 200, page.text
            assert finding.number in page.text
        assert perf.get(f"{here(finding)}/close-out").status_code == 200
        for act in (*ACT_PAGES, *OTHER_PAGES):
            for visitor in (perf, clerk):
                answer = visitor.get(f"{here(finding)}/{act.name}")
                assert answer.status_code in {200, 403}, answer.text
    assert perf.get("/notices").status_code == 200
    assert "岳财绩〔2024〕5号" in clerk.get("/notices").text


def test_the_page_says_whose_turn_it_is_and_offers_it_to_nobody_else(
    county: FindingCounty,
) -> None:
    finding = county.at(FindingState.RECTIFYING)
    clerk = county.browse(county.actor("unit_operator")).get(here(finding)).text
    perf = county.browse(county.actor("fin_perf")).get(here(finding)).text
    assert "等待县教育局报送整改情况" in clerk
    assert f"{here(finding)}/report" in clerk
    assert f"{here(finding)}/report" not in perf
    assert f"{here(finding)}/urging" in perf
    assert f"{here(finding)}/extension" in perf
    assert f"{here(finding)}/urging" not in clerk


def test_who_only_assists_is_offered_no_link_that_leads_nowhere(county: FindingCounty) -> None:
    earlier = county.registered(title="上年同一问题", fiscal_year=YEAR - 1)
    finding = county.at(FindingState.NOTIFIED, assisting=(county.units[POLICE],))
    repeats = LinkEarlier(county.key(finding), earlier.number)
    county.do(link_earlier, county.actor("fin_perf"), repeats)
    scope = county.police_scope()
    visitor = county.browse(county.actor("unit_operator", name="配合单位", scope=scope))
    page = visitor.get(here(finding))
    assert page.status_code == 200
    assert earlier.title in county.browse(county.actor("fin_perf")).get(here(finding)).text
    assert earlier.title not in page.text
    for address in re.findall(r'href="/oversight(/(?:findings|notices|units)[^"?]*)', page.text):
        assert visitor.get(address).status_code == 200, address


def test_one_page_asks_the_database_a_fixed_number_of_times(county: FindingCounty) -> None:
    few = county.at(FindingState.CLOSED_OUT)
    perf = county.browse(county.actor("fin_perf"))
    with count_queries(county.database.engine) as first:
        perf.get(here(few))
    for _ in range(3):
        county.at(FindingState.CLOSED_OUT)
    with count_queries(county.database.engine) as second:
        perf.get(here(few))
    assert len(first) == len(second) <= FINDING_QUERIES


def test_an_officer_registers_and_likely_duplicates_are_shown_first(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    form = {
        "fiscal_year": str(YEAR),
        "source": "finance_evaluation",
        "source_document": "岳财绩〔2024〕3号",
        "unit_id": str(county.units[DEPARTMENT]),
        "assisting.0.unit_id": str(county.units[SCHOOL]),
        "title": "补助资金发放不及时",
        "description": "十万元未发放。",
        "category": "fund_use",
        "amount": "10",
        "turned_over": "6",
    }
    refused = perf.post("/findings/new", form | {"title": ""})
    assert refused.status_code == 422
    assert "请用一句话概括问题" in refused.text
    assert "十万元未发放。" in refused.text
    assert perf.post("/findings/new", form).status_code == 303
    again = perf.post("/findings/new", form)
    assert again.status_code == 422
    assert "2023-0001 补助资金发放不及时" in again.text
    assert perf.post("/findings/new", form | {"confirmed": "true"}).status_code == 303


def test_a_pasted_report_becomes_findings_after_correction(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    page = perf.post("/findings/paste", {"report": REPORT})
    assert page.status_code == 200, page.text
    assert "绩效目标设置不合理" in page.text
    assert "加强管理" not in page.text
    assert perf.post("/findings/paste", {"report": "  "}).status_code == 422
    form = {
        "fiscal_year": str(YEAR),
        "source": "finance_evaluation",
        "source_document": "评价报告",
        "unit_id": str(county.units[DEPARTMENT]),
        "category": "performance",
        "issues.0.title": "绩效目标设置不合理",
        "issues.0.description": "指标过于笼统。",
        "issues.1.title": "资金使用不规范",
        "issues.1.description": "挪用专项资金。",
        "issues.1.amount": "12.5",
    }
    wrong = perf.post("/findings/paste/confirm", form | {"issues.1.description": ""})
    assert wrong.status_code == 422
    assert perf.get(f"/notices/new?year={YEAR}").text.count("没有待下达通知的问题") == 1
    done = perf.post("/findings/paste/confirm", form)
    assert done.status_code == 303, done.text
    assert "2023-0001" in perf.get(done.location.removeprefix("/oversight")).text


def test_a_notice_goes_its_way_through_the_pages(county: FindingCounty) -> None:
    finding = county.registered()
    other = county.registered(title="另一个问题", money={}, amount=None)
    office = county.browse(county.actor("fin_office"))
    clerk = county.browse(county.actor("unit_operator"))
    page = office.get(f"/notices/new?year={YEAR}&unit={county.units[DEPARTMENT]}")
    assert finding.title in page.text
    form = {
        "year": str(YEAR),
        "unit": str(county.units[DEPARTMENT]),
        "subject": "关于限期整改的通知",
        "items.0.finding_id": str(finding.finding_id),
        "items.0.chosen": "true",
        "items.0.kind": "immediate",
        "items.1.finding_id": str(other.finding_id),
        "items.1.chosen": "true",
        "items.1.kind": "phased",
    }
    refused = office.post("/notices/new", form)
    assert refused.status_code == 422
    assert "须写明整改期限" in refused.text
    made = office.post("/notices/new", form | {"items.1.due_on": "2024-09-30"})
    assert made.status_code == 303, made.text
    place = made.location.split("/oversight")[1].split("?")[0]
    assert clerk.get(place).status_code == 404
    refused = office.post(
        f"{place}/issue", {"version": "1", "document_number": "岳财绩〔2024〕5号"}
    )
    assert refused.status_code == 422
    assert "请上传盖章后的通知扫描件" in refused.text
    assert county.fresh(finding).state == "registered"
    scan = office.post("/files", scan=(BytesIO(PDF), "通知.pdf"))
    digest = re.search(r'name="scan" value="([0-9a-f]{64})"', scan.text)
    assert digest, scan.text
    paper = {"version": "1", "document_number": "岳财绩〔2024〕5号", "issued_on": "2024-03-05"}
    done = office.post(f"{place}/issue", paper | {"scan": digest[1]})
    assert done.status_code == 303, done.text
    assert county.fresh(finding).due_on.isoformat() == "2024-04-02"
    assert county.fresh(other).due_on.isoformat() == "2024-09-30"
    assert county.fresh(other).kind == RectificationKind.PHASED
    assert "签收" in clerk.get(place).text
    stolen = clerk.post(f"{place}/signature", {"version": "2", "scan": digest[1]})
    assert stolen.status_code == 422
    assert "没有找到您上传的这个文件" in stolen.text
    assert office.get(f"{place}/print").status_code == 200
    evidence = re.search(r'href="/oversight(/findings/[^"]+/view)"', clerk.get(here(finding)).text)
    assert evidence
    assert clerk.get(evidence[1]).status_code == 200
    police = county.browse(county.actor("unit_operator", name="公安", scope=county.police_scope()))
    assert police.get(evidence[1]).status_code == 404
    assert police.get(here(finding)).status_code == 404


def test_a_report_refused_keeps_what_was_typed(county: FindingCounty) -> None:
    finding = county.at(FindingState.RECTIFYING)
    clerk = county.browse(county.actor("unit_operator"))
    form = {
        "version": str(finding.version),
        "completion": "partly",
        "narrative": "已发放四万元。",
        "disbursed": "4",
        "turned_over": "7",
    }
    refused = clerk.post(f"{here(finding)}/report", form)
    assert refused.status_code == 422
    for message in ("请写明原因", "请写明下步计划", "请上传佐证材料", "请勾选真实性承诺",
                    "超出部分请在金额说明中写明", "请上传签字盖章的整改报告扫描件"):  # fmt: skip
        assert message in refused.text, message
    assert "已发放四万元。" in refused.text
    stale = clerk.post(f"{here(finding)}/report", form | {"version": "1"})
    assert "刚被他人修改过" in stale.text


def test_urging_by_letter_from_draft_to_sent(county: FindingCounty) -> None:
    finding = county.at(FindingState.RECTIFYING)
    officer = county.actor("fin_office")
    office = county.browse(officer)
    version = {"version": str(finding.version)}
    page = office.get(f"{here(finding)}/urging")
    assert "【整改提醒】县教育局" in page.text
    assert office.post(f"{here(finding)}/urging", version | {"means": "call"}).status_code == 422
    assert office.post(f"{here(finding)}/urging", version | {"means": "letter"}).status_code == 303
    page = office.get(f"{here(finding)}/urging").text
    batch = re.search(r'name="batch_id" value="([0-9a-f-]{36})"', page)
    assert batch
    letter = {"batch_id": batch[1], "document_number": "岳财绩函〔2024〕1号"}
    assert office.post(f"{here(finding)}/letter", letter).status_code == 422
    assert county.fresh(finding).times_urged == 0
    sent = letter | {"sent_on": "2024-03-05", "scan": county.upload(officer)}
    assert office.post(f"{here(finding)}/letter", sent).status_code == 303
    assert county.fresh(finding).times_urged == 1
    assert "岳财绩函〔2024〕1号" in office.get(here(finding)).text


TITLES = [column.title for column in FINDING_LAYOUT.columns]


def sheet(*rows: dict[str, object]) -> bytes:
    table = [tuple(str(row.get(title, "")) for title in TITLES) for row in rows]
    return write_table([OutColumn(title) for title in TITLES], table, "监督问题清单")


ROW = {
    "问题来源": "财政评价",
    "来源文书": "岳财绩〔2023〕9号",
    "责任单位": "县教育局",
    "问题标题": "资金沉淀",
    "问题描述": "结余资金未及时上缴。",
    "涉及金额": "12万元",
    "上缴财政": "120000元",
}
OLD = ROW | {"问题标题": "合同不规范", "状态": "已销号", "销号日期": "2023-12-20",
             "销号文号": "岳财绩〔2023〕40号", "配合单位": "124001、县公安局"}  # fmt: skip


def test_an_excel_list_is_looked_at_marked_and_taken_in_once(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    assert perf.get("/findings/import/template").status_code == 200
    wrong = sheet(ROW, OLD | {"销号文号": ""}, ROW | {"问题标题": "三", "责任单位": "无此单位"})
    refused = perf.post("/findings/import", {"year": str(YEAR)}, file=(BytesIO(wrong), "问题.xlsx"))
    assert refused.status_code == 422
    assert "已销号的须填写销号文号" in refused.text
    assert "无此单位" in refused.text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', refused.text)
    assert digest
    marked = perf.post("/findings/import/marked", {"year": str(YEAR), "digest": digest[1]})
    assert marked.data[:2] == b"PK"
    right = sheet(ROW, OLD)
    seen = perf.post("/findings/import", {"year": str(YEAR)}, file=(BytesIO(right), "问题.xlsx"))
    assert seen.status_code == 200, seen.text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', seen.text)
    assert digest
    answer = perf.post("/findings/import/confirm", {"year": str(YEAR), "digest": digest[1]})
    assert answer.status_code == 303, answer.text
    with county.database.read() as session:
        rows = session.query(FindingRow).order_by(FindingRow.number).all()
    assert [(row.number, row.state, row.amount) for row in rows] == [
        ("2023-0001", "registered", 120000),
        ("2023-0002", "closed_out", 120000),
    ]
    assert rows[1].amount_rectified == 120000
    assert rows[1].closed_on.isoformat() == "2023-12-20"
    again = perf.post("/findings/import", {"year": str(YEAR)}, file=(BytesIO(right), "问题.xlsx"))
    assert "都已登记" in again.text


def test_finance_cannot_import_an_audit_finding_as_closed(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    content = sheet(OLD | {"问题来源": "审计"})
    answer = perf.post("/findings/import", {"year": str(YEAR)}, file=(BytesIO(content), "a.xlsx"))
    assert "只能由审计机关登记为已销号" in answer.text
    audit = county.browse(county.actor("audit_officer"))
    answer = audit.post("/findings/import", {"year": str(YEAR)}, file=(BytesIO(content), "a.xlsx"))
    assert answer.status_code == 200, answer.text
