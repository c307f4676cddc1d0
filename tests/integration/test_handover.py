"""A post is handed over with its open work; heads' tenure; sign-ins ended by force."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fixtures.papers import SCAN
from oversight_world import Browser, World, build_world
from sqlalchemy import Engine, select

from services.oversight_svc.domain.handover import HandoverFacts, handover_code, handover_problems
from services.oversight_svc.store.handovers import HandoverRow, UnitHeadRow
from services.oversight_svc.store.people import TenureRow
from services.oversight_svc.usecases.change_unit_head import ChangeUnitHead, change_unit_head
from shared.directory.tables import UnitRow
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.testing.clock import FrozenClock
from shared.testing.web import actor_with
from shared.trail.tables import TrailRow

TODAY = date(2023, 10, 10)
CODE = re.compile(r"<code>([0-9A-F]{8})</code>")
TITLE = "校舍维修绩效目标"


@pytest.fixture
def world(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> World:
    made = build_world(new_database(postgres_url), frozen_clock, tmp_path)
    made.unit("219", "县教育局")
    made.unit("220", "县水务局")
    for login, role, unit in (
        ("sysadmin", "system_admin", ""),
        ("secadmin", "security_admin", ""),
        ("auditadmin", "audit_admin", ""),
        ("perf", "fin_perf", ""),
        ("wang", "unit_operator", "219"),
        ("zhao", "unit_operator", "220"),
        ("head", "unit_head", "219"),
    ):
        made.person(login, role, unit=unit)
    made.account("liming", "李明")
    made.task(TITLE, "219", "unit_operator", due_on=date(2023, 9, 28))
    made.task("食堂改造绩效目标", "219", "unit_operator", due_on=date(2023, 10, 20))
    made.task("水厂绩效目标", "220", "unit_operator", due_on=date(2023, 10, 20))
    return made


def address(world: World, post: str = "wang岗") -> str:
    return f"/oversight/posts/{world.posts[post]}/handover"


def printed_code(world: World) -> str:
    found = CODE.search(world.browser("wang").get(f"{address(world)}/print").text)
    assert found is not None
    return found[1]


def form(world: World, **changes: object) -> dict[str, object]:
    return {
        "account_id": str(world.people["liming"]),
        "effective_on": TODAY.isoformat(),
        "printed_code": printed_code(world),
        "scan": (BytesIO(SCAN), "移交单.pdf"),
        **changes,
    }


def guard_of(world: World) -> Browser:
    guard = world.browser("secadmin")
    guard.get(address(world))
    return guard


def test_the_holder_prints_what_is_open_and_nobody_else_reads_it(world: World) -> None:
    page = world.browser("wang").get(address(world)).text
    assert TITLE in page
    assert "逾期" in page
    assert "水厂绩效目标" not in page
    paper = world.browser("wang").get(f"{address(world)}/print").text
    assert TITLE in paper
    assert "人员wang" in paper
    assert "接任人（签字）" in paper
    assert world.browser("head").get(f"{address(world)}/print").status_code == 200
    assert world.browser("zhao").get(address(world)).status_code == 404
    guard = guard_of(world)
    shown = guard.get(address(world)).text
    assert "共 2 项，其中逾期 1 项" in shown
    assert TITLE not in shown
    assert guard.get(f"{address(world)}/print").status_code == 404


def test_work_follows_the_post_and_history_keeps_the_old_name(world: World) -> None:
    wang = world.browser("wang")
    guard = guard_of(world)
    answer = guard.post(address(world), form(world))
    assert answer.status_code == 303, answer.text
    assert "2 项待办自动转到" in guard.get(answer.headers["Location"]).text
    assert wang.get("/session").status_code == 401
    assert world.browser().sign_in("wang").status_code == 422
    assert TITLE in world.browser("liming").get("/").text
    with world.database.read() as session:
        held = session.execute(
            select(TenureRow.started_on, TenureRow.ended_on)
            .where(TenureRow.post_id == world.posts["wang岗"])
            .order_by(TenureRow.started_on)
        ).all()
        kept = session.scalars(select(HandoverRow)).one()
        told = session.scalars(
            select(TrailRow).where(TrailRow.act == "oversight.post.hand_over")
        ).one()
    assert [tuple(row) for row in held] == [
        (date(2023, 1, 1), TODAY - timedelta(days=1)),
        (TODAY, None),
    ]
    assert (kept.from_names, kept.to_name) == ("人员wang", "李明")
    assert (kept.open_count, kept.overdue_count) == (2, 1)
    assert [each["title"] for each in kept.items] == [TITLE, "食堂改造绩效目标"]
    assert told.after["from"] == "人员wang"
    past = guard.get(address(world)).text
    assert "人员wang" in past
    scan = re.search(r'href="([^"]+/scan)"', past)
    assert scan is not None
    assert guard.get(f"{scan[1]}?part=file").data == SCAN


def refused(world: World, **changes: object) -> str:
    answer = guard_of(world).post(address(world), form(world, **changes))
    assert answer.status_code == 422
    with world.database.read() as session:
        assert not session.scalars(select(HandoverRow)).all()
    return answer.text


def test_a_handover_that_does_not_stand_is_refused_beside_its_field(world: World) -> None:
    empty = (BytesIO(b""), "")
    assert "没有移交单不能交接" in refused(world, scan=empty)
    assert "接任人就是现任职人" in refused(world, account_id=str(world.people["wang"]))
    assert "不能把岗位移交给自己" in refused(world, account_id=str(world.people["secadmin"]))
    assert "分设" in refused(world, account_id=str(world.people["sysadmin"]))
    assert "不能早于今天" in refused(world, effective_on="2023-10-09")
    assert "版本码" in refused(world, printed_code="00000000")
    assert "文件打不开" in refused(world, scan=(BytesIO(SCAN[:40]), "移交单.pdf"))


def test_a_refused_form_keeps_the_scan(world: World) -> None:
    guard = guard_of(world)
    page = guard.post(address(world), form(world, effective_on="2023-10-09")).text
    assert "已上传 移交单.pdf" in page
    found = re.search(r'name="scan_digest" value="([0-9a-f]{64})"', page)
    assert found is not None
    again = form(world, scan_digest=found[1])
    del again["scan"]
    assert guard.post(address(world), again).status_code == 303


def test_work_that_came_after_printing_has_to_be_explained(world: World) -> None:
    code = printed_code(world)
    world.task("新来的事项", "219", "unit_operator", due_on=date(2023, 11, 1))
    assert "打印后待办事项有变化" in refused(world, printed_code=code)
    answer = guard_of(world).post(
        address(world), form(world, printed_code=f" {code.lower()}", accepts_changes="true")
    )
    assert answer.status_code == 303


def test_a_post_that_is_held_changes_hands_only_on_paper(world: World) -> None:
    guard = guard_of(world)
    here = f"/oversight/posts/{world.posts['wang岗']}/assign"
    typed = {"account_id": str(world.people["liming"]), "started_on": "2023-10-10", "basis": "口头"}
    refused = guard.post(here, typed)
    assert refused.status_code == 422
    assert "须办理岗位交接" in refused.text
    substitute = {"is_substitute": "true", "ended_on": "2023-10-31"}
    assert guard.post(here, typed | substitute).status_code == 303


def test_only_the_security_administrator_confirms(world: World) -> None:
    perf = world.browser("perf")
    perf.get("/")
    assert perf.post(address(world), form(world)).status_code == 403


def test_every_reason_against_a_handover_is_told_at_once() -> None:
    person = new_id()
    facts = HandoverFacts(
        frozenset({person}),
        person,
        person,
        date(2023, 10, 9),
        TODAY,
        scan_digest="",
        printed_code="",
        present_code="A",
        accepts_changes=False,
    )
    paths = [problem.path for problem in handover_problems(facts)]
    assert paths == ["account_id", "account_id", "effective_on", "scan", "printed_code"]
    assert handover_code(person, []) != handover_code(new_id(), [])


def heads(world: World) -> list[tuple[str, date | None, date | None]]:
    with world.database.read() as session:
        rows = session.scalars(select(UnitHeadRow).order_by(UnitHeadRow.ended_on.nulls_last()))
        return [(row.name, row.started_on, row.ended_on) for row in rows]


def test_a_former_head_stays_in_history(world: World) -> None:
    unit_id = world.units["219"]
    with world.database.begin() as uow:
        unit = uow.session.scalars(select(UnitRow).where(UnitRow.unit_id == unit_id)).one()
        unit.head_name = "陈局长"
    perf = world.browser("perf")
    here = f"/oversight/units/{unit_id}"
    assert "到任日期未登记" in perf.get(here).text
    typed = {"name": "周局长", "started_on": "2023-10-01", "document_number": "岳委任〔2023〕8号"}
    for change, message in (
        ({"document_number": " "}, "任免文号"),
        ({"started_on": "2023-10-11"}, "到任后再登记"),
        ({"name": "陈局长"}, "与现任负责人同名"),
    ):
        answer = perf.post(f"{here}/head", typed | change)
        assert answer.status_code == 422
        assert message in answer.text
    assert perf.post(f"{here}/head", typed).status_code == 303
    assert heads(world) == [
        ("陈局长", None, date(2023, 9, 30)),
        ("周局长", date(2023, 10, 1), None),
    ]
    page = perf.get(here).text
    assert "岳委任〔2023〕8号" in page
    with world.database.read() as session:
        unit = session.scalars(select(UnitRow).where(UnitRow.unit_id == unit_id)).one()
        assert unit.head_name == "周局长"
        told = session.scalars(select(OutboxRow.event_type)).all()
    assert "oversight.unit.changed.v1" in told
    early = perf.post(f"{here}/head", typed | {"name": "吴局长"})
    assert "不能早于或等于前任" in early.text
    assert world.browser("secadmin").get(here).text.count("登记负责人变动") == 0


def test_a_second_change_ends_the_tenure_before(world: World) -> None:
    perf = actor_with("fin_perf")
    for name, start in (("甲", date(2022, 1, 1)), ("乙", date(2023, 5, 1))):
        command = ChangeUnitHead(world.units["220"], name, "局长", start, "任字1号")
        with world.database.begin() as uow:
            change_unit_head(uow, world.clock, perf, command)
    assert heads(world) == [
        ("甲", date(2022, 1, 1), date(2023, 4, 30)),
        ("乙", date(2023, 5, 1), None),
    ]


def test_a_sign_in_is_ended_by_force_with_a_reason(world: World) -> None:
    wang, guard = world.browser("wang"), world.browser("secadmin")
    page = guard.get("/oversight/sessions?q=wang&state=open").text
    found = re.search(r'action="(/oversight/sessions/[0-9a-f-]+/revoke)"', page)
    assert found is not None
    assert "人员wang" in page
    silent = guard.post(found[1])
    assert "请写明强制退出的原因" in guard.get(silent.headers["Location"]).text
    assert wang.get("/session").status_code == 200
    done = guard.post(found[1], {"reason": "疑似他人冒用"})
    assert "已强制退出" in guard.get(done.headers["Location"]).text
    assert wang.get("/session").status_code == 401
    again = guard.post(found[1], {"reason": "再试"})
    assert "此前已经结束" in guard.get(again.headers["Location"]).text
    with world.database.read() as session:
        told = session.scalars(
            select(TrailRow.comment).where(TrailRow.act == "oversight.session.revoke")
        ).all()
    assert told == ["疑似他人冒用"]
    auditor = world.browser("auditadmin").get("/oversight/sessions").text
    assert "人员wang" in auditor
    assert "强制退出" not in auditor
    assert world.browser("perf").get("/oversight/sessions").status_code == 403


def test_nobody_ends_the_sign_in_in_use(world: World) -> None:
    guard = world.browser("secadmin")
    page = guard.get("/oversight/sessions?q=secadmin&state=open").text
    assert "本人正在使用" in page
    assert "/revoke" not in page
