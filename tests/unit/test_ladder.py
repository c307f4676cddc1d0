"""The escalation ladder: each rung once in its episode, in order, none before its day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.oversight_svc.domain.ladder import (
    Climb,
    answers_for,
    asked_role,
    check_skipping,
    check_taking,
    rungs_due,
)
from shared.calendar import WorkingCalendar
from shared.calendar_store import seed_calendar
from shared.policy.escalation import Ladder, OverdueKind, Rung, RungMode, RungWay
from shared.policy.loader import available_packs, find_pack
from shared.policy.model import Basis, Certainty
from shared.terms.vocabulary import RaisingBody, Role

CALENDAR = seed_calendar()
PACK = find_pack("yuechi-2023")
RECTIFICATION = PACK.escalation[OverdueKind.RECTIFICATION]
BUFFER = PACK.deadlines[RECTIFICATION.deadline].buffer_workdays
BASIS = Basis(("HC20.1",), "", Certainty.ASSUMED)
DAYS = st.dates(date(2022, 1, 10), date(2026, 9, 1))
"""Sixty working days before and a hundred after lie within the published years."""


def rung(code: str, workdays: int, *, after_buffer: bool = False) -> Rung:
    return Rung(code, code, RungWay.REMINDER, RungMode.AUTOMATIC, workdays, after_buffer,
                None, None, is_paper=False, basis=BASIS)  # fmt: skip


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Ladder, int]:
    """A ladder such as a pack may have, and its buffer."""
    buffer = draw(st.integers(0, 10))
    days = sorted(draw(st.lists(st.integers(-20, 40), min_size=1, max_size=6)))
    rungs = tuple(
        rung(f"r{n}", day - buffer, after_buffer=True)
        if day >= buffer and draw(st.booleans())
        else rung(f"r{n}", day)
        for n, day in enumerate(days)
    )
    return Ladder(OverdueKind.RECTIFICATION, "rectification_report", rungs), buffer


def due(due_on: date, today: date, *climbed: str) -> list[str]:
    found = rungs_due(RECTIFICATION, due_on, BUFFER, today, CALENDAR, climbed)
    return [each.rung.code for each in found]


def test_a_finding_climbs_on_the_days_the_pack_names() -> None:
    due_on = date(2024, 4, 2)  # Tuesday; 4 to 6 April are off, 7 April is worked
    first = {}
    for n in range(-20, 60):
        for code in due(due_on, due_on + timedelta(n)):
            first.setdefault(code, due_on + timedelta(n))
    assert first == {
        "before_due": date(2024, 3, 26),
        "overdue": date(2024, 4, 3),
        "letter": date(2024, 4, 11),  # the buffer ends on the 10th
        "head": date(2024, 4, 17),
        "circular": date(2024, 4, 24),
        "proposal": date(2024, 5, 10),  # Sunday 28 April is worked, 1 to 5 May are off
    }


def test_the_due_day_itself_is_in_time() -> None:
    assert due(date(2024, 4, 2), date(2024, 4, 2)) == ["before_due"]


def test_what_an_outage_missed_is_all_due_and_in_order() -> None:
    assert due(date(2024, 4, 2), date(2024, 9, 1)) == [
        "before_due", "overdue", "letter", "head", "circular", "proposal",
    ]  # fmt: skip
    assert due(date(2024, 4, 2), date(2024, 9, 1), "before_due", "letter") == [
        "overdue", "head", "circular", "proposal",
    ]  # fmt: skip


def test_nothing_climbs_on_a_calendar_nobody_has_published() -> None:
    assert due(date(2026, 12, 30), date(2027, 6, 1)) == ["before_due", "overdue"]
    assert due(date(2027, 1, 5), date(2027, 6, 1)) == []


@given(ladders(), DAYS, st.integers(-60, 120))
def test_no_rung_is_early_and_none_that_has_come_is_missing(
    made: tuple[Ladder, int], due_on: date, offset: int
) -> None:
    ladder, buffer = made
    today = due_on + timedelta(offset)
    found = rungs_due(ladder, due_on, buffer, today, CALENDAR)
    for each in ladder.rungs:
        wanted = each.workdays + (buffer if each.after_buffer else 0)
        assert (each in [climb.rung for climb in found]) == has_come(due_on, wanted, today)


def has_come(due_on: date, workdays: int, today: date) -> bool:
    """Count the days one by one: the rule's twin."""
    if workdays > 0:
        return CALENDAR.workdays_between(due_on, today) >= workdays
    if workdays == 0 or today >= due_on:
        return today >= due_on
    between = (today + timedelta(n) for n in range(1, (due_on - today).days))
    return sum(CALENDAR.is_workday(day)[0] for day in between) < -workdays


@given(ladders(), DAYS, st.integers(-60, 120))
def test_the_order_is_the_ladders_and_days_never_go_back(
    made: tuple[Ladder, int], due_on: date, offset: int
) -> None:
    ladder, buffer = made
    found = rungs_due(ladder, due_on, buffer, due_on + timedelta(offset), CALENDAR)
    assert [each.place for each in found] == sorted(each.place for each in found)
    assert [each.reached_on for each in found] == sorted(each.reached_on for each in found)


@pytest.mark.parametrize("pack", available_packs(), ids=lambda pack: pack.ref.code)
def test_every_pack_leaves_what_matters_to_people(pack: object) -> None:
    for ladder in pack.escalation.values():  # type: ignore[attr-defined]
        for each in ladder.rungs:
            assert (each.mode is RungMode.AUTOMATIC) == (each.way is RungWay.REMINDER)
            assert each.way is not RungWay.PROPOSAL or "由有权机关决定" in each.demand
            assert each.workdays >= 0 or each.way is RungWay.REMINDER


class Climbing(RuleBasedStateMachine):
    """A subject on its way through ticks, outages, a jumping clock, replicas and extensions.

    The rows are what the database keeps under its unique key: a replica that read too early sees
    the others' rows when it writes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[date, str, date, date]] = []
        self.stale: list[tuple[date, date, list[Climb]]] = []
        self.is_closed = False

    @initialize(due_on=DAYS, made=ladders())
    def begin(self, due_on: date, made: tuple[Ladder, int]) -> None:
        self.ladder, self.buffer = made
        self.due_on = due_on
        self.today = self.latest = due_on - timedelta(30)
        self.seen: dict[date, date] = {}

    def compute(self) -> list[Climb]:
        climbed = [code for episode, code, *_ in self.rows if episode == self.due_on]
        return rungs_due(self.ladder, self.due_on, self.buffer, self.today, CALENDAR, climbed)

    def commit(self, episode: date, climbs: list[Climb], today: date) -> None:
        if self.is_closed or episode != self.due_on:
            return  # the task is read again in the writing transaction
        known = {(row[0], row[1]) for row in self.rows}
        if any((episode, climb.rung.code) in known for climb in climbs):
            return  # the key refuses the whole transaction
        self.rows += [(episode, climb.rung.code, climb.reached_on, today) for climb in climbs]

    @rule()
    def tick(self) -> None:
        self.commit(self.due_on, self.compute(), self.today)
        if not self.is_closed:
            self.seen[self.due_on] = max(self.today, self.seen.get(self.due_on, self.today))

    @rule()
    def a_replica_reads_and_is_paused(self) -> None:
        self.stale.append((self.due_on, self.today, self.compute()))

    @rule()
    def the_paused_replica_goes_on(self) -> None:
        if self.stale:
            episode, today, climbs = self.stale.pop()
            self.commit(episode, climbs, today)

    @rule(days=st.integers(-90, 90))
    def the_clock_jumps(self, days: int) -> None:
        moved = self.today + timedelta(days)
        self.today = min(max(moved, date(2021, 6, 1)), date(2026, 12, 20))

    @rule(days=st.integers(-30, 90))
    def the_date_moves(self, days: int) -> None:
        self.due_on = min(max(self.due_on + timedelta(days), date(2022, 1, 10)), date(2026, 9, 1))

    @rule()
    def it_is_handed_in(self) -> None:
        self.is_closed = True

    @rule()
    def it_is_returned(self) -> None:
        self.is_closed = False

    @invariant()
    def each_rung_once_in_its_episode(self) -> None:
        counted = Counter((row[0], row[1]) for row in self.rows)
        assert not counted or max(counted.values()) == 1

    @invariant()
    def none_early(self) -> None:
        assert all(reached <= today for _, _, reached, today in self.rows)

    @invariant()
    def the_order_is_kept(self) -> None:
        codes = [each.code for each in getattr(self, "ladder", RECTIFICATION).rungs]
        for episode in {row[0] for row in self.rows}:
            places = [codes.index(row[1]) for row in self.rows if row[0] == episode]
            assert places == sorted(places)

    @invariant()
    def none_missed_that_a_tick_saw(self) -> None:
        for episode, seen in getattr(self, "seen", {}).items():
            wanted = rungs_due(self.ladder, episode, self.buffer, seen, CALENDAR)
            have = {row[1] for row in self.rows if row[0] == episode}
            assert {each.rung.code for each in wanted} <= have


Climbing.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestClimbing = Climbing.TestCase


def test_whom_a_rung_asks() -> None:
    finance, audit = RaisingBody.FINANCE, RaisingBody.AUDIT
    assert asked_role("fin_office", finance, has_office=True) is Role.FIN_OFFICE
    assert asked_role("fin_office", finance, has_office=False) is Role.FIN_PERF
    assert asked_role("fin_office", audit, has_office=True) is Role.AUDIT_OFFICER
    assert (
        asked_role("fin_perf", RaisingBody.DISCIPLINE, has_office=True) is Role.DISCIPLINE_OFFICER
    )


def test_who_answers_for_whom() -> None:
    assert answers_for("fin_office", {"fin_perf"})
    assert not answers_for("fin_perf", {"fin_office"})
    assert not answers_for("audit_officer", {"fin_perf"})
    assert answers_for("audit_officer", {"audit_head"})


def taking(way: RungWay, **facts: object) -> list[str]:
    given_facts = {
        "is_paper": way is RungWay.LETTER, "is_alike": True, "units": 1,
        "document": ("", None, ""), "person": "", "note": "", "today": date(2024, 4, 2), **facts,
    }  # fmt: skip
    return [each.path for each in check_taking(way, **given_facts)]  # type: ignore[arg-type]


def test_a_paper_needs_number_date_and_scan_the_rest_a_note() -> None:
    assert taking(RungWay.LETTER) == ["document_number", "document_on", "scan"]
    late = ("岳财绩〔2024〕9号", date(2024, 4, 3), "d")
    assert taking(RungWay.LETTER, document=late) == ["document_on"]
    assert taking(RungWay.LETTER, document=("岳财绩〔2024〕9号", date(2024, 4, 2), "d")) == []
    assert taking(RungWay.CALL) == ["person", "note"]
    assert taking(RungWay.CIRCULAR) == ["note"]
    assert taking(RungWay.PROPOSAL, note="研究后暂不提请", units=3) == []
    assert taking(RungWay.LETTER, units=2) == ["ids"]
    assert taking(RungWay.CALL, is_alike=False) == ["ids"]


def test_leaving_a_rung_out_needs_leader_and_reason() -> None:
    assert [each.path for each in check_skipping(" ", "")] == ["leader_name", "reason"]
    assert check_skipping("李局长", "单位正在合并") == []


def test_a_weekend_calendar_moves_nothing_early() -> None:
    weekdays = WorkingCalendar({date(2024, 1, 1): False})
    ladder = Ladder(OverdueKind.RECTIFICATION, "x", (rung("overdue", 1),))
    friday = date(2024, 3, 1)
    assert rungs_due(ladder, friday, 0, date(2024, 3, 3), weekdays) == []
    assert rungs_due(ladder, friday, 0, date(2024, 3, 4), weekdays)[0].reached_on == date(
        2024, 3, 4
    )
