"""A county of findings whose clock runs, with the climbing job and copied tasks of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from finding_county import DEPARTMENT, YEAR, FindingCounty, open_county
from sqlalchemy import Engine, select

from services.oversight_svc.consumers import HANDLERS
from services.oversight_svc.jobs.climbing import CLIMB_LADDERS
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.escalations import EscalationRow, rungs_of
from services.oversight_svc.usecases.take_rungs import RungKey
from shared.access.actor import Actor
from shared.clock import LOCAL_ZONE
from shared.events.envelope import Event
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.testing.web import REGION
from shared.trail.tables import TrailRow


@dataclass
class EscalationWorld:
    """The county, and what its clock does."""

    county: FindingCounty
    heard: set[UUID] = field(default_factory=set)

    def on(self, day: date) -> None:
        """Let it be nine o'clock of `day`; the desk has heard of everything before."""
        self.hear()
        self.county.clock.move_to(datetime.combine(day, time(9), LOCAL_ZONE))

    def hear(self) -> None:
        """Apply the service's own events that the desk has not heard of."""
        with self.county.database.read() as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.sequence)).all()
        for event in (Event.from_json(row.envelope) for row in rows):
            if event.id not in self.heard and event.type in HANDLERS:
                self.county.apply(event)
            self.heard.add(event.id)

    def climb(self) -> None:
        """Run the job as the scheduler does."""
        with self.county.database.begin() as uow:
            CLIMB_LADDERS.act(uow, self.county.clock, Actor.system(MODULE.name, region=""))

    def task(
        self,
        kind: str,
        subject_kind: str,
        due_on: date,
        *,
        unit: str = DEPARTMENT,
        year: int = YEAR,
        is_closed: bool = False,
    ) -> UUID:
        """Put another service's task on the desk; return its subject."""
        now = self.county.clock.now()
        values: dict[str, Any] = {
            "region_code": REGION,
            "fiscal_year": year,
            "task_id": new_id(),
            "version": 1,
            "source": "monitor_svc" if kind.startswith("monitoring") else "eval_svc",
            "kind": kind,
            "title": "填报：道路维护",
            "subject_kind": subject_kind,
            "subject_id": new_id(),
            "unit_id": self.county.units[unit],
            "role": "unit_operator",
            "tab": "todo",
            "opened_at": now,
            "due_on": due_on,
            "first_due_on": due_on,
            "provisional": False,
            "closed_at": now if is_closed else None,
        }
        with self.county.database.begin() as uow:
            uow.session.add(DeskTaskRow(**values))
        subject: UUID = values["subject_id"]
        return subject

    def rungs(self, subject: UUID, *, year: int = YEAR) -> Sequence[EscalationRow]:
        with self.county.database.read() as session:
            return rungs_of(session, REGION, year, subject)

    def rung(self, subject: UUID, code: str) -> EscalationRow:
        return next(row for row in self.rungs(subject) if row.rung == code)

    def key(self, subject: UUID, code: str) -> RungKey:
        row = self.rung(subject, code)
        return RungKey(row.fiscal_year, row.escalation_id)

    def desk(self, role: str) -> Sequence[DeskTaskRow]:
        query = (
            select(DeskTaskRow)
            .where(DeskTaskRow.role == role, DeskTaskRow.closed_at.is_(None))
            .order_by(DeskTaskRow.task_id)
        )
        with self.county.database.read() as session:
            return session.scalars(query).all()

    def trail(self, act: str) -> Sequence[TrailRow]:
        with self.county.database.read() as session:
            return session.scalars(select(TrailRow).where(TrailRow.act == act)).all()


def open_world(engine: Engine, data_dir: Path) -> EscalationWorld:
    """Return the county of findings with its ladder."""
    return EscalationWorld(open_county(engine, data_dir))
