"""逾期升级 as people meet it: the list, one rung, taking several, the finding's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from escalation_world import EscalationWorld, open_world
from finding_county import POLICE
from sqlalchemy import Engine

from services.oversight_svc.domain.finding_states import FindingState
from shared.access.actor import Scope
from shared.testing.queries import count_queries
from shared.testing.web import REGION

S = FindingState
LIST_QUERIES = 5
"""Offices, units, the calendar's digest, counts, the page."""


@pytest.fixture
def world(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> EscalationWorld:
    return open_world(new_database(postgres_url), tmp_path)


def late(world: EscalationWorld, day: date = date(2024, 7, 1)) -> list[str]:
    """Let a finding and two forms climb; return the addresses of what waits."""
    finding = world.county.at(S.RECTIFYING)
    world.task("monitoring.fill", "monitoring.report", date(2024, 6, 3))
    world.task("evaluation.fill", "evaluation.self_evaluation", date(2024, 6, 3), unit=POLICE)
    world.on(day)
    world.climb()
    return [str(finding.finding_id)]


def shown(text: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", text))


def test_the_list_opens_with_what_waits_for_me(world: EscalationWorld) -> None:
    late(world)
    office = world.county.browse(world.county.actor("fin_office"))
    page = shown(office.get("/escalations").text)
    assert "待我办理" in page
    assert "催办函" in page
    assert "等待财政业务股室" in page
    assert "等待预算绩效管理中心" not in page
    perf = shown(world.county.browse(world.county.actor("fin_perf")).get("/escalations").text)
    assert "等待预算绩效管理中心" in perf
    assert "等待财政业务股室" not in perf
    reminded = office.get("/escalations?tab=all&state=done").text
    assert "到期前提醒" in reminded
    assert "等待" not in shown(reminded).replace("等待谁", "")


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("kind=monitoring_report", "监控表报送", "提请问责研究："),
        ("way=proposal", "提请问责研究", "通知单位负责人："),
        ("office=politics_law", "县公安局", "县教育局 </"),
        ("role=fin_perf", "列入通报名单", "等待财政业务股室"),
        ("q=公安", "县公安局", "县教育局 </"),
    ],
)
def test_filters_narrow_the_list(
    world: EscalationWorld, query: str, there: str, absent: str
) -> None:
    late(world)
    perf = world.county.browse(world.county.actor("fin_perf"))
    page = perf.get(f"/escalations?tab=waiting&{query}").text
    assert there in page
    assert absent not in page


def test_the_list_shows_its_scope_only(world: EscalationWorld) -> None:
    late(world)
    scope = Scope(REGION, offices=("politics_law",))
    officer = world.county.actor("fin_office", name="政法股", scope=scope)
    page = world.county.browse(officer).get("/escalations?tab=all").text
    assert "县公安局" in page
    assert "学前教育" not in page


def test_pages_follow_one_another_and_cost_the_same(world: EscalationWorld) -> None:
    for _ in range(25):
        world.task("monitoring.fill", "monitoring.report", date(2024, 6, 3))
    world.on(date(2024, 7, 1))
    world.climb()
    perf = world.county.browse(world.county.actor("fin_perf"))
    perf.get("/escalations?tab=all")
    seen: list[str] = []
    path = "/escalations?tab=all&limit=50"
    while path:
        with count_queries(world.county.database.engine) as sent:
            page = perf.get(path).text
        assert len(sent) == LIST_QUERIES, sent
        seen += re.findall(r'/oversight/escalations/2023/([0-9a-f-]{36})"', page)
        following = re.search(
            r'href="/oversight(/escalations\?[^"]*cursor=[^"]*)"[^>]*>\s*下一页', page
        )
        path = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 125


def test_one_rung_asks_for_its_paper_and_keeps_what_was_typed(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 12))
    world.climb()
    key = world.key(finding.finding_id, "letter")
    address = f"/escalations/{key.fiscal_year}/{key.escalation_id}"
    office = world.county.browse(world.county.actor("fin_office"))
    page = office.get(address).text
    assert "盖章扫描件" in page
    assert "生成催办函（Word）" in page
    assert "【逾期催办】" in page
    assert "已逾期7个工作日" in page
    form = {"ids": f"{key.fiscal_year}:{key.escalation_id}", "document_number": "岳财绩〔2024〕9号",
            "document_on": "2024-04-12"}  # fmt: skip
    refused = office.post("/escalations/take", form)
    assert refused.status_code == 422
    assert "请上传盖章后的扫描件" in refused.text
    assert "岳财绩〔2024〕9号" in refused.text
    form["scan"] = world.county.upload(world.county.actor("fin_office"))
    taken = office.post("/escalations/take", form)
    assert taken.status_code == 303
    assert taken.location.startswith(f"/oversight{address}")
    done = office.get(address).text
    assert "已办理" in done
    assert "岳财绩〔2024〕9号" in done
    assert "登记已办理" not in done
    assert office.get(f"{address}/scan").status_code == 200


def test_several_are_taken_together(world: EscalationWorld) -> None:
    for _ in range(3):
        world.task("monitoring.fill", "monitoring.report", date(2024, 6, 3))
    world.on(date(2024, 7, 1))
    world.climb()
    perf = world.county.browse(world.county.actor("fin_perf"))
    page = perf.get("/escalations?way=circular").text
    ids = re.findall(r'name="ids" value="([^"]+)"', page)
    assert len(ids) == 3
    chosen = perf.post("/escalations/choose", {"ids": ids})
    assert "登记办理 3 项" in chosen.text
    assert "以下1个单位共3项须抓紧办理" in chosen.text
    answer = perf.post("/escalations/take", {"ids": ids, "note": "列入6月通报"})
    assert answer.status_code == 303
    assert 'name="ids"' not in perf.get("/escalations?way=circular").text


def test_nothing_ticked_leads_back(world: EscalationWorld) -> None:
    perf = world.county.browse(world.county.actor("fin_perf"))
    assert perf.post("/escalations/choose").status_code == 303
    assert perf.post("/escalations/take").status_code == 303


def test_leaving_out_needs_a_leader(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 7, 1))
    world.climb()
    key = world.key(finding.finding_id, "proposal")
    address = f"/escalations/{key.fiscal_year}/{key.escalation_id}"
    perf = world.county.browse(world.county.actor("fin_perf"))
    refused = perf.post(f"{address}/skip", {"reason": "正在合并"})
    assert refused.status_code == 422
    assert "请填写同意不予升级的领导姓名" in refused.text
    assert "正在合并" in refused.text
    form = {"leader_name": "李局长", "reason": "正在合并"}
    assert perf.post(f"{address}/skip", form).status_code == 303
    assert "不予升级" in perf.get(address).text


def test_the_findings_page_tells_which_rung_when_and_by_whom(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    address = f"/findings/{finding.fiscal_year}/{finding.finding_id}"
    office = world.county.browse(world.county.actor("fin_office"))
    assert "这件事" not in office.get(address).text
    world.on(date(2024, 4, 12))
    world.climb()
    page = office.get(address).text
    assert "逐级提醒和催办" in page
    assert "催办函" in shown(page)
    unit = world.county.browse(world.county.actor("unit_operator"))
    seen = unit.get(address).text
    assert "逾期提醒" in seen
    assert "等待财政业务股室" not in seen
    assert "催办函" not in shown(seen)
    assert "/oversight/escalations/" not in seen


def test_a_year_without_calendar_is_told(world: EscalationWorld) -> None:
    world.on(date(2027, 3, 1))
    perf = world.county.browse(world.county.actor("fin_perf"))
    assert "工作日历还没有录入" in perf.get("/escalations").text


def test_the_department_of_a_unit_has_no_such_page(world: EscalationWorld) -> None:
    clerk = world.county.browse(world.county.actor("dept_operator"))
    assert clerk.get("/escalations").status_code == 403
