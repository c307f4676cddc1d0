"""Reminded or urged by the ladder: the progress tables of other services show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eval_county import open_county as open_evaluation
from monitor_county import open_county as open_monitoring
from sqlalchemy import Engine

from services.eval_svc.store.campaigns import ContactRow as EvaluationContact
from services.monitor_svc.store.reports import ContactRow as MonitoringContact
from shared.events.envelope import Event
from shared.events.oversight import ESCALATION_CHANGED

SAMPLES = Path(__file__).parents[2] / "shared" / "events" / "samples"
OPENED: dict[str, tuple[Any, Any]] = {
    "monitoring.report": (open_monitoring, MonitoringContact),
    "evaluation.self_evaluation": (open_evaluation, EvaluationContact),
}


def told(**changed: Any) -> Event:
    """Return the golden sample with other facts."""
    event = Event.from_json(json.loads((SAMPLES / f"{ESCALATION_CHANGED}.json").read_text("utf-8")))
    return replace(event, data={**event.data, **changed})


@pytest.mark.parametrize("subject_kind", OPENED)
def test_what_was_done_is_a_contact_and_the_rest_is_not(
    subject_kind: str,
    new_database: Callable[[str], Engine],
    postgres_url: str,
    tmp_path: Path,
) -> None:
    opening, row = OPENED[subject_kind]
    county = opening(new_database(postgres_url), tmp_path)
    county.apply(told(subject_kind=subject_kind))
    reminder = {"rung": "overdue", "title": "逾期提醒", "document_number": "", "settler_name": ""}
    county.apply(told(subject_kind=subject_kind, state="done", **reminder))
    for state in ("waiting", "skipped", "lapsed"):
        county.apply(told(subject_kind=subject_kind, state=state))
    county.apply(told(subject_kind="oversight.finding"))
    with county.database.read() as session:
        kept = session.query(row).order_by(row.contact_id).all()
    assert [(each.contacted_by, each.person, each.note) for each in kept] == [
        ("王某", "王某", "催办函：岳财绩〔2023〕21号"),
        ("系统", "系统", "逾期提醒"),
    ]
