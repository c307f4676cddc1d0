"""The ledger's list: rows, filters, scope, paging, totals, the number of its queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_world import (
    EDUCATION,
    POLICE,
    SCHOOL,
    TODAY,
    TOWN,
    UNITS,
    LedgerPerson,
    LedgerWorld,
    finding_row,
    open_ledger,
)
from sqlalchemy import Engine

from services.oversight_svc.domain.finding_states import OPEN_STATES, VOID_STATES, FindingState
from services.oversight_svc.domain.ledger import STATE_GROUPS, standing_of
from services.oversight_svc.queries.ledger import ledger_rows, list_ledger, total_by_state
from services.oversight_svc.queries.ledger_filters import ask, sort_keys
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from shared.access.actor import Scope
from shared.calendar import WorkingCalendar
from shared.db.bulk import copy_rows, refresh_statistics
from shared.directory.tables import UnitRow
from shared.testing.queries import count_queries
from shared.testing.web import REGION
from shared.web.paging import keyset

LEDGER = "/oversight/findings"
NUMBER = re.compile(r"\b20\d\d-\d{4}\b(?=</div></td>)")


@pytest.fixture
def world(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> LedgerWorld:
    return open_ledger(new_database(postgres_url), tmp_path)


def numbers(person: LedgerPerson, query: str = "sort=due") -> list[str]:
    """Return the numbers of the first page's findings, in order."""
    return NUMBER.findall(person.page(f"{LEDGER}?{query}"))


def every_number(person: LedgerPerson, query: str) -> list[str]:
    """Return the numbers of all pages, by following the links to the next."""
    found: list[str] = []
    path = f"{LEDGER}?{query}"
    while path:
        page = person.page(path)
        found += NUMBER.findall(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(following[1]) if following else ""
    return found


def test_a_row_says_all_there_is_to_say(world: LedgerWorld) -> None:
    world.add(
        EDUCATION,
        SCHOOL,
        title="学前教育补助滞留",
        due_on=date(2023, 10, 12),
        first_due_on=date(2023, 9, 28),
        times_extended=1,
        is_refused=True,
        rechecker_name="赵复核",
        measures_summary="限期拨付到园",
    )
    page = world.person("fin_perf").page(f"{LEDGER}?sort=due")
    for words in (
        "学前教育补助滞留", "财政评价", "立行立改", "县教育局", "配合：城关第一小学", "王主任",
        "教科文股", "限期拨付到园", "2023年10月12日", "剩2个工作日", "2023年9月28日", "30%",
        "整改中", "赵复核", "拒不整改", "12.00",
    ):  # fmt: skip
        assert words in page, words


def test_scope_holds_in_list_and_totals_and_assisting_units_look_on(world: LedgerWorld) -> None:
    shared_one = world.add(EDUCATION, POLICE).number
    police = world.add(POLICE).number
    town = world.add(TOWN).number
    school = world.add(SCHOOL).number
    for person, seen in (
        (world.person("fin_perf"), {shared_one, police, town, school}),
        (world.office("politics_law"), {shared_one, police}),
        (world.operator(POLICE), {shared_one, police}),
        (world.operator(SCHOOL), {school}),
        (world.operator(EDUCATION), {shared_one, school}),
        (world.person("fin_perf", scope=Scope("410404", whole_region=True)), set()),
        (world.person("fin_perf", scope=Scope(REGION)), set()),
    ):
        assert set(numbers(person)) == seen
        totals = person.page("/oversight/ledger/totals?sort=due")
        assert f"共 {len(seen)} 个问题" in totals
    assert world.person("unit_operator", "public").get(LEDGER).status_code == 200
    assert world.person("public").get(LEDGER).status_code == 403


def test_pages_follow_one_another_and_number_their_lines(world: LedgerWorld) -> None:
    rows = [
        world.add(due_on=None if n % 7 == 0 else date(2023, 10, 1 + n % 9), amount=None)
        for n in range(45)
    ]
    perf = world.person("fin_perf")
    last = date(9999, 12, 31)
    order = sorted(rows, key=lambda row: (row.due_on or last, row.finding_id))
    assert every_number(perf, "sort=due&limit=20") == [row.number for row in order]
    assert every_number(perf, "sort=-due&limit=20") == [row.number for row in reversed(order)]
    by_number = sorted(row.number for row in rows)
    assert every_number(perf, "sort=number&limit=20") == by_number
    assert sorted(every_number(perf, "sort=-amount&limit=20")) == by_number
    page = perf.page(f"{LEDGER}?sort=number&limit=20")
    following = unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])  # type: ignore[index]
    assert '<div class="wx-cell">21</div>' in perf.page(following)


@pytest.mark.parametrize(
    "query",
    ["cursor=zzz", "cursor=1.zzz", "cursor=x.abc", "cursor=99999999999.abc"],
)
def test_a_bad_mark_is_refused_in_words(world: LedgerWorld, query: str) -> None:
    world.add()
    assert world.person("fin_perf").get(f"{LEDGER}?{query}").status_code == 400


def test_the_number_of_queries_does_not_grow(world: LedgerWorld) -> None:
    perf = world.person("fin_perf")
    counts = []
    for more in (1, 30):
        for _ in range(more):
            world.add(EDUCATION, SCHOOL)
        with count_queries(world.database.engine) as sent:
            perf.page(f"{LEDGER}?sort=due")
        counts.append(len(sent))
    assert counts == [6, 6], sent
    with count_queries(world.database.engine) as sent:
        perf.page("/oversight/ledger/totals?sort=due")
    assert len(sent) == 4, sent


FILTERS: dict[str, tuple[str, ...]] = {
    "year": ("2022", "2023", "1999"),
    "work_year": ("2022", "2023"),
    "state": ("open", "closed", "look_back", "void", "rectifying", "reported", "merged"),
    "standing": ("rectified", "rectifying", "unrectified"),
    "due": ("overdue", "soon", "none"),
    "mark": ("refused", "repeated", "falsified", "extended", "partly"),
    "source": ("audit", "finance_evaluation"),
    "raised_by": ("audit", "finance"),
    "kind": ("immediate", "phased"),
    "category": ("performance", "idle_funds"),
    "office": ("education", "politics_law"),
    "unit": (EDUCATION, POLICE),
    "money": ("12", "30", "12.01", "不是数"),
    "from": ("2023-10-10", "2023-10-09", "2023-02-30"),
    "until": ("2023-10-09", "2023-10-10"),
    "q": ("公安", "问题1", "桥", "2022-", "%", "'"),
    "assigned": ("me", "nobody"),
    "wait": ("recheck", "recognise"),
}
_ODD = {
    "state": st.sampled_from([state.value for state in FindingState]),
    "fiscal_year": st.sampled_from([2022, 2023]),
    "work_year": st.sampled_from([2022, 2023]),
    "source": st.sampled_from(["audit", "finance_evaluation"]),
    "raised_by": st.sampled_from(["audit", "finance"]),
    "kind": st.sampled_from(["immediate", "phased"]),
    "category": st.sampled_from(["performance", "idle_funds"]),
    "due_on": st.sampled_from([None, *(date(2023, 10, day) for day in (9, 10, 13, 15, 16))]),
    "amount": st.sampled_from([None, Decimal("120000.00"), Decimal("300000.00")]),
    "is_refused": st.booleans(),
    "is_repeated": st.booleans(),
    "is_falsified": st.booleans(),
    "is_partly_recognised": st.booleans(),
    "times_extended": st.sampled_from([0, 1]),
    "project_name": st.sampled_from(["", "百分之50%的桥", "老桥"]),
}


@pytest.fixture(scope="module")
def filled(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from shared.testing.databases import temporary_database  # noqa: PLC0415

    with temporary_database(postgres_url) as engine:
        world = open_ledger(engine, tmp_path_factory.mktemp("ledger"))
        perf = world.person("fin_perf")
        rows = []
        chosen = st.fixed_dictionaries(_ODD)

        @settings(max_examples=90, derandomize=True)
        @given(facts=chosen, unit=st.integers(0, 3), mine=st.booleans(), day=st.integers(0, 2))
        def fill(*, facts: dict[str, Any], unit: int, mine: bool, day: int) -> None:
            registered = world.clock.now().replace(day=8 + day, hour=17)
            code = UNITS[unit][0]
            row = world.add(
                code,
                assigned_to=perf.actor.account_id if mine else None,
                registered_at=registered,
                rechecked_by=perf.actor.account_id if mine else None,
                **facts,
            )
            rows.append((row, code))

        fill()
        yield world, perf, rows


def wanted_by_hand(row: FindingRow, code: str, values: dict[str, str], me: Any) -> bool:
    """Tell by plain Python whether a finding belongs into the list: the twin of the SQL."""
    state = FindingState(row.state)
    names = {unit[0]: unit[1] for unit in UNITS}
    offices = {unit[0]: unit[3] for unit in UNITS}
    registered = date(2023, 10, row.registered_at.day + 1)  # 17:00 UTC is the next day in Shanghai
    is_open = state in OPEN_STATES
    waits = {
        "recheck": state is FindingState.REPORTED,
        "recognise": state is FindingState.VERIFIED and row.rechecked_by != me,
    }
    tests = {
        "year": lambda text: str(row.fiscal_year) == text,
        "work_year": lambda text: str(row.work_year) == text,
        "state": lambda text: state in STATE_GROUPS.get(text, (text,)),
        "standing": lambda text: standing_of(state, is_refused=row.is_refused) == text,
        "due": lambda text: (
            is_open
            and {
                "overdue": row.due_on is not None and row.due_on < TODAY,
                "soon": row.due_on is not None and TODAY <= row.due_on <= date(2023, 10, 15),
                "none": row.due_on is None,
            }[text]
        ),
        "mark": lambda text: {
            "refused": row.is_refused,
            "repeated": row.is_repeated,
            "falsified": row.is_falsified,
            "extended": row.times_extended > 0,
            "partly": row.is_partly_recognised,
        }[text],
        "source": lambda text: row.source == text,
        "raised_by": lambda text: row.raised_by == text,
        "kind": lambda text: row.kind == text,
        "category": lambda text: row.category == text,
        "office": lambda text: offices[code] == text,
        "unit": lambda text: code == text,
        "money": lambda text: (
            text != "不是数" and row.amount is not None and row.amount >= Decimal(text) * 10_000
        ),
        "from": lambda text: text != "2023-02-30" and registered >= date.fromisoformat(text),
        "until": lambda text: registered <= date.fromisoformat(text),
        "q": lambda text: any(
            text in part for part in (row.title, row.number, row.project_name, names[code])
        ),
        "assigned": lambda text: row.assigned_to == (me if text == "me" else None),
        "wait": lambda text: row.raised_by == "finance" and waits[text],
    }
    if "state" not in values and state in VOID_STATES:
        return False
    return all(tests[key](text) for key, text in values.items())


@given(
    st.dictionaries(st.sampled_from(sorted(FILTERS)), st.integers(0, 6), max_size=4),
    st.sampled_from(["due", "-due", "number", "-amount", "progress"]),
    st.sampled_from([1, 7, 200]),
)
@settings(max_examples=120)
def test_every_combination_of_filters_finds_what_plain_python_finds(
    filled: Any, places: dict[str, int], sort: str, limit: int
) -> None:
    world, perf, rows = filled
    values = {key: FILTERS[key][at % len(FILTERS[key])] for key, at in places.items()}
    asked = ask(values, TODAY, WorkingCalendar({}))
    found: list[str] = []
    cursor = None
    with world.database.read() as session:
        while True:
            page = list_ledger(session, perf.actor, asked, sort=sort, cursor=cursor, limit=limit)
            found += [entry.finding.number for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        totals = total_by_state(session, perf.actor, asked)
    me = perf.actor.account_id
    expected = [row for row, code in rows if wanted_by_hand(row, code, values, me)]
    assert sorted(found) == sorted(row.number for row in expected), (values, sort, limit)
    assert sum(total.count for total in totals.values()) == len(expected)
    assert sum(total.amount for total in totals.values()) == sum(
        row.amount or 0 for row in expected
    )


def plan_of(world: LedgerWorld, person: LedgerPerson, values: dict[str, str], sort: str) -> str:
    """Return how the server reads a page."""
    asked = ask(values, TODAY, WorkingCalendar({}))
    with world.database.read() as session:
        statement = keyset(ledger_rows(person.actor, asked), sort_keys(sort), None, 51)
        words = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        lines = session.connection().exec_driver_sql(f"explain {words}".replace("%%", "%"))
        return "\n".join(str(line[0]) for line in lines)


def test_a_page_is_a_walk_along_an_index_however_long_the_ledger(world: LedgerWorld) -> None:
    units = [(world.units[code], office) for code, _name, _department, office in UNITS]
    rows = [finding_row(n, *units[n % 4], amount=Decimal(n)) for n in range(1, 3001)]
    names = [column.key for column in FindingRow.__table__.columns]
    with world.database.begin() as uow:
        copy_rows(
            uow.session,
            FindingRow,
            names,
            (tuple(getattr(row, name) for name in names) for row in rows),
        )
        copy_rows(
            uow.session,
            FindingUnitRow,
            ("region_code", "fiscal_year", "finding_id", "unit_id", "duty"),
            ((REGION, 2023, row.finding_id, row.unit_id, "lead") for row in rows),
        )
        for table in (FindingRow, FindingUnitRow, UnitRow):
            refresh_statistics(uow.session, table)
    for person in (world.person("fin_perf"), world.office("education")):
        for sort, index in (
            ("due", "ix_finding_by_due"),
            ("-due", "ix_finding_by_due"),
            ("number", "ix_finding_by_number"),
            ("-amount", "ix_finding_by_amount"),
            ("progress", "ix_finding_by_progress"),
        ):
            plan = plan_of(world, person, {"state": "open"}, sort)
            assert index in plan, plan
            assert "Sort" not in plan, plan
