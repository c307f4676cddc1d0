"""Units from Excel, offices, policy activation, calendar notices, and the frame's system pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from oversight_world import World, build_world, hear
from sqlalchemy import Engine, func, select, text

from shared.calendar_store import load_calendar
from shared.crypto.keys import KeyStore
from shared.crypto.providers import open_crypto
from shared.directory.tables import UnitRow
from shared.ids import new_id
from shared.outbox.tables import InboxRow, OutboxRow
from shared.policy.active import NoPolicyError, policy_for
from shared.testing.clock import FrozenClock
from shared.testing.web import REGION
from shared.trail.heads import publish_head
from shared.trail.sealer import seal_once
from shared.trail.verifier import verify

HEAD = ["单位编码", "单位名称", "主管部门编码", "单位类型", "归口股室", "联系人"]
GOOD = [
    ["219", "县教育局", "", "党政机关", "社会保障股", "李四"],
    ["219001", "县第一中学", "219", "学校", "社会保障股", "王五"],
]


@pytest.fixture
def world(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> World:
    made = build_world(new_database(postgres_url), frozen_clock, tmp_path)
    made.office("SF", "社会保障股")
    made.person("chen", "fin_perf")
    return made


def sheet(*rows: list[str]) -> tuple[BytesIO, str]:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (HEAD, *rows):
        page.append(row)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out, "单位名录.xlsx"


def test_a_list_is_looked_at_then_saved_and_told(world: World) -> None:
    browser = world.browser("chen")
    browser.get("/oversight/units/import")
    looked = browser.post("/oversight/units/import", {"file": sheet(*GOOD)})
    assert "2 个" in looked.text
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UnitRow)) == 0
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', looked.text)
    assert digest is not None
    data = {"digest": digest[1]}
    assert browser.post("/oversight/units/import/confirm", data).status_code == 303
    with world.database.read() as session:
        paths = session.scalars(select(UnitRow.path).order_by(UnitRow.path)).all()
        told = session.scalars(select(OutboxRow.event_type)).all()
    assert paths == ["219/", "219/219001/"]
    assert told.count("oversight.unit.registered.v1") == 2
    assert "县第一中学" in browser.get("/oversight/units?q=yizho").text
    assert "县第一中学" in browser.get("/oversight/units?q=第一").text
    assert "县第一中学" not in browser.get("/oversight/units?q=第二").text
    again = browser.post("/oversight/units/import", {"file": sheet(*GOOD)})
    assert "完全一致" in again.text


def test_a_faulty_list_saves_nothing_and_comes_back_marked(world: World) -> None:
    browser = world.browser("chen")
    browser.get("/oversight/units/import")
    bad = ["220", "", "999", "党政机关", "没有的股", ""]
    looked = browser.post("/oversight/units/import", {"file": sheet(*GOOD, bad)})
    assert "没有名为「没有的股」的股室" in looked.text
    assert "确认导入" not in looked.text
    digest = re.search(r"/import/([0-9a-f]{64})/marked", looked.text)
    assert digest is not None
    data = {"digest": digest[1]}
    assert browser.post("/oversight/units/import/confirm", data).status_code == 422
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UnitRow)) == 0
    marked = browser.get(f"/oversight/units/import/{digest[1]}/marked")
    page = openpyxl.load_workbook(BytesIO(marked.data)).worksheets[0]
    assert page["E4"].value == "没有的股"
    assert page["E4"].comment is not None
    assert page["E4"].fill.start_color.rgb == "FFFF9999"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"name,code"])
def test_what_is_no_workbook_is_refused_with_the_form(world: World, content: bytes) -> None:
    browser = world.browser("chen")
    browser.get("/oversight/units/import")
    answer = browser.post("/oversight/units/import", {"file": (BytesIO(content), "x.xlsx")})
    assert answer.status_code == 422
    assert "选择文件" in answer.text


def test_a_renamed_office_is_renamed_in_its_units(world: World) -> None:
    world.unit("219", "县教育局", office="SF")
    browser = world.browser("chen")
    browser.get("/oversight/offices")
    taken = browser.post("/oversight/offices", {"code": "JK", "name": "社会保障股"})
    assert taken.status_code == 422
    browser.post("/oversight/offices", {"code": "SF", "name": "社保股", "phone": "1"})
    with world.database.read() as session:
        unit = session.scalars(select(UnitRow)).one()
        assert (unit.lead_office, unit.lead_office_name, unit.version) == ("SF", "社保股", 2)
        told = session.scalars(select(OutboxRow.event_type)).all()
    assert "oversight.unit.changed.v1" in told


def test_a_pack_comes_into_force_only_with_every_question_answered(world: World) -> None:
    browser = world.browser("chen")
    here = "/oversight/policies/yuechi-2023/activate"
    asked = browser.get(f"{here}?year=2023")
    assert asked.text.count('name="answer_monitoring_report_day"') == 3
    form = {"fiscal_year": "2023", "basis": "岳财绩〔2023〕1号"}
    refused = browser.post(here, form)
    assert refused.status_code == 422
    assert "有多种理解" in refused.text
    assert 'value="岳财绩〔2023〕1号"' in refused.text
    hear(world)
    with world.database.read() as session, pytest.raises(NoPolicyError):
        policy_for(session, REGION, 2023)
    answered = {**form, "answer_monitoring_report_day": "five_workdays_after_october"}
    assert browser.post(here, answered).status_code == 303
    hear(world)
    with world.database.read() as session:
        pack = policy_for(session, REGION, 2023)
    assert pack.deadlines["monitoring_report"].kind == "nth_workday_after_month"
    assert "岳财绩〔2023〕1号" in browser.get("/oversight/policies").text
    api = browser.get("/oversight/api/v1/policies/2023").get_json()
    assert (api["code"], api["digest"]) == ("yuechi-2023", pack.digest)
    same = browser.get("/oversight/policies/compare?old=yuechi-2023&new=active:2023")
    assert "两者完全相同" in same.text


def test_a_pack_of_another_region_is_refused(world: World) -> None:
    browser = world.browser("chen")
    here = "/oversight/policies/shilong-2021/activate"
    browser.get(here)
    form = {
        "fiscal_year": "2023",
        "basis": "x",
        "answer_monitoring_report_day": "fifth_workday_of_october",
    }
    answer = browser.post(here, form)
    assert answer.status_code == 422
    assert "不适用于本地区" in answer.text


@pytest.mark.parametrize("code", ["yuechi-2023", "shilong-2021"])
def test_every_rule_of_a_pack_is_shown_with_its_clause(world: World, code: str) -> None:
    page = world.browser("chen").get(f"/oversight/policies/{code}").text
    assert "暂定，待本地确认" in page
    assert "原文写明" in page
    assert page.count('data-label="条款"') > 20
    assert "None" not in page


def test_a_notice_changes_the_working_days(world: World) -> None:
    browser = world.browser("chen")
    assert "2027 年放假安排尚未公布" in browser.get("/oversight/calendar?year=2027").text
    form = {
        "source_document": "国办发明电〔2026〕9号",
        "stretches.0.first": "2027-01-01",
        "stretches.0.last": "2027-01-03",
        "stretches.0.kind": "holiday",
        "stretches.1.first": "2027-01-09",
        "stretches.1.kind": "make_up_workday",
    }
    wrong = browser.post("/oversight/calendar", {**form, "stretches.0.last": "2026-12-31"})
    assert wrong.status_code == 422
    assert 'value="国办发明电〔2026〕9号"' in wrong.text
    assert browser.post("/oversight/calendar", form).status_code == 303
    hear(world)
    with world.database.read() as session:
        calendar = load_calendar(session)
    assert calendar.is_workday(date(2027, 1, 1)) == (False, True)
    assert calendar.is_workday(date(2027, 1, 9)) == (True, True)
    api = browser.get("/oversight/api/v1/calendar/2027").get_json()
    assert (api["is_published"], len(api["days"])) == (True, 4)


def park(world: World) -> int:
    now = world.clock.now()
    row = InboxRow(
        subscription="oversight_svc",
        event_id=new_id(),
        event_type="target.task.closed.v1",
        aggregate_id=new_id(),
        aggregate_version=1,
        region_code=REGION,
        fiscal_year=2024,
        envelope={"data": {"outcome": "done"}},
        state="parked",
        attempts=6,
        received_at=now,
        next_attempt_at=now,
        last_error="TaskUnknownError",
    )
    with world.database.begin() as uow:
        uow.session.add(row)
        uow.session.flush()
        return row.sequence


def test_a_parked_event_is_read_sent_again_or_discarded_with_a_reason(world: World) -> None:
    world.person("sysadmin", "system_admin")
    first, second = park(world), park(world)
    browser = world.browser("sysadmin")
    assert "TaskUnknownError" in browser.get("/oversight/events").text
    assert "outcome" in browser.get(f"/oversight/events/{first}").text
    assert browser.post(f"/oversight/events/{first}/resend").status_code == 303
    browser.post(f"/oversight/events/{second}/discard", {"reason": ""})
    with world.database.read() as session:
        states = session.scalars(select(InboxRow.state).order_by(InboxRow.sequence)).all()
    assert states == ["pending", "parked"]
    browser.post(f"/oversight/events/{second}/discard", {"reason": "重复"})
    assert browser.get(f"/oversight/events/{second}").status_code == 404
    assert world.browser("chen").get("/oversight/events").status_code == 403


def test_the_trail_is_listed_verified_and_exported(world: World, tmp_path: Path) -> None:
    world.person("audit", "audit_admin")
    browser = world.browser("audit")
    page = browser.get("/oversight/trail?actor=人员audit")
    assert page.text.count('data-label="操作"') == 1
    crypto = open_crypto("sm3", KeyStore(tmp_path / "keys"), "trail")
    seal_once(world.database, crypto)
    publish_head(world.database, crypto, tmp_path)
    assert browser.post("/oversight/trail/verify").status_code == 303
    assert "核验通过" in browser.get("/oversight/trail").text
    exported = browser.post("/oversight/trail/export").data.splitlines(keepends=True)
    heads = browser.get("/oversight/trail/heads").data.splitlines(keepends=True)
    keys = KeyStore(tmp_path / "keys").public_keys()
    assert verify(exported, heads, keys).is_intact
    with world.database.engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("update trail set comment = 'x' where position = 2"))
    browser.post("/oversight/trail/verify")
    assert "核验发现" in browser.get("/oversight/trail").text
    assert world.browser("chen").get("/oversight/trail").status_code == 403
