"""Progress in the row, saved views, batches, exports: what people do on the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger_world import (
    EDUCATION,
    POLICE,
    SCHOOL,
    LedgerPerson,
    LedgerWorld,
    count,
    key,
    open_ledger,
)
from sqlalchemy import Engine, select

from services.oversight_svc.jobs import batches
from services.oversight_svc.jobs.batches import work_on_batch
from services.oversight_svc.store.findings import FindingRow, MeasureRow
from services.oversight_svc.store.ledger_batches import LedgerBatchRow
from services.oversight_svc.store.people import AccountRow, PostRow, TenureRow
from services.oversight_svc.store.rectification import FindingExtensionRow, UrgingRow
from shared.ids import new_id
from shared.testing.web import REGION
from shared.trail.tables import TrailRow

LEDGER = "/oversight/findings"


@pytest.fixture
def world(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> LedgerWorld:
    return open_ledger(new_database(postgres_url), tmp_path)


def progress_path(finding: FindingRow) -> str:
    return f"/oversight/ledger/{finding.fiscal_year}/{finding.finding_id}/progress"


def account(world: LedgerWorld, name: str, role: str) -> str:
    """Open an account with a post of its own; return its id."""
    account_id, post_id = new_id(), new_id()
    with world.database.begin() as uow:
        uow.session.add(
            AccountRow(
                region_code=REGION, account_id=account_id, version=1, login=name, name=name,
                phone="", password_hash="", must_change_password=False, failed_attempts=0,
                locked_until=None, state="active", created_at=world.clock.now(),
            )
        )  # fmt: skip
        uow.session.add(
            PostRow(
                region_code=REGION, post_id=post_id, version=1, name="督办岗", unit_id=None,
                office="education", roles=[role], state="active",
            )
        )  # fmt: skip
        uow.session.flush()
        uow.session.add(
            TenureRow(
                region_code=REGION, tenure_id=new_id(), post_id=post_id, account_id=account_id,
                is_substitute=False, started_on=date(2023, 1, 1), ended_on=None, basis="",
            )
        )  # fmt: skip
    return str(account_id)


# Progress in the row.


def test_the_leading_unit_notes_progress_in_the_row(world: LedgerWorld) -> None:
    finding = world.add(SCHOOL, POLICE)
    with world.database.begin() as uow:
        uow.session.add(
            MeasureRow(
                region_code=REGION, fiscal_year=2023, finding_id=finding.finding_id, position=0,
                measure="补签合同", owner="王主任", due_on=date(2023, 10, 12), is_wider=False,
                done_on=date(2023, 10, 8), note="",
            )
        )  # fmt: skip
    school, path = world.operator(SCHOOL), progress_path(finding)
    assert path in school.page(f"{LEDGER}?sort=due")
    assert 'name="progress"' in school.page(path)
    typed = {"progress": "60", "note": "合同已补签", "version": "1"}
    answer = school.post(path, typed)
    assert "60%" in answer.text
    changed = world.reload(finding)
    assert (changed.progress, changed.progress_note, changed.version) == (60, "合同已补签", 2)
    with world.database.read() as session:
        assert session.scalars(select(MeasureRow.done_on)).one() == date(2023, 10, 8)
        assert session.scalars(select(TrailRow.act)).all() == ["oversight.finding.note_progress"]
    stale = school.post(path, {**typed, "progress": "70"})
    assert "刚被他人修改过" in stale.text
    assert 'value="70"' in stale.text
    for wrong in ({"progress": "101"}, {"progress": "多半"}, {"note": " "}):
        refused = school.post(path, {**typed, "version": "2", **wrong})
        assert "wx-message" in refused.text
        assert "合同已补签" in refused.text or wrong == {"note": " "}
    assert world.reload(finding).progress == 60


def test_nobody_else_notes_progress(world: LedgerWorld) -> None:
    finding = world.add(SCHOOL, POLICE)
    typed = {"progress": "60", "note": "合同已补签", "version": "1"}
    path = progress_path(finding)
    police = world.operator(POLICE)
    assert path not in police.page(f"{LEDGER}?sort=due")
    assert police.post(path, typed).status_code == 404
    assert world.person("fin_perf").post(path, typed).status_code == 403
    world_elsewhere = world.operator("301")
    assert world_elsewhere.post(path, typed).status_code == 404
    assert world.reload(finding).progress == 30


# Saved views.


def test_a_view_is_saved_found_preferred_renamed_and_deleted(world: LedgerWorld) -> None:
    world.add(EDUCATION, state="reported")
    perf = world.person("fin_perf")
    views = "/oversight/ledger/views"
    asked = {"state": "reported", "sort": "-amount", "cols": "due,state", "money": "3"}
    saved = perf.post(views, {**asked, "view_name": "待复核的", "view_default": "true"})
    assert saved.status_code == 303
    shown = perf.page(saved.location)
    assert 'aria-current="true">待复核的' in shown
    assert "整改措施</th>" not in shown
    opened = perf.get(LEDGER)
    assert opened.status_code == 303
    assert "state=reported" in opened.location
    assert "sort=-amount" in opened.location
    assert "状态：待复核" in perf.page(views)
    assert "待复核的" not in world.person("fin_perf").page(f"{LEDGER}?sort=due")
    change = {"view_name": "待复核的", "act": "rename", "new_name": "甲"}
    assert perf.post(views, change).status_code == 303
    assert perf.post(views, {"view_name": "", "act": "prefer"}).status_code == 303
    assert perf.get(LEDGER).status_code == 200
    assert perf.post(views, {"view_name": "甲", "act": "delete"}).status_code == 303
    assert "还没有保存过视图" in perf.page(views)


def test_bad_views_are_refused_in_words(world: LedgerWorld) -> None:
    perf, views = world.person("fin_perf"), "/oversight/ledger/views"
    perf.post(views, {"view_name": "甲", "sort": "due"})
    perf.post(views, {"view_name": "乙", "sort": "due"})
    for typed in (
        {"view_name": " "},
        {"view_name": "长" * 41},
        {"view_name": "甲", "act": "rename", "new_name": "乙"},
        {"view_name": "甲", "act": "burn"},
    ):
        answer = perf.post(views, typed)
        assert answer.status_code == 422, typed
        assert "wx-alert-red" in answer.text
    assert perf.post(views, {"view_name": "没有", "act": "delete"}).status_code == 404
    for number in range(28):
        assert perf.post(views, {"view_name": f"视图{number}"}).status_code == 303
    assert "最多保存30个视图" in perf.post(views, {"view_name": "再一个"}).text


def test_columns_are_chosen(world: LedgerWorld) -> None:
    world.add()
    perf = world.person("fin_perf")
    chosen = perf.get(f"{LEDGER}?year=2023&sort=due&col=number&col=due&col=amount")
    assert chosen.status_code == 303
    page = perf.page(chosen.location)
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<（]+)', page)
    assert heads == ["序号", "问题编号", "问题", "整改期限", "涉及金额"]


# Batches.


def start(person: LedgerPerson, act: str, ids: list[str], **typed: str) -> str:
    """Start a batch; return the address of its page."""
    answer = person.post(f"/oversight/ledger/{act}", {"ids": ids, "act": "start", **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


EXTENSION = {
    "due_on": "2023-11-10",
    "document_number": "岳财绩〔2023〕12号",
    "reason": "审计延伸核查",
}


def test_an_extension_shows_working_days_and_leaves_out_with_reasons(world: LedgerWorld) -> None:
    near, late = world.add(), world.add(POLICE, due_on=date(2023, 12, 1))
    closed, audit = world.add(state="closed_out"), world.add(raised_by="audit")
    ids = [key(each) for each in (near, late, closed, audit)]
    perf = world.person("fin_perf")
    first = perf.post("/oversight/ledger/extend", {"ids": ids}).text
    assert "将办理 2 个问题" in first
    assert "目前为「已销号」，不能延期。" in first
    assert "须由审计机关办理" in first
    shown = perf.post("/oversight/ledger/extend", {"ids": ids, "act": "preview", **EXTENSION})
    assert "将办理 1 个问题" in shown.text
    assert "原期限不早于新的期限" in shown.text
    assert "剩23个工作日" in shown.text
    place = start(perf, "extend", ids, **EXTENSION)
    assert "正在办理" in perf.page(place)
    assert world.reload(near).due_on == date(2023, 10, 20)
    assert work_on_batch(world.database)
    assert not work_on_batch(world.database)
    assert "成功 1 条" in perf.page(place)
    moved = world.reload(near)
    assert (moved.due_on, moved.first_due_on, moved.times_extended) == (
        date(2023, 11, 10), date(2023, 10, 20), 1,
    )  # fmt: skip
    assert world.reload(late).due_on == date(2023, 12, 1)
    assert count(world, FindingExtensionRow) == 1


def test_an_extension_without_basis_keeps_what_was_typed(world: LedgerWorld) -> None:
    perf, ids = world.person("fin_perf"), [key(world.add())]
    typed = {"ids": ids, "act": "start", **EXTENSION, "document_number": ""}
    answer = perf.post("/oversight/ledger/extend", typed)
    assert answer.status_code == 422
    assert "审计延伸核查" in answer.text
    assert ids[0] in answer.text
    assert count(world, LedgerBatchRow) == 0


def test_reminding_is_noted_once_for_each_finding(world: LedgerWorld) -> None:
    due, reported = world.add(due_on=date(2023, 10, 9)), world.add(state="reported")
    perf = world.person("fin_perf")
    ids = [key(due), key(reported)]
    page = perf.post("/oversight/ledger/remind", {"ids": ids}).text
    assert "县教育局（王主任 0826-5550101）" in page
    assert "已逾期1个工作日" in page
    assert "不在责任单位手中" in page
    place = start(perf, "remind", ids, note="绩效工作群")
    work_on_batch(world.database)
    assert "成功 1 条" in perf.page(place)
    assert (world.reload(due).times_urged, world.reload(reported).times_urged) == (1, 0)
    with world.database.read() as session:
        row = session.scalars(select(UrgingRow)).one()
    assert (row.means, row.state, row.note) == ("text", "sent", "绩效工作群")


def test_findings_are_assigned_to_people_of_the_body(world: LedgerWorld) -> None:
    officer, stranger = (
        account(world, "赵督办", "fin_office"),
        account(world, "钱会计", "unit_operator"),
    )
    first, second = world.add(), world.add()
    perf, ids = world.person("fin_perf"), [key(first), key(second)]
    page = perf.post("/oversight/ledger/assign", {"ids": ids}).text
    assert "赵督办" in page
    assert "钱会计" not in page
    start(perf, "assign", ids, account_id=officer)
    work_on_batch(world.database)
    assert [world.reload(each).assigned_name for each in (first, second)] == ["赵督办"] * 2
    place = start(perf, "assign", ids, account_id=stranger)
    work_on_batch(world.database)
    done = perf.page(place)
    assert "未办成 2 条" in done
    assert "请从名单中选择财政部门的现任人员。" in done
    assert world.reload(first).assigned_name == "赵督办"


def test_what_became_impossible_meanwhile_is_told_one_by_one(world: LedgerWorld) -> None:
    officer = account(world, "赵督办", "fin_office")
    findings = [world.add() for _ in range(45)]
    perf = world.person("fin_perf")
    place = start(perf, "assign", [key(each) for each in findings], account_id=officer)
    with world.database.begin() as uow:
        row = uow.session.get(FindingRow, (REGION, 2023, findings[30].finding_id))
        assert row is not None
        row.state = "closed_out"
    work_on_batch(world.database)
    page = perf.page(place)
    assert "成功 44 条，未办成 1 条" in page
    assert f"{findings[30].number} 问题31：目前为「已销号」" in page


def test_a_batch_taken_over_after_a_crash_does_nothing_twice(
    world: LedgerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = [world.add() for _ in range(50)]
    perf = world.person("fin_perf")
    start(perf, "remind", [key(each) for each in findings])
    real, calls = batches._one, 0

    def one(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 30:
            raise KeyboardInterrupt  # the process dies in the second piece
        return real(*arguments)

    monkeypatch.setattr(batches, "_one", one)
    with pytest.raises(KeyboardInterrupt):
        work_on_batch(world.database)
    monkeypatch.setattr(batches, "_one", real)
    assert not work_on_batch(world.database)  # still claimed
    with world.database.begin() as uow:
        batch = uow.session.scalars(select(LedgerBatchRow)).one()
        assert (batch.state, batch.done) == ("running", 20)
        batch.claimed_until = world.clock.now() - timedelta(days=9999)
    assert work_on_batch(world.database)
    assert {world.reload(each).times_urged for each in findings} == {1}


def test_batches_belong_to_who_started_them(world: LedgerWorld) -> None:
    perf, ids = world.person("fin_perf"), [key(world.add())]
    place = start(perf, "remind", ids)
    other = world.person("fin_perf")
    assert other.get(place).status_code == 404
    assert "还没有导出或批量办理" in other.page("/oversight/ledger/batches")
    assert "批量催办1个问题" in perf.page("/oversight/ledger/batches")
    assert (
        world.person("unit_operator").post("/oversight/ledger/remind", {"ids": ids}).status_code
        == 403
    )
    outside = world.office("agriculture").post("/oversight/ledger/remind", {"ids": ids})
    assert "所选问题都不能办理" in outside.text
    nothing = perf.post("/oversight/ledger/remind", {"ids": ["x", "2023:y"]})
    assert nothing.status_code == 303
