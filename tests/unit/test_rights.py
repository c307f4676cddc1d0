"""The table of rights: separation of duties, deny by default, labels, scope."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.actor import NOBODY, Scope
from shared.access.rights import (
    act_label,
    is_allowed,
    load_rights,
    require,
    require_scope,
    role_label,
)
from shared.directory.tables import UnitRow
from shared.errors import ForbiddenError, NotFoundError
from shared.terms.vocabulary import Role
from shared.testing.web import REGION, actor_with

RIGHTS = load_rights()

# What each administrator may do, written here a second time: a slip in the table fails.
SYSTEM_ADMIN = {
    "oversight.office.view",
    "oversight.office.save",
    "oversight.unit.view",
    "oversight.unit.import",
    "oversight.unit.change_head",
    "oversight.account.view",
    "oversight.account.create",
    "oversight.account.reset_password",
    "oversight.post.view",
    "oversight.post.hand_over",
    "oversight.client.view",
    "oversight.policy.view",
    "oversight.calendar.view",
    "oversight.calendar.change",
    "oversight.desk.view",
    "system.event.view",
    "system.event.resend",
    "system.event.discard",
    "system.job.view",
}
SECURITY_ADMIN = {
    "oversight.office.view",
    "oversight.unit.view",
    "oversight.account.view",
    "oversight.account.lock",
    "oversight.account.unlock",
    "oversight.post.view",
    "oversight.post.hand_over",
    "oversight.post.create",
    "oversight.post.assign",
    "oversight.post.substitute",
    "oversight.session.view",
    "oversight.session.revoke",
    "oversight.client.view",
    "oversight.client.register",
    "oversight.client.revoke",
    "oversight.desk.view",
}
AUDIT_ADMIN = {
    "oversight.account.view",
    "oversight.post.view",
    "oversight.post.hand_over",
    "oversight.session.view",
    "oversight.client.view",
    "oversight.desk.view",
    "system.trail.view",
    "system.trail.export",
}
ONE_S_OWN = {"oversight.post.hand_over"}  # the post one holds oneself
BUSINESS = ("target.", "monitoring.", "evaluation.")


def acts_of(role: str) -> set[str]:
    return {act for act, right in RIGHTS.acts.items() if role in right.roles}


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        ("system_admin", SYSTEM_ADMIN),
        ("security_admin", SECURITY_ADMIN),
        ("audit_admin", AUDIT_ADMIN),
    ],
)
def test_administrators_hold_their_duty_and_nothing_else(role: str, acts: set[str]) -> None:
    assert acts_of(role) == acts
    assert not any(act.startswith(BUSINESS) for act in acts)


def test_no_two_administrators_may_change_the_same_thing() -> None:
    changing = [
        {act for act in acts - ONE_S_OWN if not act.endswith((".view", ".export"))}
        for acts in (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)
    ]
    assert not changing[0] & changing[1]
    assert changing[2] == set()


def test_whoever_fills_in_does_not_review_as_finance() -> None:
    finance = acts_of("fin_office") | acts_of("fin_perf") | acts_of("fin_budget")
    for act in ("target.target.edit", "target.target.submit", "monitoring.report.fill"):
        assert act not in finance
    for act in ("target.target.review_office", "target.target.review_perf"):
        assert act not in acts_of("unit_operator") | acts_of("dept_operator")


def test_the_gate_is_recorded_by_the_budget_office_alone() -> None:
    for act in ("target.target.table", "target.target.approve"):
        assert RIGHTS.acts[act].roles == {"fin_budget"}


_CASE_WORK = {"oversight.accountability.work", "oversight.file.upload"}
_TOGETHER = _CASE_WORK | {"oversight.joint_action.work"}
TAKE_PART = {
    "npc_viewer": _TOGETHER | {"evaluation.form_check.run"},
    "org_dept": _TOGETHER | {"oversight.accountability.enter"},
}
"""五方协同: on a case or a joint action they were invited to, or a case transferred to them.

A form check keeps nothing: whoever may read a form may have its figures recomputed.
"""


@pytest.mark.parametrize("role", ["npc_viewer", "cppcc_viewer", "org_dept", "upper_finance"])
def test_onlookers_only_look(role: str) -> None:
    assert all(act.endswith(".view") for act in acts_of(role) - TAKE_PART.get(role, set()))


def test_the_roles_are_those_of_the_vocabulary() -> None:
    assert set(RIGHTS.roles) == {role.value for role in Role}


def test_names_follow_the_grammar_and_labels_are_chinese() -> None:
    grammar = re.compile(r"(oversight|target|monitoring|evaluation|system)(\.[a-z]+(_[a-z]+)*){2}")
    labels = {act: right.label for act, right in RIGHTS.acts.items()} | dict(RIGHTS.recorded)
    for act, label in labels.items():
        assert grammar.fullmatch(act), act
        assert re.fullmatch(r"[\u4e00-\u9fff]+", label), act
    assert len({right.label for right in RIGHTS.acts.values()}) == len(RIGHTS.acts)
    assert not RIGHTS.acts.keys() & RIGHTS.recorded.keys()


@given(st.text())
def test_what_is_not_written_is_denied(act: str) -> None:
    if act not in RIGHTS.acts:
        assert not is_allowed(actor_with(*RIGHTS.roles), act)


@given(st.sampled_from(sorted(RIGHTS.acts)))
def test_nobody_may_do_nothing(act: str) -> None:
    assert not is_allowed(NOBODY, act)
    assert not is_allowed(actor_with("no such role"), act)


def test_refusals_name_the_act() -> None:
    with pytest.raises(ForbiddenError) as caught:
        require(actor_with("unit_operator"), "target.target.approve")
    assert "「记录绩效目标批复」" in caught.value.message
    assert act_label("target.target.create") == "新建绩效目标"
    assert act_label("no.such.act") == "no.such.act"
    assert role_label("fin_perf") == "预算绩效管理中心"


def test_out_of_scope_looks_like_absent() -> None:
    unit = UnitRow(region_code=REGION, path="219/219001/", lead_office="education")
    inside = (
        Scope(REGION, unit_paths=("219/",)),
        Scope(REGION, unit_paths=("219/219001/",)),
        Scope(REGION, offices=("education",)),
        Scope(REGION, whole_region=True),
    )
    outside = (
        Scope(REGION),
        Scope(REGION, unit_paths=("21/", "219/219001/2/", "119/")),
        Scope(REGION, offices=("economy",)),
        Scope("410404", unit_paths=("219/",), offices=("education",), whole_region=True),
    )
    for scope in inside:
        require_scope(actor_with("fin_perf", scope=scope), unit)
    for scope in outside:
        with pytest.raises(NotFoundError):
            require_scope(actor_with("fin_perf", scope=scope), unit)
