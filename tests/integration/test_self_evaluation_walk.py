"""Self-evaluations driven at random through the API on a real database, against a twin by hand.

Whoever tries whatever, the answer is the one the twin table gives; what is refused says why and
changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import pytest
from eval_county import SIGNED, EvalCounty, address, draft, open_county
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL, Person
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from services.eval_svc.domain.states import TRANSITIONS, SelfEvaluationState
from services.eval_svc.usecases import review_self_evaluation
from shared.access.actor import Scope
from shared.testing.web import REGION

ACTS = (
    "fill", "submit", "paper", "approve_dept", "return_dept", "approve_office", "return_office",
    "confirm", "correct_score", "order_re_evaluation", "relay_return", "publish",
)  # fmt: skip
WAYS = {
    ("open", "fill"): "draft",
    ("draft", "fill"): "draft",
    ("draft", "submit"): "dept_review",
    ("dept_review", "approve_dept"): "fin_office_review",
    ("dept_review", "return_dept"): "draft",
    ("fin_office_review", "approve_office"): "accepted",
    ("fin_office_review", "return_office"): "draft",
    ("accepted", "confirm"): "confirmed",
    ("accepted", "correct_score"): "score_corrected",
    ("accepted", "order_re_evaluation"): "awaiting_relay",
    ("awaiting_relay", "relay_return"): "draft",
    ("accepted", "publish"): "published",
    ("confirmed", "publish"): "published",
    ("score_corrected", "publish"): "published",
}
"""What may be done in which state, and where it leads, written by hand from the duties."""
WHO = {
    "fill": {"school", "department", "police"},
    "submit": {"school", "department", "police"},
    "publish": {"school", "department", "police"},
    "approve_dept": {"department", "police"},
    "return_dept": {"department", "police"},
    "approve_office": {"education", "politics_law"},
    "return_office": {"education", "politics_law"},
    "relay_return": {"education", "politics_law"},
    "confirm": {"centre"},
    "correct_score": {"centre"},
    "order_re_evaluation": {"centre"},
    "paper": {"education", "politics_law", "centre"},
}
REACH = {
    "教学楼改造": {"school", "department", "education", "centre"},
    "巡逻车购置": {"police", "politics_law", "centre"},
}
"""Whose scope a form lies in; that of the police goes to the office at once, being one unit."""
WITH_UNIT = {"open", "draft"}
"""States in which nothing has been handed in that a paper could be the copy of."""
WITH_REASON = {"return_dept", "return_office", "correct_score", "order_re_evaluation"}


def people(county: EvalCounty) -> dict[str, Person]:
    """Return everybody who tries."""
    return {
        "school": county.operator(SCHOOL),
        "department": county.person(
            "unit_operator", "dept_operator", scope=Scope(REGION, unit_paths=(f"{DEPARTMENT}/",))
        ),
        "police": county.operator(POLICE),
        "education": county.office(),
        "politics_law": county.office("politics_law"),
        "centre": county.person("fin_perf"),
        "auditor": county.person("audit_officer"),
        "leader": county.person("fin_leader_group"),
        "treasury": county.person("fin_treasury"),
        "administrator": county.person("system_admin"),
    }


class Walk(RuleBasedStateMachine):
    """Two forms of a county of its own, and what the twin says of them."""

    open_new: ClassVar[Callable[[], EvalCounty]]

    @initialize()
    def start(self) -> None:
        self.county = self.open_new()
        self.people = people(self.county)
        self.county.open()
        self.forms = {name: self.county.form(name) for name in REACH}
        self.submitter = dict.fromkeys(REACH, "")
        self.returned = dict.fromkeys(REACH, 0)

    @rule(seed=st.integers(0, 2**32))
    def work(self, seed: int) -> None:
        """Try thirty acts, mostly one the state waits for by somebody of those who may."""
        chance = random.Random(seed)
        for _ in range(30):
            name = chance.choice(list(REACH))
            state = self.forms[name]["state"]
            act, who = chance.choice(ACTS), chance.choice(list(self.people))
            fitting = [each for at, each in WAYS if at == state and each != "publish"]
            if fitting and chance.random() < 0.8:
                act = chance.choice([*fitting, "paper"])
                who = chance.choice(sorted(WHO[act] & REACH[name]))
            self.attempt(name, act, who, reason=chance.choice(("", "数据与账面不符。")))

    def attempt(self, name: str, act: str, who: str, *, reason: str) -> None:
        """Let somebody try; compare the answer with the twin's."""
        before = self.forms[name]
        answer = self.ask(before, act, self.people[who], reason)
        expected = self.expected(before, act, who, name, reason)
        assert (answer.status_code == HTTPStatus.OK) == (expected is not None), (
            before["state"], act, who, answer.get_data(as_text=True),
        )  # fmt: skip
        after = self.county.form(name)
        if expected is None:
            assert answer.status_code in (403, 404, 409, 422), answer.status_code
            assert answer.get_json()["detail"]
            assert after == before
        else:
            assert after["state"] == expected
            self.returned[name] += expected == "draft" and before["state"] != "draft"
            self.returned[name] -= before["state"] == "open"
        if expected is not None and act == "submit":
            self.submitter[name] = who
        self.forms[name] = after

    def expected(
        self, form: dict[str, Any], act: str, who: str, name: str, reason: str
    ) -> str | None:
        """Return the state the form is in afterwards, `None` when it has to be refused."""
        state = form["state"]
        if who not in WHO[act] & REACH[name]:
            return None
        if act == "paper":
            return None if state in WITH_UNIT else state
        after = WAYS.get((state, act))
        if after is None or (act in WITH_REASON and not reason):
            return None
        if act in ("approve_dept", "return_dept") and who == self.submitter[name]:
            return None
        arrived = form["paper_print_code"] == form["print_code"]
        if act == "approve_office" and form["paper_required"] and not arrived:
            return None
        collapsed = after == "dept_review" and name == "巡逻车购置"
        return "fin_office_review" if collapsed else after

    def ask(self, form: dict[str, Any], act: str, who: Person, reason: str) -> Any:
        """Send the act as its client does."""
        here, version = address(form), form["version"]
        if act == "fill":
            filer = who if who.actor.roles & {"unit_operator"} else self.people["school"]
            return who.call("PUT", here, draft(filer, form), version=version)
        bodies: dict[str, tuple[str, dict[str, Any]]] = {
            "submit": ("submission", SIGNED),
            "paper": ("paper", {"print_code": form["print_code"]}),
            "publish": (
                "publication",
                {"url": "https://www.yuechi.gov.cn/1", "published_on": "2024-05-06"},
            ),
        }
        score = {"score": "85"} if act == "correct_score" else {}
        review = ("reviews", {"act": act, "opinion": reason, **score})
        part, body = bodies.get(act, review)
        return who.call("POST", f"{here}/{part}", body, version=version)

    @invariant()
    def what_counts_was_seen_by_another(self) -> None:
        for name, form in getattr(self, "forms", {}).items():
            assert form["times_returned"] == self.returned[name]
            if form["state"] in ("accepted", "confirmed", "score_corrected", "published"):
                assert form["total"] is not None
                assert form["paper_print_code"] == form["print_code"]


@pytest.fixture
def run(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> Callable[[], None]:
    """Return what walks: four counties of their own, ninety acts in each."""

    def walk() -> None:
        opened = staticmethod(lambda: open_county(new_database(postgres_url), tmp_path))
        run_state_machine_as_test(
            type("CountyWalk", (Walk,), {"open_new": opened}),
            settings=settings(
                max_examples=4,
                stateful_step_count=4,
                phases=[Phase.generate],  # a seed says nothing when it is made smaller
                database=None,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    return walk


def test_whoever_tries_whatever_gets_the_answer_of_the_twin(run: Callable[[], None]) -> None:
    run()


def test_the_walk_finds_who_reviews_their_own(
    run: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_self_evaluation, "_check", lambda *_: None)
    with pytest.raises(AssertionError):
        run()


def test_the_twin_names_every_way_there_is() -> None:
    assert {(edge.source, edge.act): edge.to for edge in TRANSITIONS} == WAYS
    ended = {state for state in SelfEvaluationState if state not in {at for at, _ in WAYS}}
    assert ended == {SelfEvaluationState.PUBLISHED}
