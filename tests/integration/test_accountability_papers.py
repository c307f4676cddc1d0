"""Papers a case and a clue leave by: 问责建议书 and 移送书 as Word, filled from what is stored."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from finding_county import DEPARTMENT, PDF, YEAR, FindingCounty, Visitor, open_county
from sqlalchemy import Engine

from services.oversight_svc.domain.finding_states import FindingState

DEED = "2024-01-15"
SUMMARY = "某某在采购中收受供应商贵重物品"


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def texts(content: bytes) -> str:
    """Return every paragraph and cell of a Word file."""
    document = docx.Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


def proposed(county: FindingCounty, visitor: Visitor, **changed: Any) -> str:
    page = visitor.get(f"/accountability/new?unit={county.units[DEPARTMENT]}&on={DEED}").text
    person = page.split('name="people"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    finding = county.at(FindingState.RECTIFYING)
    form = {
        "fiscal_year": str(YEAR),
        "trigger": "other",
        "title": "项目资金长期闲置",
        "facts": "经查实，资金闲置超过一年。",
        "legal_basis": "《实施办法》第十条",
        "acted_on": DEED,
        "receiver": "government",
        "units": str(county.units[DEPARTMENT]),
        "people": person,
        "measures": ["interview", "budget_deduction"],
        "document_number": "岳财绩〔2024〕30号",
        "evidence": county.upload(county.people["fin_perf"], PDF),
        "findings": f"{YEAR}:{finding.finding_id}",
        **changed,
    }
    answer = visitor.post("/accountability/new", form)
    assert answer.status_code == 303, answer.text
    return str(answer.location).split("?")[0].removeprefix("/oversight")


def test_a_proposal_is_written_from_the_case_and_numbered_once_it_has_gone(
    county: FindingCounty,
) -> None:
    perf = county.browse(county.actor("fin_perf"))
    case = proposed(county, perf)
    assert f"{case}/document" in perf.get(case).text
    draft = perf.get(f"{case}/document")
    assert "wordprocessingml" in draft.headers["Content-Type"]
    text = texts(draft.data)
    for words in (
        "问责建议书", "经查实，资金闲置超过一年。", "《实施办法》第十条（岳财绩〔2024〕30号）",
        "建议采取：约谈、", "2024年1月15日", "〔　　　〕　　号", "整改中",
    ):  # fmt: skip
        assert words in text
    leader = county.browse(county.actor("fin_leader_group"))
    step = {"version": 1, "text": "同意。", "act": "review"}
    assert leader.post(f"{case}/review", step).status_code == 303
    letter = {
        "act": "submit",
        "version": 2,
        "document_number": "岳财绩〔2024〕31号",
        "dated_on": "2024-03-05",
        "scan": county.upload(county.people["fin_perf"]),
    }
    assert perf.post(f"{case}/send", letter).status_code == 303
    numbered = texts(perf.get(f"{case}/document").data)
    assert "岳财绩〔2024〕31号" in numbered
    assert "2024年3月5日" in numbered


def test_a_case_for_discipline_leaves_by_a_transfer_without_a_wish(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    case = proposed(county, perf, receiver="discipline", measures=[])
    assert "移送书 Word" in perf.get(case).text
    text = texts(perf.get(f"{case}/document").data)
    assert "移送书" in text
    assert "纪委监委" in text
    assert "请依规依纪依法处理。" in text
    assert "建议采取" not in text


def test_only_the_body_that_proposes_or_sends_writes_the_paper(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    case = proposed(county, perf)
    joined = {"body": "audit", "rights": "work", "basis": "联合机制", "version": 1}
    assert perf.post(f"{case}/members", joined).status_code == 303
    auditor = county.browse(county.actor("audit_officer"))
    assert auditor.get(case).status_code == 200
    assert auditor.get(f"{case}/document").status_code == 409
    assert "问责建议书 Word" not in auditor.get(case).text


def test_the_letter_of_transfer_carries_no_content(county: FindingCounty) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    form = {
        "fiscal_year": str(YEAR),
        "receiver": "procuratorate",
        "found_on": "2024-03-01",
        "document_number": "岳审移〔2024〕2号",
        "transferred_on": "2024-03-04",
        "summary": SUMMARY,
    }
    answer = auditor.post("/clues/new", form)
    clue = str(answer.location).split("?")[0].removeprefix("/oversight")
    assert "移送书 Word" in auditor.get(clue).text
    content = auditor.get(f"{clue}/document").data
    text = texts(content)
    for words in ("移送书", "检察机关：", "岳审移〔2024〕2号", "2024年3月11日前", "移送书签收回执"):
        assert words in text
    assert SUMMARY not in text
    perf = county.browse(county.actor("fin_perf"))
    assert perf.get(f"{clue}/document").status_code == 409
    assert "移送书 Word" not in perf.get(clue).text
