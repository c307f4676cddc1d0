"""年度计划统筹: finance's plan and audit's side by side, overlaps agreed by either office."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finding_county import DEPARTMENT, POLICE, YEAR, FindingCounty, Visitor, open_county
from sqlalchemy import Engine, select

from services.oversight_svc.store.annual_plan import PlanCoordinationRow, PlanItemRow
from services.oversight_svc.store.sharing_records import SharedProjectRow
from shared.access.actor import Scope
from shared.ids import new_id
from shared.testing.queries import count_queries
from shared.testing.web import REGION

BOARD = f"/annual-plan?year={YEAR}"
BOARD_QUERIES = 4
"""Offices, units, items, agreements."""


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def project(county: FindingCounty, code: str, unit: str = DEPARTMENT) -> None:
    with county.database.begin() as uow:
        uow.session.add(
            SharedProjectRow(
                region_code=REGION, fiscal_year=YEAR, project_id=new_id(), version=1,
                code=code, name=f"项目{code}", unit_id=county.units[unit],
            )
        )  # fmt: skip


def planned(county: FindingCounty, visitor: Visitor, **changed: Any) -> Any:
    form = {
        "fiscal_year": str(YEAR),
        "kind": "key_evaluation",
        "unit_id": str(county.units[DEPARTMENT]),
        "title": "学前教育补助重点评价",
        "starts_on": "2024-06-01",
        "ends_on": "2024-07-31",
        **changed,
    }
    return visitor.post("/annual-plan/new", form)


def audited(county: FindingCounty, key: str = "sj-1", **changed: Any) -> None:
    item = {
        "fiscal_year": YEAR,
        "source_key": key,
        "unit_code": DEPARTMENT,
        "title": "教育局预算执行审计",
        "starts_on": "2024-07-01",
        "ends_on": "2024-08-31",
        **changed,
    }
    machine = county.browse(county.actor("audit_system"))
    answer = machine.call("POST", "/sharing/audit-plan", {"items": [item]})
    assert answer.status_code == 200, answer.text


def items(county: FindingCounty, side: str) -> list[PlanItemRow]:
    with county.database.read() as session:
        query = select(PlanItemRow).where(PlanItemRow.side == side).order_by(PlanItemRow.item_id)
        return list(session.scalars(query))


def pair(county: FindingCounty) -> str:
    finance, audit = items(county, "finance")[0], items(county, "audit")[0]
    return f"/annual-plan/{YEAR}/{finance.item_id}/{audit.item_id}"


def test_an_overlap_is_seen_and_agreed_by_either_office(county: FindingCounty) -> None:
    perf, auditor = (county.browse(county.actor(role)) for role in ("fin_perf", "audit_officer"))
    assert planned(county, perf).status_code == 303
    audited(county)
    board = auditor.get(BOARD).text
    for words in ("学前教育补助重点评价", "教育局预算执行审计", "未商定", "同一单位，时间相交"):
        assert words in board
    here = pair(county)
    silent = auditor.post(here, {"status": "joint", "note": "", "version": 0})
    assert silent.status_code == 422
    assert "请写明商定的内容" in silent.text
    noted = {"status": "joint", "note": "7月联合进点，审计牵头", "version": 0}
    assert auditor.post(here, noted).status_code == 303
    stale = perf.post(here, noted | {"note": "同时登记"})
    assert stale.status_code in {409, 412, 422}
    assert "同时登记" not in auditor.get(here).text
    answer = {"status": "reused", "note": "评价用审计底稿", "version": 1}
    assert perf.post(here, answer).status_code == 303
    page = auditor.get(here).text
    for words in ("互用成果", "评价用审计底稿", "7月联合进点，审计牵头", "财政 fin_perf"):
        assert words in page
    leader = county.browse(county.actor("fin_leader_group"))
    assert "评价用审计底稿" in leader.get(here).text
    assert leader.post(here, answer | {"version": 2}).status_code == 403
    with county.database.read() as session:
        row = session.scalars(select(PlanCoordinationRow)).one()
    assert (row.version, row.side, row.status) == (2, "finance", "reused")


def test_different_projects_do_not_overlap_and_filters_count_what_they_say(
    county: FindingCounty,
) -> None:
    perf = county.browse(county.actor("fin_perf"))
    for code in ("X1", "X2"):
        project(county, code)
    planned(county, perf, project_code="X1", title="甲项目评价")
    planned(county, perf, unit_id=str(county.units[POLICE]), kind="key_monitoring", title="乙监控")
    audited(county, project_code="X2", title="丙项目审计")
    assert "不重叠" in perf.get(BOARD).text
    assert "甲项目评价" not in perf.get(f"{BOARD}&status=any").text
    audited(county, project_code="X1", title="丙项目审计")
    overlapping = perf.get(f"{BOARD}&status=open").text
    assert "同一项目，时间相交" in overlapping
    assert "乙监控" not in overlapping
    perf.post(pair(county), {"status": "staggered", "note": "9月后进点", "version": 0})
    assert "甲项目评价" not in perf.get(f"{BOARD}&status=open").text
    assert "甲项目评价" in perf.get(f"{BOARD}&status=staggered").text
    assert "甲项目评价" not in perf.get(f"{BOARD}&kind=key_monitoring").text
    assert "乙监控" in perf.get(f"{BOARD}&q=公安").text
    unit = re.findall(r'href="(/oversight/findings\?[^"]+)"', perf.get(f"{BOARD}&q=乙监控").text)
    assert unit
    assert all(f"unit={POLICE}" in each for each in unit)


def test_what_leaves_a_plan_leaves_the_board(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    planned(county, perf)
    audited(county)
    here, row = pair(county), items(county, "finance")[0]
    place = f"/annual-plan/items/{YEAR}/{row.item_id}/withdraw"
    assert perf.post(place, {"version": 1, "reason": " "}).status_code == 422
    assert perf.post(place, {"version": 7, "reason": "并入"}).status_code == 412
    audit = items(county, "audit")[0]
    foreign = f"/annual-plan/items/{YEAR}/{audit.item_id}/withdraw"
    assert perf.post(foreign, {"version": 1, "reason": "并入"}).status_code == 404
    assert perf.post(place, {"version": 1, "reason": "并入部门评价"}).status_code == 303
    assert "学前教育补助重点评价" not in perf.get(BOARD).text
    assert perf.get(here).status_code == 404
    audited(county, fiscal_year=YEAR + 1)
    assert "教育局预算执行审计" not in perf.get(BOARD).text
    assert "教育局预算执行审计" in perf.get(f"/annual-plan?year={YEAR + 1}").text


def test_gaps_and_what_is_out_of_reach(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    assert "没有这个项目编码" in planned(county, perf, project_code="nobody").text
    project(county, "P1", POLICE)
    assert "没有这个项目编码" in planned(county, perf, project_code="P1").text
    assert "审计项目由审计机关报送" in planned(county, perf, kind="audit").text
    assert planned(county, perf, title="").status_code == 422
    planned(county, perf)
    audited(county)
    elsewhere = Scope(REGION, unit_paths=(f"{POLICE}/",))
    other = county.browse(county.actor("fin_perf", name="他所", scope=elsewhere))
    assert "学前教育补助" not in other.get(BOARD).text
    assert other.get(pair(county)).status_code == 404
    noted = {"status": "joint", "note": "x", "version": 0}
    assert other.post(pair(county), noted).status_code in {403, 404}
    assert planned(county, other).status_code in {403, 404}
    assert items(county, "finance")[0].title == "学前教育补助重点评价"


def test_the_board_says_which_year_it_shows(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))
    this_year = county.clock.today().year
    for address, year in (("/annual-plan", this_year), (f"/annual-plan?year={YEAR}", YEAR)):
        select_field = re.search(r'<select[^>]+name="year".*?</select>', perf.get(address).text)
        assert select_field
        assert "全部" not in select_field[0]
        assert re.findall(r'value="(\d+)" selected', select_field[0]) == [str(year)]


def test_the_board_costs_a_fixed_number_of_queries(county: FindingCounty) -> None:
    perf = county.browse(county.actor("fin_perf"))

    def cost() -> int:
        with count_queries(county.database.engine) as counted:
            assert perf.get(f"{BOARD}&status=any").status_code == 200
        return len(counted)

    planned(county, perf)
    audited(county)
    few = cost()
    for number in range(4):
        planned(county, perf, title=f"另一评价{number}")
        audited(county, f"sj-more-{number}", unit_code=POLICE)
    planned(county, perf, unit_id=str(county.units[POLICE]))
    assert cost() == few == BOARD_QUERIES
