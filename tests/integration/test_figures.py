"""What Prometheus sees of findings, deadlines and coverage is what lies in the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ledger_world import MORNING, TODAY, LedgerWorld, open_ledger
from sqlalchemy import Engine

from services.oversight_svc.queries.figures import FIGURES
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.escalations import EscalationRow
from services.oversight_svc.store.findings import FindingRow
from shared.ids import new_id
from shared.observability.figures import count
from shared.testing.queries import count_queries
from shared.testing.web import REGION


def task(finding: FindingRow, due_on: date, closed_at: datetime | None = None) -> DeskTaskRow:
    return DeskTaskRow(
        region_code=REGION, fiscal_year=finding.fiscal_year, task_id=new_id(), version=1,
        source="oversight_svc", kind="oversight.report", title="", subject_kind="finding",
        subject_id=finding.finding_id, unit_id=finding.unit_id, role="unit_operator", tab="todo",
        opened_at=MORNING, due_on=due_on, first_due_on=due_on, provisional=False,
        closed_at=closed_at, closed_by=None, outcome=None,
    )  # fmt: skip


def rung(finding: FindingRow, due_on: date, place: int, code: str) -> EscalationRow:
    return EscalationRow(
        region_code=REGION, fiscal_year=finding.fiscal_year, escalation_id=new_id(), version=1,
        kind="rectification", subject_kind="finding", subject_id=finding.finding_id,
        subject_title="", unit_id=finding.unit_id, due_on=due_on, rung=code, place=place, title="",
        way="reminder", demand="", is_paper=False, role=None, reached_on=due_on,
        climbed_at=MORNING, pack_code="", pack_version="", state="done", document_number="",
        document_on=None, scan_digest="", scan_name="", person="", note="", settled_at=None,
        settled_by=None, settler_name="",
    )  # fmt: skip


def filled(world: LedgerWorld) -> None:
    days = timedelta(days=1)
    old = world.add(registered_at=MORNING - 100 * days)
    world.add(registered_at=MORNING - 30 * days, state="reported")
    world.add(state="archived", registered_at=MORNING - 400 * days)
    young = world.add(state="rectifying", registered_at=MORNING - 31 * days)
    late = TODAY - 3 * days
    # 16:30 in London is the next day in Shanghai.
    night = datetime(2023, 10, 8, 16, 30, tzinfo=UTC)
    with world.database.begin() as uow:
        uow.session.add_all(
            [
                task(old, late),
                rung(old, late, 1, "first"),
                rung(old, late, 2, "second"),
                rung(old, late - 30 * days, 3, "of_an_earlier_date"),
                task(young, late),
                task(young, TODAY),
                task(young, date(2023, 10, 8), closed_at=night),
                task(young, date(2023, 10, 9), closed_at=night),
            ]
        )


def test_the_figures_say_what_the_tables_hold(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> None:
    world = open_ledger(new_database(postgres_url), tmp_path)
    filled(world)
    with count_queries(world.database.engine) as asked:
        said = count(world.database, FIGURES)
    assert said is not None
    assert len([each for each in asked if each.lower().startswith("select")]) == len(FIGURES)
    assert said["findings"] == {("rectifying",): 2, ("reported",): 1, ("archived",): 1}
    assert said["findings_open"] == {
        ("rectifying", "91-180"): 1,
        ("rectifying", "31-60"): 1,
        ("reported", "0-30"): 1,
    }
    assert said["overdue_by_rung"] == {
        ("oversight.report", "second"): 1,
        ("oversight.report", "none"): 1,
    }
    assert said["tasks_handed_in"] == {
        ("oversight.report", "late"): 1,
        ("oversight.report", "on_time"): 1,
    }
    assert said["share_requests"] == {}
