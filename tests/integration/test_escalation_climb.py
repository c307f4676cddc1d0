"""Overdue things climb: by the rows, each rung once, whoever is asked finds it on the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from escalation_world import EscalationWorld, open_world
from finding_county import DUE_ON
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ladder import OtherRoleError, RungSettledError
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.store.rectification import UrgingRow
from services.oversight_svc.usecases import climb_ladders
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.report_rectification import report_rectification
from services.oversight_svc.usecases.skip_rung import SkipRung, skip_rung
from services.oversight_svc.usecases.take_rungs import RungKey, TakeRungs, take_rungs
from services.oversight_svc.usecases.urge_findings import UrgeFindings, urge_findings
from shared.errors import ForbiddenError, InvalidInputError, NotFoundError
from shared.events.oversight import ESCALATION_CHANGED

S = FindingState
EVERY = ["before_due", "overdue", "letter", "head", "circular", "proposal"]


@pytest.fixture
def world(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> EscalationWorld:
    return open_world(new_database(postgres_url), tmp_path)


def test_each_rung_comes_on_its_day_and_once(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    first: dict[str, date] = {}
    for day in range(60):
        world.on(date(2024, 3, 20) + timedelta(day))
        world.climb()
        world.climb()
        for row in world.rungs(finding.finding_id):
            first.setdefault(row.rung, world.county.clock.today())
    assert first == {
        "before_due": date(2024, 3, 26),
        "overdue": date(2024, 4, 3),
        "letter": date(2024, 4, 11),
        "head": date(2024, 4, 17),
        "circular": date(2024, 4, 24),
        "proposal": date(2024, 5, 10),
    }
    assert [row.rung for row in world.rungs(finding.finding_id)] == EVERY
    assert all(row.reached_on == first[row.rung] for row in world.rungs(finding.finding_id))


def test_an_outage_delays_rungs_and_loses_none(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 7, 1))
    world.climb()
    rows = world.rungs(finding.finding_id)
    assert [(row.rung, row.state) for row in rows] == [
        ("before_due", "done"), ("overdue", "done"), ("letter", "waiting"), ("head", "waiting"),
        ("circular", "waiting"), ("proposal", "waiting"),
    ]  # fmt: skip
    assert [row.role for row in rows] == [None, None, "fin_office", "fin_office", "fin_perf",
                                          "fin_perf"]  # fmt: skip
    told = world.county.told(ESCALATION_CHANGED)
    assert [event.data["rung"] for event in told] == EVERY
    world.hear()
    desk = world.desk("fin_office")
    assert [task.title for task in desk if task.kind == "oversight.escalate"] == [
        f"催办函：{finding.number} {finding.title}",
        f"通知单位负责人：{finding.number} {finding.title}",
    ]
    assert len(world.trail("oversight.escalation.climb")) == 6


def test_the_database_refuses_a_second_one(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 3))
    world.climb()
    again = text(
        "insert into escalation select * from escalation where rung = 'overdue'"
        " and subject_id = :id"
    )
    other = text("update escalation set rung = 'overdue' where rung = 'before_due'")
    for statement in (again, other):
        with pytest.raises(IntegrityError), world.county.database.begin() as uow:
            uow.session.execute(statement, {"id": finding.finding_id})


def test_a_moved_date_begins_anew_and_lets_go_of_what_waits(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 12))
    world.climb()
    moved = ExtendFindings(date(2024, 5, 31), "岳府办〔2024〕8号", "汛期施工", keys=(
        world.county.key(finding),))  # fmt: skip
    world.county.do(extend_findings, world.county.actor("fin_perf"), moved)
    world.climb()  # the desk has not heard of it yet, the finding's own task has
    assert [row.state for row in world.rungs(finding.finding_id)] == ["done", "done", "lapsed"]
    world.hear()
    world.on(date(2024, 6, 3))
    world.climb()
    rows = world.rungs(finding.finding_id)
    assert [(row.due_on, row.rung) for row in rows] == [
        (DUE_ON, "before_due"), (DUE_ON, "overdue"), (DUE_ON, "letter"),
        (date(2024, 5, 31), "before_due"), (date(2024, 5, 31), "overdue"),
    ]  # fmt: skip
    world.hear()
    assert not [task for task in world.desk("fin_office") if task.kind == "oversight.escalate"]


def test_what_is_handed_in_climbs_no_further(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.hear()
    world.on(date(2024, 4, 12))
    world.climb()
    clerk = world.county.actor("unit_operator")
    report = world.county.report_command(finding, clerk)
    world.county.do(report_rectification, clerk, report)  # late, and not refused
    world.on(date(2024, 6, 28))
    world.climb()
    assert [(row.rung, row.state) for row in world.rungs(finding.finding_id)] == [
        ("before_due", "done"), ("overdue", "done"), ("letter", "lapsed"),
    ]  # fmt: skip


def test_a_copied_task_climbs_its_own_ladder(world: EscalationWorld) -> None:
    subject = world.task("monitoring.fill", "monitoring.report", date(2023, 10, 11))
    closed = world.task("monitoring.fill", "monitoring.report", date(2023, 10, 11), is_closed=True)
    other = world.task("monitoring.review_office", "monitoring.report", date(2023, 10, 11))
    world.on(date(2023, 10, 16))
    world.climb()
    rows = world.rungs(subject)
    assert [(row.rung, row.reached_on) for row in rows] == [
        ("before_due", date(2023, 9, 28)), ("overdue", date(2023, 10, 12)),
        ("letter", date(2023, 10, 16)),
    ]  # fmt: skip
    assert {row.kind for row in rows} == {"monitoring_report"}
    assert world.rungs(closed) == world.rungs(other) == []


def test_an_unsigned_notice_climbs_the_ladder_of_receipts(world: EscalationWorld) -> None:
    finding = world.county.at(S.NOTIFIED)
    world.on(date(2024, 3, 12))  # two working days after the 8th
    world.climb()
    rows = world.rungs(finding.finding_id)
    assert [(row.kind, row.rung) for row in rows] == [
        ("notice_receipt", "before_due"), ("notice_receipt", "overdue"), ("notice_receipt", "head"),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "role"), [("audit", "audit_officer"), ("discipline",
                                            "discipline_officer")])  # fmt: skip
def test_the_body_that_raised_it_is_asked(world: EscalationWorld, body: str, role: str) -> None:
    finding = world.county.at(S.RECTIFYING, body=body)
    world.on(date(2024, 7, 1))
    world.climb()
    assert {row.role for row in world.rungs(finding.finding_id)} == {None, role}


def test_without_a_pack_nothing_climbs_and_the_rest_goes_on(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.hear()
    with world.county.database.begin() as uow:
        uow.session.execute(text("update active_policy set fiscal_year = 2024"))
    world.on(date(2024, 7, 1))
    subject = world.task("monitoring.fill", "monitoring.report", date(2024, 6, 3), year=2024)
    world.climb()
    assert world.rungs(finding.finding_id) == []
    assert len(world.rungs(subject, year=2024)) == 5


def test_a_full_run_leaves_the_rest_to_the_next(
    world: EscalationWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(climb_ladders, "AT_ONCE", 2)
    days = (date(2024, 5, 6), date(2024, 5, 7), date(2024, 5, 8))
    subjects = [world.task("monitoring.fill", "monitoring.report", day) for day in days]
    world.on(date(2024, 7, 1))
    world.climb()
    assert [len(world.rungs(each)) for each in subjects] == [5, 5, 0]
    world.climb()
    assert [len(world.rungs(each)) for each in subjects] == [5, 5, 5]


def test_the_ladder_never_marks_a_refusal(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2025, 7, 1))
    world.climb()
    fresh = world.county.fresh(finding)
    assert (fresh.is_refused, fresh.state, fresh.version) == (False, "rectifying", finding.version)
    with world.county.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UrgingRow)) == 0


def test_a_letter_is_taken_with_number_date_and_scan_and_is_an_urging(
    world: EscalationWorld,
) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 12))
    world.climb()
    officer = world.county.actor("fin_office")
    key = world.key(finding.finding_id, "letter")
    with pytest.raises(InvalidInputError) as refused:
        world.county.do(take_rungs, officer, TakeRungs((key,)))
    assert [each.path for each in refused.value.problems] == [
        "document_number", "document_on", "scan",
    ]  # fmt: skip
    letter = TakeRungs((key,), "岳财绩〔2024〕9号", date(2024, 4, 12), world.county.upload(officer))
    assert world.county.do(take_rungs, officer, letter) == 1
    row = world.rung(finding.finding_id, "letter")
    assert (row.state, row.document_number, row.settler_name, row.scan_name) == (
        "taken", "岳财绩〔2024〕9号", "fin_office", "扫描件.pdf",
    )  # fmt: skip
    with world.county.database.read() as session:
        urging = session.scalars(select(UrgingRow)).one()
    assert (urging.means, urging.state, urging.document_number) == (
        UrgingMeans.LETTER, "sent", "岳财绩〔2024〕9号",
    )  # fmt: skip
    assert world.county.fresh(finding).times_urged == 1
    with pytest.raises(RungSettledError):
        world.county.do(take_rungs, officer, letter)


def test_urging_by_the_usual_way_takes_the_rung(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 18))
    world.climb()
    call = UrgeFindings((world.county.key(finding),), UrgingMeans.CALL, "张局长", "下周补报")
    world.county.do(urge_findings, world.county.actor("fin_office"), call)
    assert world.rung(finding.finding_id, "head").state == "taken"
    assert world.rung(finding.finding_id, "head").person == "张局长"
    assert world.rung(finding.finding_id, "letter").state == "waiting"


def test_who_urged_already_is_not_asked_again(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 4, 1))
    early = UrgeFindings((world.county.key(finding),), UrgingMeans.CALL, "张局长", "尚未到期")
    world.county.do(urge_findings, world.county.actor("fin_office"), early)
    world.on(date(2024, 7, 1))
    world.climb()
    assert world.rung(finding.finding_id, "head").state == "waiting"  # that was before the date
    second = world.county.at(S.RECTIFYING, title="另一个问题", source_document="岳财绩〔2024〕4号")
    world.on(date(2025, 1, 2))
    late = UrgeFindings((world.county.key(second),), UrgingMeans.CALL, "李主任", "月底完成")
    world.county.do(urge_findings, world.county.actor("fin_office"), late)
    world.hear()
    world.climb()
    row = world.rung(second.finding_id, "head")
    assert (row.state, row.person, row.settler_name) == ("taken", "李主任", "fin_office")
    assert world.rung(second.finding_id, "letter").state == "waiting"
    world.hear()
    asked = [task.subject_id for task in world.desk("fin_office")]
    assert row.escalation_id not in asked


def test_a_rung_about_a_form_is_taken_without_an_urging(world: EscalationWorld) -> None:
    subject = world.task("evaluation.fill", "evaluation.self_evaluation", date(2024, 5, 10))
    second = world.task("evaluation.fill", "evaluation.self_evaluation", date(2024, 5, 10))
    world.on(date(2024, 6, 3))
    world.climb()
    keys = tuple(world.key(each, "circular") for each in (subject, second))
    with pytest.raises(OtherRoleError):
        world.county.do(take_rungs, world.county.actor("fin_office"), TakeRungs(keys, note="已列"))
    taken = TakeRungs(keys, note="已列入6月通报名单")
    assert world.county.do(take_rungs, world.county.actor("fin_perf"), taken) == 2
    rows = [world.rung(each, "circular") for each in (subject, second)]
    assert {(row.state, row.note) for row in rows} == {("taken", "已列入6月通报名单")}
    told = [event.data for event in world.county.told(ESCALATION_CHANGED)]
    assert [each["state"] for each in told if each["rung"] == "circular"] == [
        "waiting", "waiting", "taken", "taken",
    ]  # fmt: skip


def test_rungs_of_two_kinds_or_units_are_not_taken_together(world: EscalationWorld) -> None:
    subject = world.task("evaluation.fill", "evaluation.self_evaluation", date(2024, 5, 10))
    world.on(date(2024, 6, 3))
    world.climb()
    mixed = TakeRungs((world.key(subject, "letter"), world.key(subject, "head")), note="x")
    with pytest.raises(InvalidInputError) as refused:
        world.county.do(take_rungs, world.county.actor("fin_office"), mixed)
    assert [each.code for each in refused.value.problems] == ["mixed"]


def test_leaving_a_rung_out_says_who_agreed_and_why(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 7, 1))
    world.climb()
    key = world.key(finding.finding_id, "proposal")
    with pytest.raises(ForbiddenError):
        world.county.do(skip_rung, world.county.actor("fin_office"), SkipRung(key, "李局长", "x"))
    with pytest.raises(InvalidInputError):
        world.county.do(skip_rung, world.county.actor("fin_perf"), SkipRung(key, "", ""))
    command = SkipRung(key, "李局长", "单位正在合并，另行研究")
    world.county.do(skip_rung, world.county.actor("fin_perf"), command)
    row = world.rung(finding.finding_id, "proposal")
    assert (row.state, row.person, row.note) == ("skipped", "李局长", "单位正在合并，另行研究")
    world.climb()
    assert len(world.rungs(finding.finding_id)) == 6


def test_other_places_know_nothing_of_it(world: EscalationWorld) -> None:
    finding = world.county.at(S.RECTIFYING)
    world.on(date(2024, 7, 1))
    world.climb()
    key = world.key(finding.finding_id, "circular")
    stranger = world.county.actor("fin_perf", name="别处", scope=world.county.police_scope())
    with pytest.raises(NotFoundError):
        world.county.do(take_rungs, stranger, TakeRungs((key,), note="x"))
    unknown = RungKey(2023, UUID(int=7))
    with pytest.raises(NotFoundError):
        world.county.do(take_rungs, world.county.actor("fin_perf"), TakeRungs((unknown,), note="x"))
