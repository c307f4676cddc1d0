"""全过程一览: every figure of every part is the number of lines of the list it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import eval_county
import ledger_world
import monitor_county
import target_county
from sqlalchemy import Engine

from services.target_svc.queries.figures import projects
from shared.testing.queries import count_queries

TILE = re.compile(
    r'<a class="wx-tile[^"]*" href="([^"]+)">.*?wx-tile-label">(.*?)</span>'
    r'<span class="wx-tile-value">([\d,]+)<small>',
    re.DOTALL,
)
FIGURE = re.compile(r'<td class="wx-end"[^>]*><div class="wx-cell"><a href="([^"]+)">([\d,]+)</a>')
NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
TAG = re.compile(r"<[^>]+>")
Get = Callable[[str], Any]
NewDatabase = Callable[[str], Engine]


def figures_of(page: str) -> dict[str, tuple[int, str]]:
    """Return what the page counts: label or address → (figure, address of the list)."""
    tiles = {TAG.sub("", label).strip(): (value, href) for href, label, value in TILE.findall(page)}
    cells = {unescape(href): (value, href) for href, value in FIGURE.findall(page)}
    return {
        name: (int(value.replace(",", "")), unescape(href))
        for name, (value, href) in {**tiles, **cells}.items()
    }


def lines_of(page: str) -> int:
    """Return how many lines a list shows; an empty one has no table."""
    return page[page.index("<tbody") :].count("<tr") if "<tbody" in page else 0


def check(get: Get, address: str, prefix: str) -> dict[str, int]:
    """Hold every figure of a part against its list; return the figures by name."""
    page = get(address)
    assert page.status_code == 200, page.text
    found = figures_of(page.text)
    assert found
    for name, (value, href) in found.items():
        assert lines_of(get(href.removeprefix(prefix)).text) == value, (name, href)
    return {name: value for name, (value, _) in found.items()}


def test_targets(postgres_url: str, new_database: NewDatabase, tmp_path: Path) -> None:
    county = target_county.open_county(new_database(postgres_url), tmp_path, NOW)
    perf = county.person("fin_perf")
    found = check(perf.get, "/target/glance?year=2024", "")
    assert found["预算项目"] > 0
    with county.database.read() as session:  # what Prometheus sees is the same
        watched = session.execute(projects(date(2024, 1, 1))).all()
    assert sum(number for *_, number in watched) == found["预算项目"]


def test_monitoring(postgres_url: str, new_database: NewDatabase, tmp_path: Path) -> None:
    county = monitor_county.open_county(new_database(postgres_url), tmp_path)
    county.submitted(
        county.operator(monitor_county.DEPARTMENT), "P001", **monitor_county.CORRECTION
    )
    found = check(county.person("fin_perf").get, "/glance?year=2023", "/monitoring")
    assert found["应报监控表"] > 1
    assert sum(found[name] for name in found if name.endswith("灯")) == 1


def test_self_evaluation(postgres_url: str, new_database: NewDatabase, tmp_path: Path) -> None:
    county = eval_county.open_county(new_database(postgres_url), tmp_path)
    county.open()
    county.submitted(county.operator(eval_county.SCHOOL), "教学楼改造")
    found = check(county.person("fin_perf").get, "/glance?year=2023", "/evaluation")
    assert found["应报自评"] > 1
    assert sum(found[name] for name in found if name.startswith("评为")) == 1


def test_findings(postgres_url: str, new_database: NewDatabase, tmp_path: Path) -> None:
    world = ledger_world.open_ledger(new_database(postgres_url), tmp_path)
    world.add(due_on=date(2023, 10, 9))
    world.add(state="confirmed", progress=100, closed_on=date(2023, 10, 8))
    world.add(state="merged")
    perf = world.person("fin_perf")
    found = check(perf.get, "/oversight/cockpit?year=2023", "")
    assert max(found.values()) == 2  # what was merged is not counted
    assert any("due=overdue" in name and value == 1 for name, value in found.items())
    page = perf.page("/oversight/cockpit?year=2023")
    assert 'hx-get="/target/glance?year=2023"' in page
    assert 'hx-get="/evaluation/glance?year=2022"' in page
    with count_queries(world.database.engine) as first:
        perf.page("/oversight/cockpit")
    world.add()
    with count_queries(world.database.engine) as second:
        perf.page("/oversight/cockpit")
    assert len(first) == len(second)


def test_a_part_is_left_out_for_who_may_not_read_it(
    postgres_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    world = ledger_world.open_ledger(new_database(postgres_url), tmp_path)
    page = world.person("npc_viewer").page("/oversight/cockpit")
    assert "/target/glance" in page
    assert "/monitoring/glance" not in page
    assert "还没有登记的问题" in page
