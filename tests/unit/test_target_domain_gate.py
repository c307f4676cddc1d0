"""The budget gate under all three modes and both packs: nothing slips through, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.target_svc.domain.gate import (
    NEW_MAJOR_FLAGS,
    GateQuestion,
    decide_gate,
    needs_ex_ante,
)
from services.target_svc.domain.states import PASSED_STATES, TargetState
from shared.policy.loader import find_pack
from shared.policy.model import GateMode, GatePolicy
from shared.terms.vocabulary import GateVerdict

POLICIES = [find_pack(code).gate for code in ("yuechi-2023", "shilong-2021")]
ANY_POLICY = st.builds(
    lambda policy, mode, ex_ante: replace(policy, mode=mode, ex_ante_required=ex_ante),
    st.sampled_from(POLICIES),
    st.sampled_from(GateMode),
    st.booleans(),
)
CENTS = st.just(Decimal(0)) | st.decimals(0, 10**10, places=2)
QUESTIONS = st.builds(
    GateQuestion,
    state=st.none() | st.sampled_from(TargetState),
    requested=CENTS,
    cut_amount=CENTS,
    is_new=st.booleans(),
    flags=st.frozensets(st.sampled_from([*sorted(NEW_MAJOR_FLAGS), "livelihood"])),
    ex_ante_conclusion=st.sampled_from([None, "support", "partial", "oppose"]),
)
PLAIN = GateQuestion(None, Decimal("100.00"), Decimal("0.00"), False, frozenset(), None)  # noqa: FBT003


@given(ANY_POLICY, QUESTIONS)
def test_never_more_than_asked_never_below_nothing(
    policy: GatePolicy, question: GateQuestion
) -> None:
    answer = decide_gate(policy, question)
    assert 0 <= answer.allowed <= question.requested
    assert answer.mode is policy.mode
    assert answer.reasons
    assert all(reason.clause and reason.requirements for reason in answer.reasons)


@given(ANY_POLICY, QUESTIONS)
def test_a_blocked_project_gets_nothing(policy: GatePolicy, question: GateQuestion) -> None:
    answer = decide_gate(policy, question)
    if answer.verdict in {GateVerdict.BLOCK, GateVerdict.REDO}:
        assert answer.allowed == 0
    if answer.verdict in {GateVerdict.ALLOW, GateVerdict.ADVISE}:
        assert answer.allowed == question.requested
    if answer.verdict is GateVerdict.REDUCE:
        assert answer.allowed == max(question.requested - question.cut_amount, 0)


@given(ANY_POLICY, QUESTIONS)
@example(POLICIES[0], replace(PLAIN, state=TargetState.REJECTED))  # what the planted bug lets by
def test_only_a_passed_target_is_allowed_without_ado(
    policy: GatePolicy, question: GateQuestion
) -> None:
    """SL21-5.5: not set, or not passed: no mode says ALLOW."""
    if decide_gate(policy, question).verdict is GateVerdict.ALLOW:
        assert question.state in PASSED_STATES
        assert question.cut_amount == 0


@given(QUESTIONS, st.sampled_from(POLICIES))
def test_under_block_nothing_but_a_passed_target_gets_money(
    question: GateQuestion, policy: GatePolicy
) -> None:
    answer = decide_gate(replace(policy, mode=GateMode.BLOCK), question)
    if question.state not in PASSED_STATES:
        assert answer.verdict is GateVerdict.BLOCK


@given(ANY_POLICY, QUESTIONS)
def test_new_major_projects_need_a_supporting_conclusion(
    policy: GatePolicy, question: GateQuestion
) -> None:
    """SL21-1.2: ex-ante evaluation goes before everything else, whatever the target's state."""
    needed = needs_ex_ante(policy, question)
    assert needed == (
        policy.ex_ante_required and question.is_new and bool(question.flags & NEW_MAJOR_FLAGS)
    )
    if needed and question.ex_ante_conclusion in {None, "oppose"}:
        answer = decide_gate(policy, question)
        assert (answer.verdict, answer.allowed) == (GateVerdict.BLOCK, Decimal(0))


VERDICTS = {
    (GateMode.BLOCK, False): GateVerdict.BLOCK,
    (GateMode.BLOCK, True): GateVerdict.BLOCK,
    (GateMode.REDUCE, False): GateVerdict.REDO,
    (GateMode.REDUCE, True): GateVerdict.REDUCE,
    (GateMode.ADVISE, False): GateVerdict.ADVISE,
    (GateMode.ADVISE, True): GateVerdict.ADVISE,
}


@pytest.mark.parametrize(("mode", "cut"), VERDICTS)
def test_what_each_mode_does_about_a_target_that_has_not_passed(mode: GateMode, cut: bool) -> None:  # noqa: FBT001
    states = [None, *(state for state in TargetState if state not in PASSED_STATES)]
    for policy, state in product(POLICIES, states):
        question = replace(PLAIN, state=state, cut_amount=Decimal("20.00") if cut else Decimal(0))
        answer = decide_gate(replace(policy, mode=mode), question)
        assert answer.verdict is VERDICTS[mode, cut]
        assert len(answer.reasons) == 1


@pytest.mark.parametrize("mode", GateMode)
@pytest.mark.parametrize("state", sorted(PASSED_STATES))
def test_a_passed_target_gets_what_review_left(mode: GateMode, state: TargetState) -> None:
    for policy in POLICIES:
        ruled = replace(policy, mode=mode)
        whole = decide_gate(ruled, replace(PLAIN, state=state))
        assert (whole.verdict, whole.allowed) == (GateVerdict.ALLOW, Decimal("100.00"))
        cut = decide_gate(ruled, replace(PLAIN, state=state, cut_amount=Decimal("30.00")))
        assert (cut.verdict, cut.allowed) == (GateVerdict.REDUCE, Decimal("70.00"))


def test_the_two_localities_answer_differently() -> None:
    lenient, strict = (decide_gate(policy, PLAIN) for policy in POLICIES)
    assert lenient.verdict is GateVerdict.REDO
    assert strict.verdict is GateVerdict.BLOCK
    assert "SL21-5.5" in strict.reasons[0].requirements


def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that counts a rejected target as passed breaks the rule above."""
    monkeypatch.setattr(
        "services.target_svc.domain.gate.PASSED_STATES", PASSED_STATES | {TargetState.REJECTED}
    )
    with pytest.raises(AssertionError):
        test_only_a_passed_target_is_allowed_without_ado()
