"""The machine of a finding, driven at random over its pure rules; every planted bug is caught."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from services.oversight_svc.domain import dating, finding_states, recognition, rectifying, verdicts
from services.oversight_svc.domain.finding_states import (
    CLOSED_STATES,
    OPEN_STATES,
    TRANSITIONS,
    VOID_STATES,
    FindingAct,
    FindingState,
)
from services.oversight_svc.domain.finding_tasks import role_for, task_for
from shared.access.rights import load_rights
from shared.errors import RuleBrokenError
from shared.policy.loader import find_pack
from shared.terms import label_of
from shared.terms.vocabulary import Completion, MoneyKind, RaisingBody

A, S = FindingAct, FindingState
POLICY = find_pack("yuechi-2023").rectification
FINANCE_ROLES = {"fin_office", "fin_perf"}
ROLES = ("unit_operator", "fin_office", "fin_perf", "audit_officer", "discipline_officer",
         "npc_viewer")  # fmt: skip
PEOPLE = [UUID(int=number) for number in range(1, 4)]
RECOGNITION = (A.RECOGNISE, A.RECOGNISE_PARTLY, A.REFUSE_RECOGNITION)
REOPENING = (A.RELAPSE, A.EXPOSE, A.PROVE_INEFFECTIVE)
KIND = MoneyKind.TURNED_OVER
DEMANDED = {KIND: Decimal(10)}
TODAY = date(2024, 3, 5)


@dataclass
class Typed:
    """What is typed into a form."""

    money: dict[MoneyKind, Decimal]
    completion: Completion
    opinion: str
    wanted: date
    document: str


class FindingMachine(RuleBasedStateMachine):
    """A compact driver: what the acts keep, in memory."""

    @initialize(body=st.sampled_from(RaisingBody))
    def register(self, body: RaisingBody) -> None:
        self.body, self.state = body, S.REGISTERED
        self.due: date | None = None
        self.dates: list[tuple[date | None, date, str]] = []
        self.reporter: UUID | None = None
        self.rechecker: UUID | None = None
        self.closer: tuple[UUID, str] | None = None
        self.completion = Completion.NOT_DONE
        self.reported = {KIND: Decimal(0)}
        self.recognised = {KIND: Decimal(0)}
        self.extended = 0
        self.explained = False

    def _legal(self, act: FindingAct, role: str, person: UUID) -> finding_states.Transition:
        edge = finding_states.next_state(self.state, act)
        if role not in load_rights().acts[edge.permission].roles:
            raise recognition.OtherBodyError(body="", act="")
        recognition.check_party(edge.party, label_of(act), self.body, frozenset({role}))
        earlier: set[UUID | None] = {self.reporter}
        if self.state is S.VERIFIED:
            earlier.add(self.rechecker)
        recognition.check_four_eyes(act, person, earlier)
        return edge

    @rule(seed=st.integers(0, 2**32))
    def work(self, seed: int) -> None:
        """Try acts one after another, looking at every promise after each."""
        draw = random.Random(seed)
        for _ in range(40):
            self._act(draw)
            self.nobody_closes_their_own_and_finance_never_an_audit_finding()
            self.money_recognised_is_money_reported()

    def _act(self, draw: random.Random) -> None:
        """Try one act, mostly a possible one by somebody who holds the right."""
        act, role = draw.choice(list(A)), draw.choice(ROLES)
        possible = [
            edge
            for edge in finding_states.acts_from(self.state)
            if edge.to not in VOID_STATES or draw.random() < 0.1
        ]
        if possible and draw.random() < 0.9:
            edge = draw.choice(possible)
            held = load_rights().acts[edge.permission].roles
            act, role = edge.act, draw.choice([each for each in ROLES if each in held] or [role])
        person = draw.choice(PEOPLE)
        typed = Typed(
            money={KIND: Decimal(draw.choice((10, 10, draw.randrange(13))))},
            completion=draw.choice((Completion.DONE, *Completion)),
            opinion=draw.choice(("", "理由")),
            wanted=TODAY + timedelta(draw.randrange(-5, 90)),
            document=draw.choice(("", "岳财绩〔2024〕6号")),
        )
        try:
            edge = self._legal(act, role, person)
        except RuleBrokenError:
            return
        if not self._refused(act, typed):
            self._keep(act, role, person, typed)
            self.state = edge.to

    def _refused(self, act: FindingAct, typed: Typed) -> list[Any]:
        if act is A.REPORT:
            return rectifying.check_report(
                rectifying.ReportedRectification(
                    completion=typed.completion,
                    narrative="已办",
                    unfinished_reason="原因",
                    next_step="计划",
                    people_held_accountable=0,
                    demanded=DEMANDED,
                    reported=typed.money,
                    recognised=self.recognised,
                    money_note=typed.opinion,
                    evidence=1,
                    commitment=True,
                    signer_name="张局长",
                    scan_digest="f" * 64,
                )
            )
        if act in RECOGNITION:
            given = self.recognised if act is A.REFUSE_RECOGNITION else typed.money
            return verdicts.check_opinion(act, typed.opinion) + verdicts.check_recognition(
                act,
                self.completion,
                DEMANDED,
                self.reported,
                given,
                self.recognised,
                typed.opinion,
            )
        if act is A.EXTEND and self.extended >= POLICY.extensions_max:
            return ["often"]
        if act is A.EXTEND:
            return dating.check_extension(
                self.due, typed.wanted, TODAY, document_number=typed.document, reason=typed.opinion
            )
        return dating.check_reopened_due(typed.wanted, TODAY) if act in REOPENING else []

    def _keep(self, act: FindingAct, role: str, person: UUID, typed: Typed) -> None:
        if act is A.NOTIFY:
            self._move_due(TODAY + timedelta(28), "通知")
        elif act is A.EXTEND:
            self.extended += 1
            self._move_due(typed.wanted, typed.document)
        elif act in REOPENING:
            self._move_due(typed.wanted, act.value)
            self.closer = None
            if act is A.EXPOSE:
                self.recognised = {KIND: Decimal(0)}
        elif act is A.REPORT:
            self.reporter, self.rechecker = person, None
            self.reported, self.completion = typed.money, typed.completion
        elif act is A.VERIFY:
            self.rechecker = person
        elif act in (A.RECOGNISE, A.RECOGNISE_PARTLY):
            self.recognised, self.explained = typed.money, bool(typed.opinion)
            if act is A.RECOGNISE:
                self.closer = (person, role)

    def _move_due(self, due: date, basis: str) -> None:
        self.dates.append((self.due, due, basis))
        self.due = due

    @invariant()
    def nobody_closes_their_own_and_finance_never_an_audit_finding(self) -> None:
        if self.closer is None:
            return
        person, role = self.closer
        assert person not in (self.reporter, self.rechecker)
        assert self.reporter != self.rechecker
        if self.body is not RaisingBody.FINANCE:
            assert role not in FINANCE_ROLES

    @invariant()
    def money_recognised_is_money_reported(self) -> None:
        assert Decimal(0) <= self.recognised[KIND] <= self.reported[KIND]
        if self.closer:
            assert self.completion is Completion.DONE
            assert self.explained or self.recognised[KIND] >= DEMANDED[KIND]

    @invariant()
    def every_date_has_a_basis_and_only_reopening_goes_back(self) -> None:
        for previous, due, basis in self.dates:
            assert basis
            reopened = basis in {act.value for act in REOPENING}
            assert previous is None or due > previous or reopened
        assert self.extended <= POLICY.extensions_max

    @invariant()
    def somebody_is_waited_for_or_it_is_over(self) -> None:
        over = {*VOID_STATES, S.ARCHIVED}
        waited = task_for(self.state)
        assert (waited is None) == (self.state in over)
        if waited is not None:
            assert role_for(waited.party, self.body) in load_rights().roles

    @invariant()
    def a_closed_finding_has_a_closer_and_an_open_one_none(self) -> None:
        assert (self.state in CLOSED_STATES) == (self.closer is not None)


def run(*, examples: int = 40, is_fixed: bool = False) -> None:
    run_state_machine_as_test(
        FindingMachine,
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
    "anybody recognises their own work": (recognition, "check_four_eyes", nothing),
    "another body closes": (recognition, "check_party", nothing),
    "any amount is recognised": (verdicts, "check_recognition", nothing),
    "dates move without a basis": (dating, "check_extension", nothing),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, instead = PLANTED[bug]
    monkeypatch.setattr(place, name, instead)
    with pytest.raises(AssertionError):
        run(examples=2_000, is_fixed=True)  # the same walks each time, so it is met for certain


def test_states_are_open_closed_or_void_and_each_has_a_way_in() -> None:
    assert {*OPEN_STATES, *CLOSED_STATES, *VOID_STATES} == set(S)
    reached = {S.REGISTERED} | {edge.to for edge in TRANSITIONS}
    assert reached == set(S)
    pairs = [(edge.source, edge.act) for edge in TRANSITIONS]
    assert len(pairs) == len(set(pairs))


def test_every_edge_names_a_right_somebody_of_its_party_holds() -> None:
    for edge in TRANSITIONS:
        held = load_rights().acts[edge.permission].roles
        for body in RaisingBody:
            roles = {
                finding_states.Party.OFFICE: recognition.OFFICE_ROLES[body],
                finding_states.Party.RAISING_BODY: recognition.BODY_ROLES[body],
            }.get(edge.party, held)
            assert held & roles, (edge, body)
