"""Writes imported drafts in bulk: targets, indicators, trail and tasks, all by COPY."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from services.target_svc.domain.indicators import Indicator
from services.target_svc.domain.states import TargetState
from services.target_svc.domain.tasks import task_for
from services.target_svc.store.targets import TargetIndicatorRow, TargetRow
from services.target_svc.usecases.create_target import DECLARATION_WINDOW
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.bulk import copy_rows, refresh_statistics
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.policy.model import Pack
from shared.tasks.bulk import prepare_tasks, write_tasks
from shared.tasks.work import NewTask
from shared.trail.bulk import act_rows, write_act_rows
from shared.trail.record import Act

_INDICATOR_FIELDS = (
    "level1",
    "level2",
    "name",
    "operator",
    "value",
    "unit",
    "weight",
    "history_value",
    "definition",
    "basis_source",
    "library_code",
)
_INDICATOR_COLUMNS = ("region_code", "fiscal_year", "target_id", "position", *_INDICATOR_FIELDS)


@dataclass(frozen=True, slots=True)
class DraftTarget:
    """An imported target; `replaces` is the (id, version) of the draft it takes the place of."""

    project_id: UUID
    unit_id: UUID
    project_name: str
    annual_goal: str
    indicators: Sequence[Indicator]
    replaces: tuple[UUID, int] | None


def write_drafts(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    pack: Pack,
    fiscal_year: int,
    drafts: Sequence[DraftTarget],
) -> None:
    """Write every draft; new ones open a task for their unit."""
    region = actor.scope.region
    due_on = pack.windows[DECLARATION_WINDOW].dates(fiscal_year)[1]
    numbered = [(draft.replaces[0] if draft.replaces else new_id(), draft) for draft in drafts]
    fresh = [(target_id, draft) for target_id, draft in numbered if draft.replaces is None]
    _clear(uow, clock, region, fiscal_year, numbered)
    values = _fixed(clock, pack, region, fiscal_year)
    columns = ("target_id", "project_id", "unit_id", "annual_goal", "due_on", *values)
    copy_rows(
        uow.session,
        TargetRow,
        columns,
        (
            (
                target_id,
                draft.project_id,
                draft.unit_id,
                draft.annual_goal,
                due_on,
                *values.values(),
            )
            for target_id, draft in fresh
        ),
    )
    refresh_statistics(uow.session, TargetRow)
    acts = (_act(region, fiscal_year, target_id, draft) for target_id, draft in numbered)
    tasks = _tasks(region, fiscal_year, due_on, fresh)
    with ThreadPoolExecutor(1) as second:  # builds the rest while the server checks indicators
        recording = second.submit(act_rows, actor, acts, clock.now())
        telling = second.submit(copy_context().run, prepare_tasks, uow, clock, actor, tasks)
        rows = _indicator_rows(region, fiscal_year, numbered)
        copy_rows(uow.session, TargetIndicatorRow, _INDICATOR_COLUMNS, rows)
    write_act_rows(uow, recording.result())
    write_tasks(uow, telling.result())


def _tasks(
    region: str, fiscal_year: int, due_on: date, fresh: Sequence[tuple[UUID, DraftTarget]]
) -> list[NewTask]:
    """Return the task each new draft puts before its unit."""
    rule = task_for(TargetState.DRAFT, returned=False)
    if rule is None:
        return []
    return [
        NewTask(
            kind=rule.kind,
            title=f"{rule.title}：{draft.project_name}",
            subject_kind="target.target",
            subject_id=target_id,
            region=region,
            fiscal_year=fiscal_year,
            unit_id=draft.unit_id,
            role=rule.role,
            tab=rule.tab,
            due_on=due_on,
        )
        for target_id, draft in fresh
    ]


def _clear(
    uow: UnitOfWork,
    clock: Clock,
    region: str,
    fiscal_year: int,
    numbered: Sequence[tuple[UUID, DraftTarget]],
) -> None:
    """Empty the drafts to be replaced and count their versions on."""
    for target_id, draft in numbered:
        if draft.replaces is None:
            continue
        key = (
            TargetIndicatorRow.region_code == region,
            TargetIndicatorRow.fiscal_year == fiscal_year,
            TargetIndicatorRow.target_id == target_id,
        )
        uow.session.execute(delete(TargetIndicatorRow).where(*key))
        uow.session.execute(
            update(TargetRow)
            .where(
                TargetRow.region_code == region,
                TargetRow.fiscal_year == fiscal_year,
                TargetRow.target_id == target_id,
            )
            .values(
                version=TargetRow.version + 1,
                annual_goal=draft.annual_goal,
                changed_at=clock.now(),
            )
        )


def _fixed(clock: Clock, pack: Pack, region: str, fiscal_year: int) -> dict[str, Any]:
    """Return what all new drafts have in common."""
    return {
        "region_code": region,
        "fiscal_year": fiscal_year,
        "version": 1,
        "state": TargetState.DRAFT.value,
        "midterm_goal": "",
        "money_note": "",
        "created_at": clock.now(),
        "changed_at": clock.now(),
        "pack_code": pack.ref.code,
        "pack_version": pack.ref.version,
        "is_late": False,
        "times_returned": 0,
        "return_reason": "",
        "cut_amount": Decimal("0.00"),
        "revision": 0,
        "document_number": "",
    }


def _indicator_rows(
    region: str, fiscal_year: int, numbered: Sequence[tuple[UUID, DraftTarget]]
) -> Iterator[tuple[Any, ...]]:
    for target_id, draft in numbered:
        for position, row in enumerate(draft.indicators, start=1):
            yield (
                region,
                fiscal_year,
                target_id,
                position,
                row.level1,
                row.level2,
                row.name,
                row.operator.value,
                row.value,
                row.unit,
                row.weight,
                row.history_value,
                row.definition,
                row.basis_source,
                row.library_code,
            )


def _act(region: str, fiscal_year: int, target_id: UUID, draft: DraftTarget) -> Act:
    return Act(
        name="target.target.import",
        object_kind="target.target",
        object_id=target_id,
        object_title=draft.project_name,
        region=region,
        fiscal_year=fiscal_year,
        unit_id=draft.unit_id,
        after={"annual_goal": draft.annual_goal, "indicators": len(draft.indicators)},
    )
