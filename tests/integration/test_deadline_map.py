"""期限分布 on 全过程一览: each figure is the number of lines of the list it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from escalation_world import EscalationWorld, open_world
from finding_county import DEPARTMENT, POLICE, Visitor
from sqlalchemy import Engine

from services.oversight_svc.domain.finding_states import FindingState
from shared.access.actor import Scope
from shared.testing.queries import count_queries
from shared.testing.web import REGION

TODAY = date(2024, 7, 3)
CELL = re.compile(
    r'<td class="wx-end wx-heat-(\d)"><a href="([^"]+)">(\d+)件</a>'
    r'(?:<small class="wx-heat-late">逾期(\d+)件</small>)?'
)
LIST_QUERIES = 2
"""Tasks with units, the calendar."""


@pytest.fixture
def world(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> EscalationWorld:
    return open_world(new_database(postgres_url), tmp_path)


def cells(visitor: Visitor) -> dict[str, tuple[int, int]]:
    """Return address of the list → (due, late) of every cell that is not empty."""
    page = visitor.get("/cockpit").text
    return {unescape(href): (int(due), int(late or 0)) for _, href, due, late in CELL.findall(page)}


def lines(visitor: Visitor, href: str) -> str:
    page = visitor.get(href.removeprefix("/oversight"))
    assert page.status_code == 200
    return page.text[page.text.index("<tbody") :] if "<tbody" in page.text else ""


def fill(world: EscalationWorld) -> None:
    for due_on, unit in (
        (date(2024, 3, 1), DEPARTMENT),  # older than the weeks shown
        (date(2024, 7, 1), DEPARTMENT),  # this Monday: late
        (date(2024, 7, 3), DEPARTMENT),  # today: due, not late
        (date(2024, 7, 7), POLICE),  # this Sunday
        (date(2024, 7, 8), POLICE),  # next Monday
        (date(2025, 7, 8), POLICE),  # beyond the map
    ):
        world.task("monitoring.fill", "monitoring.report", due_on, unit=unit)
    world.task("monitoring.fill", "monitoring.report", date(2024, 7, 3), is_closed=True)
    world.task("evaluation.fill", "evaluation.self_evaluation", date(2024, 7, 4))
    world.task("oversight.accountability_review", "oversight.accountability", TODAY)
    world.task("oversight.clue_receipt", "oversight.clue", TODAY)
    world.on(TODAY)


def test_every_cell_counts_the_lines_of_its_list(world: EscalationWorld) -> None:
    fill(world)
    perf = world.county.browse(world.county.actor("fin_perf"))
    found = cells(perf)
    monitoring = [value for href, value in found.items() if "group=monitoring" in href]
    assert monitoring == [(1, 1), (3, 1), (1, 0)]
    assert [value for href, value in found.items() if "group=evaluation" in href] == [(1, 0)]
    for href, (due, _) in found.items():
        assert lines(perf, href).count("<tr") == due, href
    everything = perf.get("/deadlines").text
    assert everything[everything.index("<tbody") :].count("<tr") == 7
    for word in ("accountability", "/oversight/clues/"):
        assert word not in everything[everything.index("<tbody") :]


def test_own_work_counts_too_and_who_sees_less_counts_less(world: EscalationWorld) -> None:
    fill(world)
    world.county.at(FindingState.RECTIFYING)
    world.hear()
    perf = world.county.browse(world.county.actor("fin_perf"))
    assert any("group=rectification" in href for href in cells(perf))
    near = Scope(REGION, unit_paths=(f"{POLICE}/",))
    police = world.county.browse(world.county.actor("unit_operator", name="警", scope=near))
    shown = cells(police)
    assert [value for href, value in shown.items() if "group=monitoring" in href] == [
        (1, 0),
        (1, 0),
    ]
    viewer = world.county.browse(world.county.actor("npc_viewer"))
    assert not any("group=monitoring" in href for href in cells(viewer))
    hidden = viewer.get("/deadlines?group=monitoring").text
    assert "监控表" not in hidden
    empty = perf.get("/deadlines?from=2030-01-01").text
    assert "没有未办结的事项" in empty
    assert perf.get("/deadlines?from=x&until=9999-99-99").status_code == 200


def test_the_map_and_its_list_cost_a_fixed_number_of_queries(world: EscalationWorld) -> None:
    fill(world)
    perf = world.county.browse(world.county.actor("fin_perf"))

    def cost(path: str) -> int:
        with count_queries(world.county.database.engine) as counted:
            perf.get(path)
        return len(counted)

    before = cost("/cockpit"), cost("/deadlines")
    for _ in range(5):
        world.task("evaluation.revise", "evaluation.self_evaluation", TODAY)
    assert (cost("/cockpit"), cost("/deadlines")) == before
    assert before[1] == LIST_QUERIES
