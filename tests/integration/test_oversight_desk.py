"""The desk: counts, tabs, dues, scope, administrators; and the number of queries of each list."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from oversight_world import World, build_world
from sqlalchemy import Engine

from shared.ids import new_id
from shared.outbox.tables import InboxRow
from shared.testing.clock import FrozenClock
from shared.testing.queries import count_queries
from shared.testing.web import REGION

TODAY = date(2023, 10, 10)  # a Tuesday


@pytest.fixture
def world(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> World:
    made = build_world(new_database(postgres_url), frozen_clock, tmp_path)
    made.office("SF", "社会保障股")
    made.unit("219", "县教育局", office="SF")
    made.unit("219001", "县第一中学", office="SF", department="219")
    made.unit("220", "县水务局")
    made.person("wang", "unit_operator", unit="219")
    made.person("gusf", "fin_office", office="SF")
    for title, due in (
        ("逾期事项", TODAY - timedelta(days=4)),
        ("今天事项", TODAY),
        ("周日事项", TODAY + timedelta(days=5)),
        ("下周一事项", TODAY + timedelta(days=6)),
    ):
        made.task(title, "219", "unit_operator", due_on=due)
    made.task("下级事项", "219001", "unit_operator")
    made.task("外单位事项", "220", "unit_operator", due_on=TODAY)
    made.task("别的角色", "219", "dept_operator", due_on=TODAY)
    made.task("退回事项", "219", "unit_operator", tab="returned")
    made.task("股室审核", "219", "fin_office", tab="review", due_on=TODAY)
    made.task("外股室审核", "220", "fin_office", tab="review")
    made.task(
        "已办事项",
        "219",
        "unit_operator",
        closed_at=frozen_clock.now(),
        closed_by=made.people["wang"],
    )
    made.task("别人办的", "219", "unit_operator", closed_at=frozen_clock.now(), closed_by=new_id())
    return made


def titles(text: str) -> list[str]:
    return re.findall(r'<a href="/target/targets/2024/[^"]+">([^<]+)</a>', text)


def counts(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="wx-count[^>]*>(\d+)<', text)]


def tiles(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'wx-tile-value">(\d+)<', text)]


def test_the_desk_counts_and_lists_what_waits_for_this_post_in_its_scope(world: World) -> None:
    browser = world.browser("wang")
    page = browser.get("/")
    assert counts(page.text) == [5, 1, 0, 1]
    assert tiles(page.text) == [1, 1, 1]
    assert titles(page.text) == ["逾期事项", "今天事项", "周日事项", "下周一事项", "下级事项"]
    assert titles(browser.get("/?tab=returned").text) == ["退回事项"]
    assert titles(browser.get("/?tab=done").text) == ["已办事项"]


@pytest.mark.parametrize(
    ("due", "expected"),
    [("overdue", ["逾期事项"]), ("today", ["今天事项"]), ("week", ["周日事项"])],
)
def test_each_tile_leads_to_exactly_what_it_counts(
    world: World, due: str, expected: list[str]
) -> None:
    assert titles(world.browser("wang").get(f"/?due={due}").text) == expected


def test_an_office_sees_the_units_it_answers_for_and_lands_on_its_reviews(world: World) -> None:
    page = world.browser("gusf").get("/")
    assert counts(page.text) == [0, 0, 1, 0]
    assert titles(page.text) == ["股室审核"]


def test_an_overdue_task_says_so_in_working_days_and_keeps_the_first_date(world: World) -> None:
    world.task(
        "延期事项",
        "219",
        "unit_operator",
        due_on=date(2023, 10, 16),
        first_due_on=date(2023, 10, 9),
        provisional=True,
    )
    text = world.browser("wang").get("/").text
    assert "逾期4个工作日" in text  # 7 and 8 October 2023 were worked (调休)
    assert "暂定" in text
    assert "<del" in text


def test_administrators_see_duties_and_no_business(world: World) -> None:
    world.person("sysadmin", "system_admin")
    now = world.clock.now()
    with world.database.begin() as uow:
        uow.session.add(
            InboxRow(
                subscription="oversight_svc",
                event_id=new_id(),
                event_type="target.task.closed.v1",
                aggregate_id=new_id(),
                aggregate_version=1,
                region_code=REGION,
                fiscal_year=2024,
                envelope={},
                state="parked",
                attempts=6,
                received_at=now,
                next_attempt_at=now,
            )
        )
    text = world.browser("sysadmin").get("/").text
    assert tiles(text)[0] == 1
    assert "事项" not in "".join(titles(text))
    assert "填报" not in text


def test_the_api_gives_the_same_tasks_page_by_page(world: World) -> None:
    browser = world.browser("wang")
    seen: list[str] = []
    cursor = ""
    while True:
        query = f"limit=2{f'&cursor={cursor}' if cursor else ''}"
        answer = browser.get(f"/oversight/api/v1/me/tasks?{query}").get_json()
        seen += [each["title"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(
        ["逾期事项", "今天事项", "周日事项", "下周一事项", "下级事项", "退回事项"]
    )


@pytest.mark.parametrize(
    ("login", "path", "queries"),
    [
        ("wang", "/", 7),
        ("wang", "/oversight/units", 3),
        ("admin", "/oversight/accounts", 2),
        ("guard", "/oversight/posts", 3),
        ("admin", "/", 2),
        ("admin", "/oversight/events", 4),
        ("wang", "/oversight/api/v1/units", 2),
        ("wang", "/oversight/api/v1/me/tasks", 2),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    world: World, login: str, path: str, queries: int
) -> None:
    world.person("admin", "system_admin")
    world.person("guard", "security_admin")
    for number in range(3):
        world.person(f"more{number}", "unit_operator", unit="219")
    browser = world.browser(login)
    browser.get(path)
    with count_queries(world.database.engine) as sent:
        assert browser.get(path).status_code == 200
    assert len(sent) == queries, "\n".join(sent)


def test_the_desk_of_nobody_is_the_sign_in_page(world: World) -> None:
    assert world.browser().get("/").location == "/sign-in?next=%2F"
