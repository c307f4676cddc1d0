"""Rules of sharing: a request's machine driven at random; grants never exceed what was asked."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.oversight_svc.domain.recognition import BODY_ROLES
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE, KEY_FIELDS, delivered_fields
from services.oversight_svc.domain.sharing_rules import (
    GrantEndedError,
    NoBodyError,
    OtherShareBodyError,
    ShareScope,
    answer_deadline,
    body_of,
    check_alive,
    check_grant,
    check_reason,
    check_request,
    check_share_party,
    is_unconditional,
    provider_of,
)
from services.oversight_svc.domain.sharing_states import (
    TRANSITIONS,
    ShareAct,
    ShareParty,
    ShareState,
    ShareTransitionRefusedError,
    acts_from,
    next_state,
)
from shared.access.rights import load_rights
from shared.policy.loader import available_packs, find_pack
from shared.terms.vocabulary import RaisingBody, ShareAttribute, ShareEntry

TODAY = date(2023, 10, 10)
POLICY = find_pack("yuechi-2023").sharing
FINAL = {ShareState.DECLINED, ShareState.REVOKED, ShareState.WITHDRAWN}
IDS = [UUID(int=number) for number in range(1, 4)]


def _scopes() -> st.SearchStrategy[ShareScope]:
    def entries(entry: ShareEntry) -> st.SearchStrategy[tuple[str, ...]]:
        names = sorted(each.name for each in CATALOGUE[entry].fields)
        return st.lists(st.sampled_from(names), unique=True).map(tuple)

    chosen = st.lists(st.sampled_from(ShareEntry), unique=True, max_size=4).flatmap(
        lambda found: st.fixed_dictionaries({entry: entries(entry) for entry in found})
    )
    return st.builds(
        ShareScope,
        entries=chosen,
        years=st.lists(st.integers(2022, 2024), unique=True).map(tuple),
        unit_ids=st.lists(st.sampled_from(IDS), unique=True).map(tuple),
        project_ids=st.lists(st.sampled_from(IDS), unique=True).map(tuple),
    )


class ShareMachine(RuleBasedStateMachine):
    """What the acts keep, in memory."""

    @initialize(requester=st.sampled_from(RaisingBody), provider=st.sampled_from(RaisingBody))
    def submit(self, requester: RaisingBody, provider: RaisingBody) -> None:
        self.requester, self.provider = requester, provider
        self.state, self.past = ShareState.CHECKING, [ShareState.CHECKING]
        self.granted_by: RaisingBody | None = None

    @rule(act=st.sampled_from(ShareAct), body=st.sampled_from(RaisingBody))
    def try_act(self, act: ShareAct, body: RaisingBody) -> None:
        try:
            edge = next_state(self.state, act)
            check_share_party(
                edge.party, act, BODY_ROLES[body], requester=self.requester, provider=self.provider
            )
        except (ShareTransitionRefusedError, OtherShareBodyError):
            return
        if act is ShareAct.GRANT:
            self.granted_by = body
        self.state = edge.to
        self.past.append(edge.to)

    @invariant()
    def nobody_but_the_provider_ever_gives(self) -> None:
        assert self.granted_by in {None, self.provider}

    @invariant()
    def what_is_given_was_checked_before(self) -> None:
        if ShareState.GRANTED in self.past:
            earlier = self.past[: self.past.index(ShareState.GRANTED)]
            assert ShareState.ANSWERING in earlier

    @invariant()
    def an_end_is_an_end(self) -> None:
        for at, state in enumerate(self.past):
            assert state not in FINAL or at == len(self.past) - 1
        if ShareState.REVOKED in self.past:
            assert ShareState.GRANTED in self.past


TestShareMachine = ShareMachine.TestCase


def test_every_state_is_reached_and_only_ends_have_no_way_on() -> None:
    assert {edge.to for edge in TRANSITIONS} == set(ShareState)
    assert {state for state in ShareState if not acts_from(state)} == FINAL
    rights = load_rights().acts
    assert {edge.permission for edge in TRANSITIONS} <= rights.keys()
    for edge in TRANSITIONS:
        bodies = (RaisingBody.FINANCE, RaisingBody.AUDIT)
        for body in bodies:  # each side can do its part
            assert BODY_ROLES[body] & rights[edge.permission].roles, edge


@given(_scopes(), _scopes(), st.integers(-3, 400))
def test_a_grant_never_exceeds_the_request(
    given_scope: ShareScope, asked: ShareScope, days: int
) -> None:
    until = TODAY + timedelta(days)
    problems = check_grant(given_scope, asked, until, TODAY, POLICY.longest_days)
    if problems:
        return
    assert given_scope.entries
    assert given_scope.years
    assert TODAY <= until <= TODAY + timedelta(POLICY.longest_days)
    for entry, names in given_scope.entries.items():
        assert set(names) <= set(asked.entries[entry])
    for mine, theirs in (
        (given_scope.unit_ids, asked.unit_ids),
        (given_scope.project_ids, asked.project_ids),
    ):
        assert not theirs or (mine and set(mine) <= set(theirs))
    assert set(given_scope.years) <= set(asked.years)


@given(_scopes())
def test_what_was_asked_for_can_be_granted_whole_and_survives_storage(asked: ShareScope) -> None:
    assert ShareScope.from_json(asked.to_json()) == asked
    if asked.entries and asked.years:
        assert not check_grant(asked, asked, TODAY, TODAY, POLICY.longest_days)


def _problems(
    scope: ShareScope, requester: RaisingBody = RaisingBody.AUDIT, **said: str
) -> set[str]:
    facts = {"purpose": "2023年度预算执行审计", "basis": "岳审通〔2023〕1号", "other_content": ""}
    found = check_request(
        scope,
        **(facts | said),
        wanted_until=TODAY,
        today=TODAY,
        longest_days=POLICY.longest_days,
        requester=requester,
        attributes={**POLICY.attributes, ShareEntry.MONITORING: ShareAttribute.WITHHELD},
    )
    return {problem.path for problem in found}


def test_a_request_says_what_for_and_asks_one_provider_for_what_is_not_withheld() -> None:
    good = ShareScope({ShareEntry.TARGET: ("annual_goal",)}, (2023,))
    assert _problems(good) == set()
    assert _problems(good, purpose="审计") == {"purpose"}
    assert _problems(good, basis=" ") == {"basis"}
    assert _problems(good, RaisingBody.FINANCE) == {"entries"}
    assert _problems(ShareScope({}, (2023,))) == {"entries"}
    assert _problems(ShareScope({}, (2023,)), other_content="预算会议纪要") == set()
    assert _problems(ShareScope({ShareEntry.TARGET: ("annual_goal",)})) == {"years"}
    assert _problems(ShareScope({ShareEntry.TARGET: ("secret",)}, (2023,))) == {"target"}
    assert _problems(ShareScope({ShareEntry.MONITORING: ("light",)}, (2023,))) == {"monitoring"}
    both = {ShareEntry.TARGET: ("annual_goal",), ShareEntry.AUDIT_PLAN: ("title",)}
    assert _problems(ShareScope(both, (2023,)), RaisingBody.DISCIPLINE) == {"entries"}


def test_whose_data_it_is_and_who_speaks() -> None:
    plan = ShareScope({ShareEntry.AUDIT_PLAN: ("title",)}, (2023,))
    assert provider_of(plan, RaisingBody.FINANCE) is RaisingBody.AUDIT
    assert provider_of(ShareScope(), RaisingBody.FINANCE) is RaisingBody.AUDIT
    assert provider_of(ShareScope(), RaisingBody.DISCIPLINE) is RaisingBody.FINANCE
    assert body_of({"audit_system"}) is RaisingBody.AUDIT
    with pytest.raises(NoBodyError):
        body_of({"unit_operator"})
    with pytest.raises(OtherShareBodyError, match="财政"):
        check_share_party(
            ShareParty.PROVIDER, ShareAct.GRANT, {"audit_officer"},
            requester=RaisingBody.AUDIT, provider=RaisingBody.FINANCE,
        )  # fmt: skip


def test_a_grant_lives_through_its_last_day_and_not_after_revocation() -> None:
    check_alive("2023-0001", TODAY, TODAY, revoked=False)
    with pytest.raises(GrantEndedError, match="到期"):
        check_alive("2023-0001", TODAY, TODAY + timedelta(1), revoked=False)
    with pytest.raises(GrantEndedError, match="撤销"):
        check_alive("2023-0001", TODAY, TODAY, revoked=True)


def test_reasons_dates_and_attributes() -> None:
    assert [act for act in ShareAct if check_reason(act, " ")] == [
        ShareAct.RETURN, ShareAct.REFUSE, ShareAct.NEGOTIATE, ShareAct.DECLINE, ShareAct.REVOKE,
    ]  # fmt: skip
    assert answer_deadline("") != answer_deadline("会议纪要")
    free = ShareScope({ShareEntry.RECTIFICATION: ("state",)}, (2023,))
    assert is_unconditional(free, "", POLICY.attributes)
    assert not is_unconditional(free, "会议纪要", POLICY.attributes)
    both = {**free.entries, ShareEntry.TARGET: ("grade",)}
    assert not is_unconditional(ShareScope(both), "", POLICY.attributes)


def test_every_pack_answers_in_working_days_and_every_entry_has_its_key() -> None:
    for pack in available_packs():
        days = [pack.deadlines[name].n for name in (
            "sharing_check", "sharing_answer", "sharing_answer_uncatalogued")]  # fmt: skip
        assert days == [2, 5, 10]
        assert set(pack.sharing.attributes) == set(ShareEntry)
    for entry in ShareEntry:
        names = [each.name for each in delivered_fields(entry, ())]
        assert names == [each.name for each in KEY_FIELDS]
