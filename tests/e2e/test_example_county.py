"""The example county at rest: what a newcomer finds there has every shape the work has."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine

from services.example.diary import CALENDAR
from services.example.findings import Problem, read_problems
from services.oversight_svc.domain.finding_states import FindingState
from shared.db.embedded import EmbeddedPostgres
from shared.db.engine import database_url

Ask = Callable[[str, str], list[tuple[Any, ...]]]
TODAY = date(2023, 10, 10)


@pytest.fixture(scope="module")
def ask(open_folder: Path, example: Path) -> Iterator[Ask]:
    """Ask a service's database something."""
    folder = open_folder / "at-rest"
    subprocess.run(["cp", "-a", str(example), str(folder)], check=True)  # noqa: S603, S607
    with EmbeddedPostgres(folder) as server:

        def rows(service: str, query: str) -> list[tuple[Any, ...]]:
            address = database_url(server.url, f"wenxiao_{service}")
            with create_engine(address, poolclass=NullPool).connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(query)]

        yield rows
    shutil.rmtree(folder)


def _one(ask: Ask, query: str) -> Any:
    ((value,),) = ask("oversight", query)
    return value


def test_findings_stand_everywhere_on_their_way(ask: Ask) -> None:
    states: dict[str, int] = dict(
        ask("oversight", "select state, count(*) from finding group by 1")
    )
    assert set(states) == {state.value for state in FindingState}
    assert sum(states.values()) >= 60
    assert states["rectifying"] == max(states.values())


def test_every_story_was_told_to_its_end(ask: Ask) -> None:
    """No finding stays short of where its data file takes it because a day came too late."""
    stands: dict[str, str] = dict(ask("oversight", "select title, state from finding"))
    wanted = {
        problem.title: _state(problem) for problems in read_problems() for problem in problems
    }
    assert stands == wanted


def _state(problem: Problem) -> str:
    if {"relapsed", "exposed", "ineffective"} & set(problem.turns):
        return "rectifying"
    named = {"drafted": "registered", "signed": "accepted_by_unit", "closed": "closed_out"}
    return named.get(problem.until, problem.until)


def test_cases_and_clues_stand_at_different_steps(ask: Ask) -> None:
    states = ask("oversight", "select state from accountability_case order by 1")
    assert states == [("accepted",), ("closed",), ("proposed",)]
    assert ask("oversight", "select state from clue order by 1") == [
        ("receipted",),
        ("transferred",),
    ]
    assert ask("oversight", "select count(*) from clue_content") == [(0,)]
    has_left = (
        "select count(*) from accountability_person p join accountability_case c"
        " using (region_code, fiscal_year, case_id) join unit u"
        " on (u.region_code, u.unit_id) = (p.region_code, p.unit_id)"
        " where c.state = 'closed' and p.capacity = 'unit_head' and p.name <> u.head_name"
    )
    assert ask("oversight", has_left) == [(1,)]


def test_every_desk_has_something_to_judge(ask: Ask) -> None:
    """Waiting for recheck or recognition: finance, audit and discipline each."""
    waiting = ask(
        "oversight",
        "select distinct raised_by, state from finding where state in ('reported', 'verified')",
    )
    assert {("finance", "reported"), ("finance", "verified")} <= set(waiting)
    assert {body for body, _ in waiting} == {"finance", "audit", "discipline"}


def test_late_ones_stand_inside_and_outside_their_buffer(ask: Ask) -> None:
    late = ask(
        "oversight",
        "select due_on, buffer_on from finding where due_on < '2023-10-10' and state in"
        " ('notified', 'accepted_by_unit', 'rectifying')",
    )
    assert any(buffer >= TODAY for _, buffer in late)
    assert any(buffer < TODAY for _, buffer in late)


@pytest.mark.parametrize(
    ("what", "times"),
    [
        ("is_refused and times_urged >= 2", 1),
        ("look_back_verdict = 'relapsed' and state = 'rectifying'", 1),
        ("look_back_verdict = 'falsified' and is_falsified", 1),
        ("is_repeated and earlier_id is not null", 2),
        ("merged_into is not null", 1),
    ],
)
def test_rare_turns_happened(ask: Ask, what: str, times: int) -> None:
    assert _one(ask, f"select count(*) from finding where {what}") == times  # noqa: S608


def test_common_turns_happened(ask: Ask) -> None:
    for what in ("times_extended > 0 and first_due_on < due_on", "is_partly_recognised",
                 "times_returned > 0"):  # fmt: skip
        assert _one(ask, f"select count(*) from finding where {what}") > 0, what  # noqa: S608
    assert _one(ask, "select count(*) from unit_head where ended_on is not null") == 1


def test_money_adds_up(ask: Ask) -> None:
    sums = ask(
        "oversight",
        "select kind, sum(reported), sum(recognised) from finding_money group by kind",
    )
    assert len(sums) == 5
    assert all(Decimal(0) < recognised <= reported for _, reported, recognised in sums)
    by_finding = _one(ask, "select sum(amount_rectified) from finding")
    assert by_finding == sum(recognised for _, _, recognised in sums)


def test_papers_are_of_working_days(ask: Ask) -> None:
    days = ask("oversight", "select issued_on from notice where issued_on is not null")
    days += ask("oversight", "select sent_on from urging where sent_on is not null")
    assert len(days) > 50
    assert [day for (day,) in days if CALENDAR.is_workday(day) != (True, True)] == []


def test_everybody_owes_a_self_evaluation(ask: Ask) -> None:
    forms = ask("evaluation", "select kind, state, is_late from self_evaluation")
    assert sum(kind == "dept_overall" for kind, *_ in forms) == 85
    accepted = [state for _, state, _ in forms if state in ("accepted", "confirmed", "published")]
    assert len(accepted) > 0.8 * len(forms)
    assert {state for _, state, _ in forms} >= {"open", "draft", "score_corrected", "published"}
    assert sum(is_late for *_, is_late in forms) > 5
    assert ask("evaluation", "select 1 from self_evaluation where times_returned > 0")
    assert ask("evaluation", "select 1 from self_evaluation where paper_received_on > due_on + 5")


def test_the_education_bureau_still_has_forms_to_fill(ask: Ask) -> None:
    mine = ask(
        "evaluation",
        "select form.due_on, form.first_due_on from self_evaluation form"
        " join unit using (region_code, unit_id) where unit.code = '124' and form.state = 'open'",
    )
    assert len(mine) == 2
    assert set(mine) == {(date(2023, 10, 20), date(2023, 5, 10))}


def test_problems_were_referred_by_event(ask: Ask) -> None:
    for service in ("evaluation", "monitoring"):
        table = "self_evaluation_problem" if service == "evaluation" else "report_problem"
        referred = ask(service, f"select count(*) from {table}")  # noqa: S608
        assert referred[0][0] > 1
    assert _one(ask, "select count(*) from inbox where state not in ('done', 'ignored')") == 0
