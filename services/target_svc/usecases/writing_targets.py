"""Writes imported drafts in bulk: targets, indicators, trail and tasks, all by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, update

from services.target_svc.domain.states import TargetState
from services.target_svc.domain.tasks import task_for
from services.target_svc.store.targets import TargetIndicatorRow, TargetRow
from services.target_svc.usecases.create_target import DECLARATION_WINDOW
from services.target_svc.usecases.reading_targets import DraftTarget
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.bulk import allow_seconds, copy_rows, keys_checked_last, refresh_statistics
from shared.db.unit_of_work import UnitOfWork
from shared.policy.model import Pack
from shared.tasks.bulk import PreparedTasks, prepare_tasks, write_tasks
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
_LONGEST_COPY = 120
"""Seconds: it lasts as long as the file is read, which ends by itself before that."""


def write_drafts(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    pack: Pack,
    fiscal_year: int,
    drafts: Iterable[DraftTarget],
) -> None:
    """Write every draft; new ones open a task for their unit.

    `drafts` is asked for the next while the server works on those before, and raises when none is
    to be written after all.
    """
    region = actor.scope.region
    due_on = pack.windows[DECLARATION_WINDOW].dates(fiscal_year)[1]
    made: list[DraftTarget] = []
    rows = (
        row
        for draft in _collected(drafts, made)
        if draft.is_new
        for row in _indicator_rows(region, fiscal_year, draft)
    )
    allow_seconds(uow.session, _LONGEST_COPY)
    with ThreadPoolExecutor(1) as second, keys_checked_last(uow.session, TargetIndicatorRow):
        copy_rows(uow.session, TargetIndicatorRow, _INDICATOR_COLUMNS, rows)
        # The server has the targets to take and keys to check: the rest is built meanwhile.
        preparing = second.submit(
            copy_context().run, _prepare_rest, uow, clock, actor, fiscal_year, due_on, made
        )
        _copy_targets(uow, _fixed(clock, pack, region, fiscal_year, due_on), made)
        refresh_statistics(uow.session, TargetRow)
        _replace(uow, clock, region, fiscal_year, [one for one in made if not one.is_new])
    acts, tasks = preparing.result()
    write_act_rows(uow, acts)
    write_tasks(uow, tasks)


def _collected(drafts: Iterable[DraftTarget], made: list[DraftTarget]) -> Iterator[DraftTarget]:
    """Yield every draft and keep it in `made`."""
    for draft in drafts:
        made.append(draft)
        yield draft


def _copy_targets(uow: UnitOfWork, fixed: dict[str, Any], drafts: Sequence[DraftTarget]) -> None:
    """Write the targets that are new; `fixed` is what they have in common, by column."""
    columns = ("target_id", "project_id", "unit_id", "annual_goal", *fixed)
    values = tuple(fixed.values())
    rows = (
        (draft.target_id, draft.project_id, draft.unit_id, draft.annual_goal, *values)
        for draft in drafts
        if draft.is_new
    )
    copy_rows(uow.session, TargetRow, columns, rows)


def _prepare_rest(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    fiscal_year: int,
    due_on: date,
    drafts: Sequence[DraftTarget],
) -> tuple[Sequence[tuple[Any, ...]], PreparedTasks]:
    """Return trail rows and tasks of the drafts, without touching the session."""
    region = actor.scope.region
    acts = (_act(region, fiscal_year, draft) for draft in drafts)
    fresh = [draft for draft in drafts if draft.is_new]
    tasks = _tasks(region, fiscal_year, due_on, fresh)
    return act_rows(actor, acts, clock.now()), prepare_tasks(uow, clock, actor, tasks)


def _tasks(
    region: str, fiscal_year: int, due_on: date, fresh: Sequence[DraftTarget]
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
            subject_id=draft.target_id,
            region=region,
            fiscal_year=fiscal_year,
            unit_id=draft.unit_id,
            role=rule.role,
            tab=rule.tab,
            due_on=due_on,
        )
        for draft in fresh
    ]


def _replace(
    uow: UnitOfWork, clock: Clock, region: str, fiscal_year: int, drafts: Sequence[DraftTarget]
) -> None:
    """Write the drafts in the place of those they replace, and count their versions on."""
    for draft in drafts:
        key = (
            TargetIndicatorRow.region_code == region,
            TargetIndicatorRow.fiscal_year == fiscal_year,
            TargetIndicatorRow.target_id == draft.target_id,
        )
        uow.session.execute(delete(TargetIndicatorRow).where(*key))
        uow.session.execute(
            update(TargetRow)
            .where(
                TargetRow.region_code == region,
                TargetRow.fiscal_year == fiscal_year,
                TargetRow.target_id == draft.target_id,
            )
            .values(
                version=TargetRow.version + 1,
                annual_goal=draft.annual_goal,
                changed_at=clock.now(),
            )
        )
    rows = (row for draft in drafts for row in _indicator_rows(region, fiscal_year, draft))
    copy_rows(uow.session, TargetIndicatorRow, _INDICATOR_COLUMNS, rows)


def _fixed(clock: Clock, pack: Pack, region: str, fiscal_year: int, due_on: date) -> dict[str, Any]:
    """Return what all new drafts have in common."""
    return {
        "region_code": region,
        "fiscal_year": fiscal_year,
        "due_on": due_on,
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


def _indicator_rows(region: str, fiscal_year: int, draft: DraftTarget) -> Iterator[tuple[Any, ...]]:
    target_id = str(draft.target_id)  # written out once for all its rows
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


def _act(region: str, fiscal_year: int, draft: DraftTarget) -> Act:
    return Act(
        name="target.target.import",
        object_kind="target.target",
        object_id=draft.target_id,
        object_title=draft.project_name,
        region=region,
        fiscal_year=fiscal_year,
        unit_id=draft.unit_id,
        after={"annual_goal": draft.annual_goal, "indicators": len(draft.indicators)},
    )
