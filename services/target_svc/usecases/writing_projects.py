"""Writes imported projects in bulk: their rows, money, events and trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, delete, literal

from services.target_svc.store.projects import ProjectMoneyRow, ProjectRow
from shared.access.actor import Actor
from shared.db.bulk import collection_paused, copy_rows, refresh_statistics
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.target import PROJECT_CHANGED, PROJECT_REGISTERED
from shared.outbox.bulk import event_rows, write_event_rows
from shared.trail.bulk import act_rows, write_act_rows
from shared.trail.record import Act

_MONEY_COLUMNS = (
    "region_code",
    "fiscal_year",
    "project_id",
    "budget_book",
    "source",
    "initial_amount",
    "adjusted_amount",
)
_TOLD = (
    "code",
    "name",
    "unit_id",
    "budget_book",
    "project_class",
    "nature",
    "flags",
    "owner_name",
    "initial_amount",
    "adjusted_amount",
    "state",
)
"""What the other services keep of a project."""


@dataclass(frozen=True, slots=True)
class SavedProject:
    """A project as the list has it; `before` is what it was, by field, unless it is new."""

    row: ProjectRow
    money: Sequence[tuple[str, str, Decimal, Decimal]]
    """Budget book, source, initial and adjusted amount in 元."""
    before: dict[str, str] | None
    after: dict[str, str]

    @property
    def is_new(self) -> bool:
        """Tell whether it was not known before."""
        return self.before is None


def write_projects(
    uow: UnitOfWork,
    actor: Actor,
    key: tuple[str, int],
    projects: Sequence[SavedProject],
    at: datetime,
) -> None:
    """Write every project of one region and year (`key`); its money takes the place of the old."""
    session = uow.session
    with collection_paused():
        session.add_all(project.row for project in projects)
        session.flush()
        refresh_statistics(session, ProjectRow)
        _clear_money(uow, key, [each.row.project_id for each in projects if not each.is_new])
        copy_rows(session, ProjectMoneyRow, _MONEY_COLUMNS, _money_rows(key, projects))
        for event_type, is_new in ((PROJECT_REGISTERED, True), (PROJECT_CHANGED, False)):
            facts = (_facts(each.row) for each in projects if each.is_new is is_new)
            write_event_rows(uow, event_rows(uow, event_type, actor, facts, at))
        write_act_rows(uow, act_rows(actor, map(_act, projects), at))


def _clear_money(uow: UnitOfWork, key: tuple[str, int], project_ids: Sequence[UUID]) -> None:
    region, fiscal_year = key
    uow.session.execute(
        delete(ProjectMoneyRow).where(
            ProjectMoneyRow.region_code == region,
            ProjectMoneyRow.fiscal_year == fiscal_year,
            ProjectMoneyRow.project_id == any_(literal(project_ids, ARRAY(Uuid))),
        )
    )


def _money_rows(
    key: tuple[str, int], projects: Iterable[SavedProject]
) -> Iterator[tuple[Any, ...]]:
    for project in projects:
        for money in project.money:
            yield (*key, project.row.project_id, *money)


def _facts(row: ProjectRow) -> tuple[Subject, dict[str, Any]]:
    subject = Subject(row.project_id, row.version, row.region_code, row.fiscal_year)
    return subject, {name: getattr(row, name) for name in _TOLD}


def _act(project: SavedProject) -> Act:
    row = project.row
    return Act(
        name="target.project.import",
        object_kind="target.project",
        object_id=row.project_id,
        object_title=row.name,
        region=row.region_code,
        fiscal_year=row.fiscal_year,
        unit_id=row.unit_id,
        before=project.before,
        after=project.after,
    )
