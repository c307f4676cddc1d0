"""Findings on a real database: every act by every role, numbers, urging, the audit's walk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from finding_county import DEPARTMENT, DUE_ON, MONEY, YEAR, FindingCounty, open_county
from sqlalchemy import Engine, func, select

from services.oversight_svc.domain.dating import ExtendedOftenError
from services.oversight_svc.domain.finding_states import FindingAct, FindingState, acts_from
from services.oversight_svc.domain.recognition import OtherBodyError, OwnWorkError
from services.oversight_svc.domain.registration import RepeatRefusedError
from services.oversight_svc.domain.verdicts import UnprovenRefusalError, UrgingMeans
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from services.oversight_svc.store.rectification import FindingExtensionRow
from services.oversight_svc.usecases.determine_refusal import DetermineRefusal, determine_refusal
from services.oversight_svc.usecases.dispute_finding import (
    DecideDispute,
    DisputeFinding,
    decide_dispute,
    dispute_finding,
)
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.finding_moving import check_turn, load_finding
from services.oversight_svc.usecases.follow_up_finding import (
    LookBack,
    archive_finding,
    look_back,
)
from services.oversight_svc.usecases.link_earlier import LinkEarlier, link_earlier
from services.oversight_svc.usecases.merge_findings import MergeFinding, merge_finding
from services.oversight_svc.usecases.register_finding import register_finding
from services.oversight_svc.usecases.review_rectification import (
    RecogniseFinding,
    recognise_finding,
)
from services.oversight_svc.usecases.urge_findings import UrgeFindings, urge_findings
from shared.errors import ForbiddenError, InvalidInputError, NotFoundError, WenxiaoError
from shared.events.evaluation import PROBLEM_REFERRED
from shared.events.oversight import FINDING_CHANGED, TASK_OPENED
from shared.terms.vocabulary import FindingSource, LookBackVerdict, MoneyKind, Role
from shared.testing.events import make_event

A, S = FindingAct, FindingState
UNIT = {"unit_operator", "unit_head", "dept_operator", "dept_head"}
GROUP = {"fin_perf", "audit_officer", "audit_head", "discipline_officer"}
AUDITORS = {"audit_officer", "audit_head"}
OFFICE = {"fin": {"fin_office", "fin_perf"}, "audit": AUDITORS}
BODY = {"fin": {"fin_perf"}, "audit": AUDITORS}
CLOSER = {"fin": {"fin_perf"}, "audit": AUDITORS | {"audit_system"}}
WHO: Mapping[FindingAct, Mapping[str, set[str]]] = {
    A.NOTIFY: OFFICE,
    A.MERGE: OFFICE,
    A.WITHDRAW: BODY,
    A.SIGN_FOR: {"fin": UNIT, "audit": UNIT},
    A.DISPUTE: {"fin": UNIT, "audit": UNIT},
    A.UPHOLD_DISPUTE: BODY,
    A.REJECT_DISPUTE: BODY,
    A.PLAN: {"fin": UNIT, "audit": UNIT},
    A.NOTE_PROGRESS: {"fin": UNIT, "audit": UNIT},
    A.REPORT: {"fin": UNIT, "audit": UNIT},
    A.VERIFY: OFFICE,
    A.RETURN_REPORT: OFFICE,
    A.RECOGNISE: CLOSER,
    A.RECOGNISE_PARTLY: CLOSER,
    A.REFUSE_RECOGNITION: CLOSER,
    A.CONFIRM: {"fin": GROUP, "audit": GROUP},
    A.RELAPSE: {"fin": GROUP, "audit": GROUP},
    A.EXPOSE: {"fin": GROUP, "audit": GROUP},
    A.PROVE_EFFECTIVE: {"fin": GROUP, "audit": GROUP},
    A.PROVE_INEFFECTIVE: {"fin": GROUP, "audit": GROUP},
    A.ARCHIVE: BODY,
    A.EXTEND: BODY,
    A.DETERMINE_REFUSAL: BODY,
}
"""Who may do what to whose finding, written by hand from the duties of the bodies."""

LEGAL: Mapping[FindingState, set[FindingAct]] = {
    S.REGISTERED: {A.NOTIFY, A.MERGE, A.WITHDRAW},
    S.NOTIFIED: {A.SIGN_FOR, A.EXTEND, A.DETERMINE_REFUSAL},
    S.ACCEPTED_BY_UNIT: {A.DISPUTE, A.PLAN, A.EXTEND, A.DETERMINE_REFUSAL},
    S.DISPUTED: {A.UPHOLD_DISPUTE, A.REJECT_DISPUTE},
    S.RECTIFYING: {A.PLAN, A.NOTE_PROGRESS, A.REPORT, A.EXTEND, A.DETERMINE_REFUSAL},
    S.REPORTED: {A.VERIFY, A.RETURN_REPORT},
    S.VERIFIED: {A.RECOGNISE, A.RECOGNISE_PARTLY, A.REFUSE_RECOGNITION},
    S.CLOSED_OUT: {A.CONFIRM, A.RELAPSE, A.EXPOSE},
    S.CONFIRMED: {A.PROVE_EFFECTIVE, A.PROVE_INEFFECTIVE},
    S.EFFECTIVE: {A.ARCHIVE},
    S.ARCHIVED: set(),
    S.MERGED: set(),
    S.WITHDRAWN: set(),
}


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def disputed(county: FindingCounty, body: str = "fin") -> FindingRow:
    finding = county.at(S.ACCEPTED_BY_UNIT, body=body)
    command = DisputeFinding(county.key(finding), "金额与账面不符。")
    county.do(dispute_finding, county.actor("unit_operator"), command)
    return county.fresh(finding)


@pytest.mark.parametrize("body", ["fin", "audit"])
def test_every_act_in_every_state_by_every_role(county: FindingCounty, body: str) -> None:
    wrong = []
    for state, legal in LEGAL.items():
        if state in (S.ARCHIVED, S.MERGED, S.WITHDRAWN):
            assert not acts_from(state)
            continue
        finding = disputed(county, body) if state is S.DISPUTED else county.at(state, body=body)
        for act in A:
            for role in Role:
                actor = county.actor(role.value, name=f"另一位{role.value}")
                with county.database.begin() as uow:
                    try:
                        loaded = load_finding(uow, actor, county.key(finding))
                        check_turn(actor, loaded, act)
                        outcome = "done"
                    except WenxiaoError as error:
                        outcome = "refused" if error.message else "refused in silence"
                expected = "done" if act in legal and role in WHO[act][body] else "refused"
                if outcome != expected:
                    wrong.append(f"{state} {act} by {role} ({body}): {outcome}")
    assert not wrong, "\n".join(wrong)


def test_the_usual_way_keeps_its_promises_at_each_step(county: FindingCounty) -> None:
    for state in (S.NOTIFIED, S.RECTIFYING, S.VERIFIED, S.EFFECTIVE):
        finding = county.at(state)
        with county.database.read() as session:
            lead = session.scalar(
                select(func.count())
                .select_from(FindingUnitRow)
                .where(
                    FindingUnitRow.finding_id == finding.finding_id, FindingUnitRow.duty == "lead"
                )
            )
        assert lead == 1
        assert finding.responsible_person
        assert finding.due_on == finding.first_due_on == DUE_ON
        assert finding.buffer_on == date(2024, 4, 10)
    assert finding.amount_rectified == sum(MONEY.values())
    county.do(archive_finding, county.actor("fin_perf"), county.key(finding))
    assert county.fresh(finding).state == "archived"
    told = [event.data["state"] for event in county.told(FINDING_CHANGED)
            if event.subject.id == finding.finding_id]  # fmt: skip
    assert told[0] == "registered"
    assert told[-1] == "archived"


def test_three_people_and_never_the_same_one_twice(county: FindingCounty) -> None:
    finding = county.at(S.VERIFIED)
    rechecker = county.actor("fin_office", name="fin复核")
    rechecker = county.people["fin复核"] = rechecker.__class__(
        **{**{name: getattr(rechecker, name) for name in rechecker.__slots__},
           "roles": frozenset({"fin_office", "fin_perf"})}
    )  # fmt: skip
    command = RecogniseFinding(county.key(finding), A.RECOGNISE, "同意。")
    with pytest.raises(OwnWorkError):
        county.do(recognise_finding, rechecker, command)
    audit = county.at(S.VERIFIED, body="audit")
    with pytest.raises(OtherBodyError):
        county.do(recognise_finding, county.actor("fin_perf"),
                  RecogniseFinding(county.key(audit), A.RECOGNISE, "同意。"))  # fmt: skip


def test_the_auditor_recognises_partly_and_totals_change(county: FindingCounty) -> None:
    finding = county.at(S.VERIFIED, body="audit")
    part = {MoneyKind.TURNED_OVER: Decimal("60000.00"), MoneyKind.DISBURSED: Decimal("10000.00")}
    auditor = county.actor("audit_head")
    too_much = RecogniseFinding(
        county.key(finding), A.RECOGNISE_PARTLY, "部分", {MoneyKind.TURNED_OVER: Decimal(60001)}
    )
    with pytest.raises(InvalidInputError):
        county.do(recognise_finding, auditor, too_much)
    command = RecogniseFinding(county.key(finding), A.RECOGNISE_PARTLY, "其余继续整改。", part)
    county.do(recognise_finding, auditor, command)
    row = county.fresh(finding)
    assert (row.state, row.is_partly_recognised) == ("rectifying", True)
    assert row.amount_rectified == Decimal("70000.00")


def test_a_pretence_opens_the_finding_again_and_takes_the_money_back(
    county: FindingCounty,
) -> None:
    finding = county.at(S.CLOSED_OUT)
    officer = county.actor("discipline_officer")
    facts: dict[str, Any] = {
        "key": county.key(finding),
        "verdict": LookBackVerdict.FALSIFIED,
        "opinion": "凭证系伪造。",
        "evidence": (county.upload(officer),),
    }
    with pytest.raises(InvalidInputError):
        county.do(look_back, officer, LookBack(**facts))
    county.do(look_back, officer, LookBack(**facts, due_on=date(2024, 5, 31)))
    row = county.fresh(finding)
    assert (row.state, row.is_falsified, row.closed_on) == ("rectifying", True, None)
    assert (row.due_on, row.first_due_on) == (date(2024, 5, 31), DUE_ON)
    assert row.amount_rectified == 0


def test_dates_move_with_a_document_and_only_so_often(county: FindingCounty) -> None:
    finding = county.at(S.RECTIFYING)
    officer = county.actor("fin_perf")
    plain = ExtendFindings(date(2024, 4, 30), "", "汛期", (county.key(finding),))
    with pytest.raises(InvalidInputError):
        county.do(extend_findings, officer, plain)
    for due in (date(2024, 4, 30), date(2024, 5, 31)):
        command = ExtendFindings(due, "岳府办〔2024〕8号", "汛期", fiscal_year=YEAR)
        assert county.do(extend_findings, officer, command) == 1
    with pytest.raises(ExtendedOftenError):
        county.do(extend_findings, officer, ExtendFindings(
            date(2024, 6, 28), "岳府办〔2024〕9号", "汛期", (county.key(finding),)))  # fmt: skip
    with county.database.read() as session:
        moves = session.query(FindingExtensionRow).order_by(FindingExtensionRow.extension_id).all()
    assert [(each.previous_due_on, each.due_on) for each in moves] == [
        (DUE_ON, date(2024, 4, 30)),
        (date(2024, 4, 30), date(2024, 5, 31)),
    ]


def test_refusal_needs_proof_and_makes_no_case(county: FindingCounty) -> None:
    finding = county.at(S.RECTIFYING)
    officer = county.actor("fin_perf")
    command = DetermineRefusal(county.key(finding), "多次催办不改。", "王县长",
                               county.upload(officer))  # fmt: skip
    for _ in range(2):
        with pytest.raises(UnprovenRefusalError, match="须先催办2次"):
            county.do(determine_refusal, officer, command)
        text = UrgeFindings((county.key(finding),), UrgingMeans.TEXT)
        county.do(urge_findings, officer, text)
    call = UrgeFindings((county.key(finding),), UrgingMeans.CALL, "王会计", "表示近期办理")
    county.do(urge_findings, officer, call)
    county.do(urge_findings, officer, call)
    with pytest.raises(InvalidInputError):
        county.do(determine_refusal, officer, DetermineRefusal(county.key(finding), "", "", ""))
    county.do(determine_refusal, officer, command)
    row = county.fresh(finding)
    assert (row.state, row.is_refused, row.times_urged) == ("rectifying", True, 4)


def test_a_dispute_is_decided_by_who_raised_it(county: FindingCounty) -> None:
    finding = disputed(county, "audit")
    with pytest.raises(OtherBodyError):
        county.do(decide_dispute, county.actor("fin_perf"),
                  DecideDispute(county.key(finding), upheld=True, opinion="采纳"))  # fmt: skip
    county.do(decide_dispute, county.actor("audit_officer"),
              DecideDispute(county.key(finding), upheld=True, opinion="采纳"))  # fmt: skip
    assert county.fresh(finding).state == "withdrawn"


def test_merging_keeps_both_numbers_and_earlier_years_are_checked(county: FindingCounty) -> None:
    kept = county.registered()
    gone = county.registered("audit_officer", source=FindingSource.AUDIT)
    with pytest.raises(OtherBodyError):
        county.do(merge_finding, county.actor("fin_perf"),
                  MergeFinding(county.key(gone), kept.number))  # fmt: skip
    county.do(merge_finding, county.actor("audit_officer"),
              MergeFinding(county.key(gone), kept.number))  # fmt: skip
    row = county.fresh(gone)
    assert (row.state, row.merged_into, row.number) == ("merged", kept.finding_id, "2023-0002")
    earlier = county.registered(fiscal_year=2022)
    officer = county.actor("fin_perf")
    with pytest.raises(RepeatRefusedError):
        county.do(link_earlier, officer, LinkEarlier(county.key(earlier), kept.number))
    county.do(link_earlier, officer, LinkEarlier(county.key(kept), earlier.number))
    assert county.fresh(kept).is_repeated


def test_two_sessions_never_share_a_number_and_leave_no_gap(county: FindingCounty) -> None:
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for place in range(6):
                made = county.command(title=f"{name}{place}", source_key=f"{name}-{place}")
                with county.database.begin() as uow:
                    register_finding(uow, county.clock, county.people["fin_perf"], made)
        except BaseException as error:  # noqa: BLE001 (told below)
            errors.append(error)

    county.actor("fin_perf")
    threads = [threading.Thread(target=work, args=(name,)) for name in "甲乙"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    with county.database.read() as session:
        numbers = session.scalars(select(FindingRow.number).order_by(FindingRow.number)).all()
    assert numbers == [f"2023-{place:04d}" for place in range(1, 13)]


def test_a_referred_problem_is_registered_once_and_reaches_the_desk(county: FindingCounty) -> None:
    data = {
        "source": "self_evaluation",
        "source_key": "form-1:1",
        "source_document": "2023年度自评表",
        "unit_id": str(county.units[DEPARTMENT]),
        "project_id": None,
        "project_name": "农村公路养护",
        "title": "完成值缺少佐证",
        "description": "只有八成验收单。",
        "category": "performance",
        "amount": "81000.00",
        "basis": "财预〔2020〕10号",
        "referred_by_name": "王某",
    }
    county.apply(make_event(PROBLEM_REFERRED, data))
    county.apply(make_event(PROBLEM_REFERRED, data))
    with county.database.read() as session:
        (row,) = session.query(FindingRow).all()
    assert (row.number, row.raised_by, row.state) == ("2023-0001", "finance", "registered")
    for event in county.told(TASK_OPENED):
        county.apply(event)
    with county.database.read() as session:
        (task,) = session.query(DeskTaskRow).all()
    assert (task.kind, task.role, task.due_on) == (
        "oversight.notify", "fin_office", date(2024, 3, 12),
    )  # fmt: skip
    clerk = county.actor("unit_operator", name="别处", scope=county.police_scope())
    with pytest.raises(NotFoundError):
        county.do(dispute_finding, clerk, DisputeFinding(county.key(row), "不是我们"))
    with pytest.raises(ForbiddenError):
        county.do(register_finding, clerk, county.command())


BODY_OF_API = {
    "fiscal_year": YEAR,
    "unit_code": DEPARTMENT,
    "source": "audit",
    "source_key": "SJ-2024-17",
    "source_document": "岳审报〔2024〕8号",
    "title": "虚列支出",
    "description": "虚列会议费。",
    "amount": "50000.00",
    "money": {"turned_over": "50000.00"},
}


def test_the_audit_system_posts_a_finding_once(county: FindingCounty) -> None:
    machine = county.browse(county.actor("audit_system"))
    first = machine.call("POST", "/findings", BODY_OF_API)
    again = machine.call("POST", "/findings", BODY_OF_API)
    assert first.status_code == again.status_code == 201, first.text
    assert first.get_json()["number"] == again.get_json()["number"] == "2023-0001"
    assert first.get_json()["raised_by"] == "audit"
    place = f"/findings/{YEAR}/{first.get_json()['finding_id']}"
    assert machine.call("GET", place).get_json()["money"][0]["demanded"] == "50000.00"
    perf = county.browse(county.actor("fin_perf"))
    refused = perf.call("POST", f"{place}/withdrawal", {"opinion": "撤"}, version=1)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "other_body")
    assert perf.call("POST", f"{place}/withdrawal", {"opinion": "撤"}).status_code == 428
    stale = perf.call("POST", f"{place}/withdrawal", {"opinion": "撤"}, version=0)
    assert stale.status_code == 412
    unknown = machine.call("POST", "/findings", BODY_OF_API | {"unit_code": "999"})
    assert unknown.status_code == 422
