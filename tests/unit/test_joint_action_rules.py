"""Rules of a joint action: what it must say, who leads, whom tasks go to, in working days."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.joint_actions import (
    MOST_WORKDAYS,
    AssignedTask,
    EndedActionError,
    JointActionState,
    OutsideActionError,
    Party,
    check_action,
    check_action_minutes,
    check_lead,
    check_rights,
    check_under_way,
    lead_of,
)
from shared.terms.vocabulary import RaisingBody, Role

TODAY = date(2024, 3, 5)
FINANCE, DEPARTMENT = Party(MemberBody.FINANCE), Party(None, UUID(int=7))


def test_what_an_action_must_say() -> None:
    whole = ("资金联合检查", "核对台账", "岳财审〔2024〕1号", TODAY, None)
    assert check_action(*whole) == []
    assert {each.path for each in check_action("", " ", "", None, None)} == {
        "title", "purpose", "basis", "starts_on",
    }  # fmt: skip
    late = check_action("a", "b", "c", TODAY, date(2024, 3, 4))
    assert [each.path for each in late] == ["ends_on"]


@pytest.mark.parametrize(
    ("role", "lead"),
    [
        ("fin_perf", RaisingBody.FINANCE),
        ("audit_officer", RaisingBody.AUDIT),
        ("discipline_officer", RaisingBody.DISCIPLINE),
    ],
)
def test_who_leads(role: str, lead: RaisingBody) -> None:
    assert lead_of(frozenset({role})) is lead
    check_lead(lead, frozenset({role}))
    for other in ("org_dept", "dept_head"):
        with pytest.raises(OutsideActionError):
            lead_of(frozenset({other}))
        with pytest.raises(OutsideActionError):
            check_lead(lead, frozenset({other}))


def test_parties_know_their_people_and_desks() -> None:
    assert FINANCE.includes(frozenset({"fin_leader_group"}))
    assert not FINANCE.includes(frozenset({"dept_operator"}))
    assert DEPARTMENT.includes(frozenset({"dept_head"}))
    assert not DEPARTMENT.includes(frozenset({"fin_perf"}))
    assert (FINANCE.task_role, DEPARTMENT.task_role) == (Role.FIN_PERF, Role.DEPT_OPERATOR)


def test_who_reads_does_not_work_and_nothing_follows_the_end() -> None:
    check_rights([MemberRights.READ, MemberRights.WORK])
    for rights in ([], [MemberRights.READ]):
        with pytest.raises(OutsideActionError):
            check_rights(rights)
    check_under_way(JointActionState.UNDER_WAY)
    with pytest.raises(EndedActionError):
        check_under_way(JointActionState.ENDED)


def test_what_minutes_must_say() -> None:
    parties = frozenset({FINANCE, DEPARTMENT})

    def paths(*tasks: AssignedTask, held_on: date | None = TODAY, text: str = "议定") -> list[str]:
        found = check_action_minutes(held_on, text, text, tasks, parties, TODAY)
        return [each.path for each in found]

    assert paths(AssignedTask(DEPARTMENT, "刘科长", "报送台账", 5)) == []
    assert paths(held_on=None) == ["held_on"]
    assert paths(held_on=date(2024, 3, 6)) == ["held_on"]
    assert paths(text="") == ["attendees", "text"]
    assert paths(AssignedTask(FINANCE, "", "x", 5)) == ["tasks.0.what"]
    for workdays in (None, 0, -1, MOST_WORKDAYS + 1):
        assert paths(AssignedTask(FINANCE, "甲", "x", workdays)) == ["tasks.0.workdays"]
    stranger = Party(None, UUID(int=8))
    assert paths(AssignedTask(stranger, "甲", "x", 1)) == ["tasks.0.party"]
