"""Accountability: a machine driven at random by every role, the proof of each trigger, tenures."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from services.oversight_svc.domain import accountability as cases
from services.oversight_svc.domain import accountability_proof as proof
from services.oversight_svc.domain.accountability import (
    CASE_TRANSITIONS,
    ENDED_STATES,
    HEADS,
    OFFICERS,
    RECEIVERS,
    AccountabilityAct,
    AccountabilityState,
    CompetentBody,
)
from services.oversight_svc.domain.accountability_members import (
    MemberBody,
    MemberRights,
    MinutesTask,
    NotMemberError,
    check_minutes,
    check_worker,
)
from services.oversight_svc.domain.accountability_proof import (
    PROPOSABLE,
    AccountabilityMeasure,
    AccountabilityTrigger,
    Capacity,
    LinkedFinding,
    NamedPerson,
    Paper,
    ProposedCase,
    check_proposed,
    in_office,
)
from shared.access.rights import load_rights
from shared.errors import RuleBrokenError
from shared.terms.vocabulary import RaisingBody

A, S = AccountabilityAct, AccountabilityState
ROLES = tuple(load_rights().roles)
PEOPLE = [UUID(int=number) for number in range(1, 4)]
UNIT = UUID(int=9)
TODAY = date(2024, 3, 5)
DECIDED = (S.DECIDED, S.EXECUTED, S.APPEALED, S.UPHELD, S.CHANGED)
ENTERED = (A.DECIDE, A.CHANGE, A.UPHOLD, A.DECLINE)


class CaseMachine(RuleBasedStateMachine):
    """What the acts keep, in memory; every role tries every act."""

    @initialize(body=st.sampled_from(RaisingBody), proposer=st.sampled_from(PEOPLE))
    def propose(self, body: RaisingBody, proposer: UUID) -> None:
        self.body, self.proposer, self.state = body, proposer, S.PROPOSED
        self.receiver = CompetentBody.GOVERNMENT
        self.reviewer: tuple[UUID, str, Paper] | None = None
        self.papers: list[tuple[AccountabilityAct, Paper, str, str]] = []
        self.measures: tuple[AccountabilityMeasure, ...] = ()
        self.last: date | None = None
        self.executed = False
        self.refused: list[str] = []

    @rule(seed=st.integers(0, 2**32))
    def work(self, seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(60):
            self._try(draw)
            self.nobody_reviews_their_own()
            self.nothing_is_decided_without_its_document()

    def _try(self, draw: random.Random) -> None:
        act, role, person = draw.choice(list(A)), draw.choice(ROLES), draw.choice(PEOPLE)
        possible = cases.case_acts_from(self.state)
        if possible and draw.random() < 0.8:
            edge = draw.choice(possible)
            act, role = edge.act, draw.choice(sorted(load_rights().acts[edge.permission].roles))
        paper = Paper(
            draw.choice(("", "岳府办〔2024〕8号")),
            draw.choice((None, TODAY, TODAY - timedelta(1), TODAY + timedelta(1))),
            draw.choice(("", "f" * 64)),
        )
        text = draw.choice(("", "经研究决定。"))
        measures = draw.choice(((), (AccountabilityMeasure.INTERVIEW,)))
        try:
            edge = cases.next_case_state(self.state, act)
            if role not in load_rights().acts[edge.permission].roles:
                return
            cases.check_case_party(edge, self.body, self.receiver, frozenset({role}))
            cases.check_own_proposal(act, person, self.proposer)
            if act is A.CLOSE:
                cases.check_close(
                    self.state, is_executed=self.executed, has_measures=bool(self.measures)
                )
        except RuleBrokenError as error:
            self.refused.append(error.message)
            return
        if not self._problems(act, role, paper, text, measures):
            self._keep(edge, person, role, paper, text, measures)

    def _problems(
        self,
        act: AccountabilityAct,
        role: str,
        paper: Paper,
        text: str,
        measures: tuple[AccountabilityMeasure, ...],
    ) -> list[Any]:
        if act in (A.REVIEW, A.DROP):
            is_head = role in HEADS[self.body]
            return proof.check_reviewed(
                act, text, is_head=is_head, leader_name=text, scan_digest=paper.scan_digest
            )
        return proof.check_step(
            act, paper, text, measures, earliest=self.last, term_on=None, today=TODAY
        )

    def _keep(
        self,
        edge: cases.CaseTransition,
        person: UUID,
        role: str,
        paper: Paper,
        text: str,
        measures: tuple[AccountabilityMeasure, ...],
    ) -> None:
        act = edge.act
        if act is A.REVIEW:
            self.reviewer = (person, role, paper)
        else:
            self.last = paper.dated_on or self.last
        self.receiver = RECEIVERS.get(act, self.receiver)
        if act in (A.DECIDE, A.CHANGE):
            self.measures, self.executed = measures, False
        self.executed = self.executed or act is A.EXECUTE
        self.papers.append((act, paper, text, role))
        self.state = edge.to

    @invariant()
    def nobody_reviews_their_own(self) -> None:
        if self.reviewer is None:
            return
        person, role, paper = self.reviewer
        assert person != self.proposer
        assert role in OFFICERS[self.body] | HEADS[self.body]
        assert role in HEADS[self.body] or paper.scan_digest

    @invariant()
    def nothing_is_decided_without_its_document(self) -> None:
        done = {act for act, *_ in self.papers}
        if self.state in DECIDED:
            assert {A.REVIEW, A.ACCEPT, A.DECIDE} <= done
            assert done & RECEIVERS.keys()
        for act, paper, text, _ in self.papers:
            if act in ENTERED:
                assert paper.document_number
                assert paper.scan_digest
                assert paper.dated_on
                assert paper.dated_on <= TODAY
                assert text

    @invariant()
    def whatever_is_closed_was_carried_out_declined_or_lifted(self) -> None:
        if self.state is S.CLOSED and A.DECLINE not in {act for act, *_ in self.papers}:
            assert self.executed or not self.measures

    @invariant()
    def every_refusal_says_why(self) -> None:
        assert all(self.refused)

    @invariant()
    def finance_and_audit_enter_but_units_never_do(self) -> None:
        for *_, role in self.papers:
            assert not role.startswith(("unit_", "dept_", "public", "project_"))


def run(*, examples: int = 60, is_fixed: bool = False) -> None:
    run_state_machine_as_test(
        CaseMachine,
        settings=settings(
            max_examples=examples,
            derandomize=is_fixed,
            stateful_step_count=5,
            phases=[Phase.generate],  # a seed says nothing when it is made smaller
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_keeps_its_promises() -> None:
    run()


def nothing(*_: object, **__: object) -> list[Any]:
    return []


PLANTED: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "the proposer reviews": (cases, "check_own_proposal", nothing),
    "anybody reviews": (cases, "check_case_party", nothing),
    "an officer reviews without the head": (proof, "check_reviewed", nothing),
    "decided without a document": (proof, "check_step", nothing),
    "closed without being carried out": (cases, "check_close", nothing),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[bug])
    with pytest.raises(AssertionError):
        run(examples=2_000, is_fixed=True)  # the same walks each time, so it is met for certain


def test_every_state_is_reached_and_left_or_ends() -> None:
    sources = {edge.source for edge in CASE_TRANSITIONS}
    assert {edge.to for edge in CASE_TRANSITIONS} | {S.PROPOSED} == set(S)
    assert set(S) - sources == set(ENDED_STATES)
    assert {edge.permission for edge in CASE_TRANSITIONS} <= load_rights().acts.keys()


@pytest.mark.parametrize("body", RaisingBody)
@pytest.mark.parametrize("edge", CASE_TRANSITIONS, ids=lambda edge: f"{edge.source}-{edge.act}")
def test_every_step_has_somebody_who_may_take_it(
    edge: cases.CaseTransition, body: RaisingBody
) -> None:
    held = load_rights().acts[edge.permission].roles
    for receiver in CompetentBody:
        assert cases.roles_for(edge.party, body, receiver) & held


PERSON = NamedPerson(UNIT, "张局长", "局长", Capacity.UNIT_HEAD, date(2023, 1, 1), None, "任字1号")
WHOLE = ProposedCase(
    trigger=AccountabilityTrigger.REFUSAL,
    title="拒不整改资金结余",
    facts="两次催办后仍不上缴。",
    legal_basis="二、5四",
    acted_on=date(2023, 12, 1),
    receiver=CompetentBody.GOVERNMENT,
    measures=(AccountabilityMeasure.INTERVIEW,),
    units=(UNIT,),
    people=(PERSON,),
    findings=(LinkedFinding("2023-0001", is_refused=True),),
    document_number="",
    files=0,
)


def refused(**changed: Any) -> set[str]:
    return {each.path for each in check_proposed(replace(WHOLE, **changed), TODAY)}


def test_a_whole_proposal_passes_and_each_gap_is_named() -> None:
    assert refused() == set()
    assert refused(title=" ", facts="", legal_basis="") == {"title", "facts", "legal_basis"}
    assert refused(acted_on=None) == {"acted_on"}
    assert refused(acted_on=TODAY + timedelta(1)) == {"acted_on"}
    assert "units" in refused(units=())
    assert refused(people=()) == {"people"}
    assert refused(measures=()) == {"measures"}
    assert refused(measures=(), receiver=CompetentBody.DISCIPLINE) == set()
    assert refused(is_lifetime=True) == {"project_name"}


def test_refusal_rests_only_on_findings_so_determined() -> None:
    other = LinkedFinding("2023-0002")
    assert refused(findings=()) == {"findings"}
    assert refused(findings=(*WHOLE.findings, other)) == {"findings"}
    written = "2023-0002尚未认定"
    assert written in check_proposed(replace(WHOLE, findings=(other,)), TODAY)[0].message


@pytest.mark.parametrize("trigger", AccountabilityTrigger)
def test_each_trigger_asks_for_its_proof(trigger: AccountabilityTrigger) -> None:
    bare = {"trigger": trigger, "findings": ()}
    assert refused(**bare)
    kind = {
        AccountabilityTrigger.REFUSAL: {"is_refused": True},
        AccountabilityTrigger.INCOMPLETE_RECTIFICATION: {"is_late": True},
        AccountabilityTrigger.FALSIFICATION: {"is_falsified": True},
    }.get(trigger)
    if kind:
        assert refused(trigger=trigger, findings=(LinkedFinding("1", **kind),)) == set()
    if trigger not in (
        AccountabilityTrigger.REFUSAL,
        AccountabilityTrigger.INCOMPLETE_RECTIFICATION,
    ):
        assert refused(**bare) == {"document_number", "evidence"}
        assert refused(**bare, document_number="岳财绩〔2024〕1号", files=1) == set()


@given(st.sampled_from(AccountabilityMeasure), st.sampled_from(CompetentBody))
def test_no_sanction_on_a_person_is_ever_proposed(
    measure: AccountabilityMeasure, receiver: CompetentBody
) -> None:
    found = refused(measures=(measure,), receiver=receiver)
    assert found == (set() if measure in PROPOSABLE else {"measures"})


DAYS = st.dates(date(2020, 1, 1), date(2024, 3, 5))


@given(DAYS, st.none() | DAYS, st.none() | DAYS)
def test_only_who_was_in_office_that_day_answers(
    on: date, started: date | None, ended: date | None
) -> None:
    person = replace(PERSON, started_on=started, ended_on=ended)
    held = (started or date.min) <= on <= (ended or date.max)
    assert in_office(started, ended, on) == held
    assert refused(acted_on=on, people=(person,)) == (set() if held else {"people"})


def test_people_of_other_units_and_people_without_reason_are_refused() -> None:
    assert refused(people=(replace(PERSON, unit_id=UUID(int=8)),)) == {"people"}
    assert refused(people=(replace(PERSON, basis=""),)) == {"others"}


def test_a_member_who_reads_does_not_work() -> None:
    members = {MemberBody.ORGANISATION: MemberRights.READ, MemberBody.AUDIT: MemberRights.WORK}
    check_worker(frozenset({"fin_perf"}), RaisingBody.FINANCE, members)
    check_worker(frozenset({"audit_officer"}), RaisingBody.FINANCE, members)
    for role in ("org_dept", "discipline_officer", "unit_head", "npc_viewer"):
        with pytest.raises(NotMemberError):
            check_worker(frozenset({role}), RaisingBody.FINANCE, members)


def test_minutes_say_who_met_and_every_task_who_what_when() -> None:
    parties = frozenset({MemberBody.FINANCE})
    whole = MinutesTask(MemberBody.FINANCE, "程立新", "核实结余", date(2024, 3, 20))

    def paths(*tasks: MinutesTask, held_on: date | None = TODAY, text: str = "议定") -> list[str]:
        found = check_minutes(held_on, text, text, tasks, parties, TODAY)
        return [each.path for each in found]

    assert paths(whole) == []
    assert paths(held_on=None, text="") == ["held_on", "attendees", "text"]
    assert paths(held_on=TODAY + timedelta(1)) == ["held_on"]
    assert paths(replace(whole, person="")) == ["tasks.0.what"]
    assert paths(replace(whole, due_on=TODAY - timedelta(1))) == ["tasks.0.due_on"]
    assert paths(replace(whole, body=MemberBody.AUDIT)) == ["tasks.0.body"]
