"""Moving the due date of chosen units or of all, on the basis of a document (Y25-4.3, Y25-5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import inspect, or_, select

from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.duties.lists import is_submitted, same_unit
from shared.duties.recording import record_act
from shared.duties.tables import DutyColumns, ExtensionColumns
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.tasks.work import open_tasks_of, reschedule_task

Duty = TypeVar("Duty", bound=DutyColumns)


@dataclass(frozen=True, slots=True)
class ExtendDuties:
    """New due date for what `unit_ids` have not handed in; none given means every unit.

    A first-level unit stands for the units below it as well.
    """

    fiscal_year: int
    unit_ids: tuple[UUID, ...]
    due_on: date
    document_number: str
    reason: str


def duties_to_extend(
    uow: UnitOfWork, clock: Clock, actor: Actor, row: type[Duty], command: ExtendDuties
) -> Sequence[Duty]:
    """Return the duties whose date the command moves, locked.

    Those that have as much time already are left alone. Raises `InvalidInputError` without basis
    document, reason or anything to extend.
    """
    _check(clock, command)
    missing = _not_handed_in(uow, actor, row, command)
    found = [duty for duty in missing if duty.due_on < command.due_on]
    if not found:
        nothing = f"所选单位没有尚未报送的{row.FORM}，无须延期。"
        message = "新的期限须晚于原期限。" if missing else nothing
        raise InvalidInputError([FieldProblem("due_on", "nothing_to_extend", message)])
    return found


def extend_duty(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    duty: DutyColumns,
    extension: ExtensionColumns,
    command: ExtendDuties,
    *,
    title: str,
) -> None:
    """Move one date, its tasks with it, and complete `extension`, which keeps the old one.

    `title` is what the trail calls the duty.
    """
    extension.region_code = duty.region_code
    extension.fiscal_year = duty.fiscal_year
    extension.extension_id = new_id()
    extension.previous_due_on = duty.due_on
    extension.due_on = command.due_on
    extension.document_number = command.document_number.strip()
    extension.reason = command.reason.strip()
    extension.extended_at = clock.now()
    extension.extended_by = actor.name
    uow.session.add(extension)
    duty.due_on = duty.buffer_on = command.due_on
    duty.provisional = False
    duty.version += 1
    for task in open_tasks_of(uow, duty.duty_id):
        reschedule_task(uow, actor, task, command.due_on, provisional=False)
    record_act(
        uow,
        actor,
        duty,
        "extend",
        title=title,
        before={"due_on": extension.previous_due_on.isoformat()},
        after={"due_on": command.due_on.isoformat()},
        comment=extension.document_number,
    )


def _check(clock: Clock, command: ExtendDuties) -> None:
    problems = []
    if not command.document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写延期依据的文号。"))
    if not command.reason.strip():
        problems.append(FieldProblem("reason", "missing", "请写明延期原因。"))
    if command.due_on < clock.today():
        problems.append(FieldProblem("due_on", "in_past", "新的期限不能早于今天。"))
    if problems:
        raise InvalidInputError(problems)


def _not_handed_in(
    uow: UnitOfWork, actor: Actor, row: type[Duty], command: ExtendDuties
) -> Sequence[Duty]:
    query = (
        select(row)
        .join(UnitRow, same_unit(row))
        .where(
            row.region_code == actor.scope.region,
            row.fiscal_year == command.fiscal_year,
            ~is_submitted(row),
            scope_filter(actor, UnitRow),
        )
        .order_by(*inspect(row).primary_key)
        .with_for_update(of=row)
    )
    if command.unit_ids:
        units = command.unit_ids
        query = query.where(or_(row.unit_id.in_(units), UnitRow.department_id.in_(units)))
    return uow.session.scalars(query).all()
