"""The state machines of target and monitoring report, walked through every door and none other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.eval_svc.domain import states as self_evaluation
from services.eval_svc.domain.states import SelfEvaluationAct, SelfEvaluationState
from services.monitor_svc.domain import states as report
from services.target_svc.domain import states as target
from services.target_svc.domain.states import TargetAct, TargetState
from shared.access.rights import load_rights
from shared.errors import RuleBrokenError

FINAL_TARGET = {TargetState.ACTIVE, TargetState.CLOSED, TargetState.WITHDRAWN}
FINAL_REPORT = {report.ReportState.CLOSED}
LATER = {TargetState.CLOSED}
"""Closing a target is the work of evaluation; no act here leads there yet."""

Edges = frozenset[tuple[StrEnum, StrEnum, StrEnum]]


def edges(table: Iterable[Any]) -> Edges:
    return frozenset((edge.source, edge.act, edge.to) for edge in table)


def reachable(start: StrEnum, table: Edges) -> set[StrEnum]:
    found, queue = {start}, [start]
    while queue:
        here = queue.pop()
        for source, _, to in table:
            if source is here and to not in found:
                found.add(to)
                queue.append(to)
    return found


def unreachable(start: StrEnum, table: Edges) -> set[StrEnum]:
    return set(type(start)) - reachable(start, table)


def dead_ends(table: Edges, final: set[Any]) -> set[StrEnum]:
    """Return the states that are not final and from which no final state can be reached."""
    states = {source for source, _, _ in table} | {to for _, _, to in table}
    return {state for state in states - final if not reachable(state, table) & final}


MACHINES = {
    "target": (target, TargetState.DRAFT, FINAL_TARGET, LATER),
    "report": (report, report.ReportState.OPEN, FINAL_REPORT, set()),
    "self_evaluation": (
        self_evaluation,
        SelfEvaluationState.OPEN,
        {SelfEvaluationState.PUBLISHED},
        set(),
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_and_left(name: str) -> None:
    module, start, final, later = MACHINES[name]
    table = edges(module.TRANSITIONS)
    assert unreachable(start, table) == later
    assert dead_ends(table, final) == set()


@pytest.mark.parametrize("name", MACHINES)
def test_every_act_is_used_and_every_pair_leads_to_one_place(name: str) -> None:
    module, start, _, _ = MACHINES[name]
    table = edges(module.TRANSITIONS)
    acts = {act for _, act, _ in table}
    assert {type(act) for act in acts} == {type(next(iter(acts)))}
    assert acts == set(type(next(iter(acts))))
    assert len({(source, act) for source, act, _ in table}) == len(table)
    assert {type(source) for source, _, _ in table} == {type(start)}


@pytest.mark.parametrize("name", MACHINES)
def test_only_what_the_table_names_happens(name: str) -> None:
    module, start, _, _ = MACHINES[name]
    table = {(source, act): to for source, act, to in edges(module.TRANSITIONS)}
    acts = type(next(iter(table))[1])
    for state, act in product(type(start), acts):
        if (state, act) in table:
            assert module.next_state(state, act).to is table[state, act]
        else:
            with pytest.raises(RuleBrokenError):
                module.next_state(state, act)


@pytest.mark.parametrize("name", MACHINES)
def test_every_transition_asks_for_a_right_somebody_holds(name: str) -> None:
    acts = load_rights().acts
    for edge in MACHINES[name][0].TRANSITIONS:
        assert acts[edge.permission].roles, edge


def holders(permission: str) -> frozenset[str]:
    return load_rights().acts[permission].roles


@pytest.mark.parametrize("name", MACHINES)
def test_no_one_role_both_submits_and_decides_for_finance(name: str) -> None:
    module = MACHINES[name][0]
    of = {edge.act.value: holders(edge.permission) for edge in module.TRANSITIONS}
    assert not of["submit"] & of["approve_office"]
    assert not of.get("approve_perf", frozenset()) & (of["submit"] | of["approve_office"])


def test_what_the_performance_centre_returns_goes_through_the_office() -> None:
    for edge in target.TRANSITIONS:
        if edge.permission.endswith("review_perf"):
            assert edge.to is not TargetState.DRAFT
        if edge.source in {TargetState.FIN_PERF_REVIEW, TargetState.JOINT_REVIEW}:
            assert edge.to is not TargetState.DRAFT
    ways_back = {edge.source for edge in target.TRANSITIONS if edge.to is TargetState.DRAFT}
    assert ways_back == {
        TargetState.DRAFT,
        TargetState.DEPT_REVIEW,
        TargetState.FIN_OFFICE_REVIEW,
        TargetState.AWAITING_RELAY,
    }


def test_a_recheck_sends_a_self_evaluation_back_through_the_office() -> None:
    """HC18.2: what the centre orders is handed on by the unit's office."""
    for edge in self_evaluation.TRANSITIONS:
        if edge.permission.endswith("recheck"):
            assert edge.to is not SelfEvaluationState.DRAFT
        if edge.act is SelfEvaluationAct.RELAY_RETURN:
            assert edge.permission.endswith("review_office")


def test_an_approved_target_is_never_withdrawn_or_edited() -> None:
    """SL21-5.6: a change after approval is a new revision."""
    after = {TargetState.APPROVED_ISSUED, TargetState.ACTIVE, TargetState.CLOSED}
    acts = {edge.act for edge in target.TRANSITIONS if edge.source in after}
    assert acts == {TargetAct.ISSUE}


class _Walk(RuleBasedStateMachine):
    """Holders of any role try any act; the state changes only as the table and rights allow."""

    module: Any
    start: Any
    acts: Sequence[StrEnum]

    def __init__(self) -> None:
        super().__init__()
        self.state = self.start
        self.path: list[tuple[StrEnum, StrEnum]] = []

    @rule(data=st.data())
    def somebody_tries(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(self.acts))
        role = data.draw(st.sampled_from(sorted(load_rights().roles)))
        named = [
            edge
            for edge in self.module.TRANSITIONS
            if edge.source is self.state and edge.act is act
        ]
        try:
            edge = self.module.next_state(self.state, act)
        except RuleBrokenError:
            assert not named
            return
        assert named == [edge]
        if role in holders(edge.permission):
            self._go(edge)

    @precondition(lambda self: self.module.acts_from(self.state))
    @rule(data=st.data())
    def somebody_entitled_acts(self, data: st.DataObject) -> None:
        self._go(data.draw(st.sampled_from(self.module.acts_from(self.state))))

    def _go(self, edge: Any) -> None:
        self.path.append((self.state, edge.act))
        self.state = edge.to

    @invariant()
    def the_state_is_known(self) -> None:
        assert self.state in type(self.start)


class TargetWalk(_Walk):
    module, start, acts = target, TargetState.DRAFT, tuple(TargetAct)

    @invariant()
    def the_centre_never_returns_past_the_office(self) -> None:
        perf = {TargetAct.RETURN_PERF, TargetAct.REJECT_PERF, TargetAct.REOPEN}
        if self.path and self.path[-1][1] in perf:
            assert self.state in {TargetState.AWAITING_RELAY, TargetState.REJECTED}

    @invariant()
    def passing_means_all_finance_stages_were_passed(self) -> None:
        if self.state in target.PASSED_STATES:
            since = max(
                (at for at, (_, act) in enumerate(self.path) if act is TargetAct.SUBMIT), default=0
            )
            passed = {act for _, act in self.path[since:]}
            assert {TargetAct.APPROVE_OFFICE, TargetAct.APPROVE_PERF} <= passed


class ReportWalk(_Walk):
    module, start, acts = report, report.ReportState.OPEN, tuple(report.ReportAct)

    @invariant()
    def closing_means_the_office_approved(self) -> None:
        if self.state is report.ReportState.CLOSED:
            assert report.ReportAct.APPROVE_OFFICE in {act for _, act in self.path}


class SelfEvaluationWalk(_Walk):
    module, start = self_evaluation, SelfEvaluationState.OPEN
    acts = tuple(SelfEvaluationAct)

    @invariant()
    def a_result_counts_only_after_the_office(self) -> None:
        if self.state in self_evaluation.ACCEPTED_STATES:
            since = max(
                at for at, (_, act) in enumerate(self.path) if act is SelfEvaluationAct.SUBMIT
            )
            passed = {act for _, act in self.path[since:]}
            assert SelfEvaluationAct.APPROVE_OFFICE in passed


TestSelfEvaluationWalk = SelfEvaluationWalk.TestCase
TestSelfEvaluationWalk.settings = settings(max_examples=40, stateful_step_count=30)
TestTargetWalk = TargetWalk.TestCase
TestTargetWalk.settings = settings(max_examples=60, stateful_step_count=40)
TestReportWalk = ReportWalk.TestCase
TestReportWalk.settings = settings(max_examples=40, stateful_step_count=30)


def without(table: Edges, *left_out: StrEnum) -> Edges:
    return frozenset(edge for edge in table if edge[1] not in left_out)


PLANTED: dict[str, Callable[[Edges], object]] = {
    "a state nobody reaches": lambda table: (
        unreachable(TargetState.DRAFT, without(table, TargetAct.PICK_JOINT)) - LATER
    ),
    "a state nobody leaves": lambda table: dead_ends(
        without(table, TargetAct.RELAY_RETURN, TargetAct.WITHDRAW), FINAL_TARGET
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str) -> None:
    assert PLANTED[bug](edges(target.TRANSITIONS))


def test_a_planted_short_cut_is_found_by_the_walk() -> None:
    """A walk long enough meets a transition that skips the office."""
    short_cut = target.Transition(
        TargetState.FIN_PERF_REVIEW,
        TargetAct.RETURN_PERF,
        TargetState.DRAFT,
        "target.target.review_perf",
    )
    kept = [
        edge
        for edge in target.TRANSITIONS
        if (edge.source, edge.act) != (short_cut.source, short_cut.act)
    ]
    table = (*kept, short_cut)
    dice = random.Random(3)

    def walk_on() -> None:
        walk = TargetWalk()
        for _ in range(2000):
            walk._go(dice.choice([edge for edge in table if edge.source is walk.state]))
            walk.the_centre_never_returns_past_the_office()
            if walk.state in FINAL_TARGET:
                walk = TargetWalk()

    with pytest.raises(AssertionError):
        walk_on()
