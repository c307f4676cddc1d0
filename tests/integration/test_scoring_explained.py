"""How each score was found, where people and programs read it: API, pages, sheet, submission."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from eval_county import EvalCounty, address, open_county, review
from fixtures.small_county import POLICE, policy_row
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from services.eval_svc.store.self_evaluations import SubmissionRow
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import pack_from_content

PROJECT = "巡逻车购置"
UNFOLDED = re.compile(r'<details class="wx-how" id="([\w-]+)"><summary>怎样得出</summary>')
SHORT_OF_TARGET = ("7", "30000", "已建立", "95%")


@pytest.fixture
def county(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> EvalCounty:
    county = open_county(new_database(postgres_url), tmp_path)
    county.open()
    return county


def filled(county: EvalCounty) -> dict[str, Any]:
    rows = [
        {"position": at, "actual": actual, "reason": "采购推迟。"}
        for at, actual in enumerate(SHORT_OF_TARGET)
    ]
    rows[2] |= {"band": "reached", "chosen": "30"}
    fund = {"position": 0, "initial": "300000", "budget": "300000", "executed": "200000"}
    return county.filled(county.operator(POLICE), PROJECT, indicators=rows, funds=[fund])


def last(told: dict[str, Any]) -> str:
    found: str = told["steps"][-1]["result"]
    return found


def test_the_api_tells_how_every_score_total_and_grade_was_found(county: EvalCounty) -> None:
    form = filled(county)
    assert form["scheme"] == {
        "code": "national-2020",
        "version": "1",
        "title": "全国通行方案（10、50、30、10）",
        "pack_code": "yuechi-2023",
        "pack_version": "1",
    }
    first, second = form["indicators"][:2]
    assert first["score"] == "10.50"
    assert [step["text"] for step in first["explained"]["steps"]] == [
        "比较：完成7 < 指标值20，未达到，按完成比例得分",
        "完成率：7 ÷ 20 × 100 = 35%",
        "得分：30 × 7 ÷ 20 = 10.5分",
    ]
    assert [step["text"] for step in second["explained"]["steps"]] == [
        "超出比例：（30000 - 25000）÷ 25000 × 100 = 20%",
        "得分：20 - 20 ×（30000 - 25000）÷ 25000 = 16分",
    ]
    for row in form["indicators"]:
        told = row["explained"]
        assert Decimal(last(told)) == Decimal(row["score"])
        assert told["sentence"] == row["explanation"]
        assert told["rule"]
        assert told["inputs"]
        assert told["basis"]["clause"]
    assert first["explained"]["basis"]["certainty"] == "national"
    assert second["explained"]["basis"]["certainty"] == "assumed"
    assert [(each["given"], each["usual"]) for each in form["level_points"]] == [
        ("50", "50"),
        ("30", "30"),
        ("10", "10"),
    ]
    execution = form["execution_explained"]
    assert (form["execution_points"], form["execution_score"]) == ("10.00", "6.67")
    assert execution["steps"][-1]["text"] == "得分：10 × 20 ÷ 30 ≈ 6.67分"
    assert execution["rounding"] == {"mode": "half_up", "places": 2}
    assert form["total_explained"]["steps"][-1]["text"] == "总分：6.67 + 26.5 + 30 + 10 = 73.17分"
    assert Decimal(last(form["total_explained"])) == Decimal(form["total"])
    assert form["grade_explained"]["steps"][-1]["text"] == "比较：60 ≤ 73.17 < 80，中"
    assert county.form(PROJECT)["indicators"] == form["indicators"]


def test_a_form_nobody_filled_says_why_it_has_no_scores(county: EvalCounty) -> None:
    form = county.form(PROJECT)
    told = form["indicators"][0]["explained"]
    assert (told["sentence"], told["steps"]) == ("尚未填写实际完成值。", [])
    assert form["grade_explained"] is None
    assert "4条指标，暂不计入" in str(form["total_explained"]["steps"])


def test_pages_unfold_how_it_was_found(county: EvalCounty) -> None:
    form = filled(county)
    unit = county.operator(POLICE)
    typed = {"version": str(form["version"]), "funds.0.position": "0", "funds.0.budget": "30"}
    typed |= {"indicators.0.position": "0", "indicators.0.actual": "9"}
    live = unit.post(f"{address(form)}/scores", typed).get_data(as_text=True)
    assert "<li>得分：30 × 9 ÷ 20 = 13.5分</li>" in live
    own = unit.get(address(form)).get_data(as_text=True)
    assert 'name="is_finished"' not in own  # the scheme in force does not ask
    county.submitted(unit, PROJECT)
    seen = county.office("politics_law").get(address(form)).get_data(as_text=True)
    for page, ids in ((own, 7), (seen, 7)):
        found = re.findall(
            r'<details class="wx-how" id="([\w-]+)"><summary>怎样得出</summary>', page
        )
        assert len(found) == len(set(found)) == ids
        assert "评分方案：全国通行方案（10、50、30、10）第 1 版（national-2020）" in page
        assert "依据（国家通行做法）：财预〔2020〕10号：定量指标达到指标值得满分" in page
        assert "四舍五入，保留2位小数" in page
    assert "<li>得分：20 × 100% = 20分</li>" in seen


def test_the_exported_form_carries_the_explanations_and_still_reads_back(
    county: EvalCounty,
) -> None:
    form = filled(county)
    unit = county.operator(POLICE)
    content = unit.get(f"{address(form)}/sheet.xlsx").data
    book = load_workbook(BytesIO(content))
    assert book.sheetnames == ["绩效自评表", "得分说明"]
    rows = list(book["得分说明"].iter_rows(min_row=4, values_only=True))
    assert [row[:3] for row in rows] == [
        ("预算执行", 10, 6.67),
        ("改造教室", 30, 10.5),
        ("每间成本", 20, 16),
        ("管护机制", 30, 30),
        ("师生满意度", 10, 10),
        ("总分", 100, 73.17),
        ("等级", None, "中"),
    ]
    assert "3. 得分：30 × 7 ÷ 20 = 10.5分" in str(rows[1][5])
    assert (rows[1][6], rows[1][8]) == ("四舍五入，保留2位小数", "国家通行做法")
    assert all(row[3] and row[4] and row[5] and row[7] for row in rows)
    answer = unit.post(
        f"{address(form)}/sheet",
        {"version": str(form["version"])},
        sheet=(BytesIO(content), "表.xlsx"),
    )
    assert "表格已读入" in answer.get_data(as_text=True)


def test_a_recheck_gives_the_grade_its_own_explanation(county: EvalCounty) -> None:
    police, office = county.operator(POLICE), county.office("politics_law")
    form = county.accepted(police, office, PROJECT)
    found = review(
        county.person("fin_perf"), form, "correct_score", opinion="完成值虚高。", score="85"
    )
    assert found["grade_explained"]["sentence"] == (
        "复核得分85分，80分（含）以上、不到90分，等级为良。"
    )
    assert found["total_explained"] == form["total_explained"]


def test_what_was_handed_in_keeps_its_story_under_a_later_scheme(county: EvalCounty) -> None:
    police = county.operator(POLICE)
    sent = county.submitted(police, PROJECT)
    other = county.filled(police, "办公设备采购")
    put_banded(county)
    kept = county.form(PROJECT)
    assert kept["scheme"]["code"] == "national-2020"
    assert kept["indicators"] == sent["indicators"]
    with county.database.read() as session:
        (submitted,) = session.scalars(select(SubmissionRow)).all()
    assert submitted.content["explained"]["scheme"] == sent["scheme"]
    assert submitted.content["indicators"][0]["explained"] == sent["indicators"][0]["explained"]
    fund = {"position": 0, "initial": "80000", "budget": "80000", "executed": "72000"}
    assert other["scheme"]["code"] == "national-2020"
    again = county.filled(police, "办公设备采购", funds=[fund])
    assert (again["scheme"]["code"], again["scheme"]["pack_version"]) == (
        "national-2021-banded",
        "2",
    )
    assert again["execution_score"] == "7.00"
    assert again["execution_explained"]["steps"][1]["text"] == (
        "所在档：执行率90%，在80%起的一档，得分值的70%"
    )
    assert again["indicators"][3]["explained"]["rule"] == "satisfaction_band"
    assert 'name="is_finished"' in police.get(address(again)).get_data(as_text=True)
    done = county.filled(police, "办公设备采购", funds=[fund], is_finished=True)
    assert (done["is_finished"], done["execution_score"]) == (True, "10.00")
    assert done["execution_explained"]["inputs"][-1]["value"] == "是"
    page = police.get(address(done)).get_data(as_text=True)
    assert 'name="is_finished" value="true" checked' in page
    typed = {"version": str(done["version"]), "funds.0.position": "0"}
    typed |= {"funds.0.budget": "8", "funds.0.executed": "7.2"}
    for finished, points in (("true", "10"), ("", "7")):
        live = police.post(f"{address(done)}/scores", {**typed, "is_finished": finished})
        assert f"预算执行：{points} / 10 分" in live.get_data(as_text=True)


def put_banded(county: EvalCounty) -> None:
    """Put a later version of the pack in force that scores projects by bands from 2021 on."""
    row = policy_row("yuechi-2023", county.clock.now())
    content = copy.deepcopy(row.content) | {"version": "2"}
    content["scoring"]["defaults"]["project"].append(
        {"from_year": 2021, "scheme": "national-2021-banded"}
    )
    row.content, row.version = content, "2"
    row.digest = pack_from_content(content).digest
    with county.database.begin() as uow:
        uow.session.query(ActivePolicyRow).delete()
        uow.session.add(row)
