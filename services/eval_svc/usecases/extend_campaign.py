"""Act: move the due date of chosen units or the whole campaign, on the basis of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from services.eval_svc.store.campaigns import ExtensionRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from services.eval_svc.usecases.loading import record_act
from shared.access.actor import Actor
from shared.access.rights import require
from shared.access.scope import scope_filter
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.duties.lists import is_submitted, same_unit
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.tasks.work import open_tasks_of, reschedule_task


@dataclass(frozen=True, slots=True)
class ExtendCampaign:
    """New due date for the unsubmitted forms of `unit_ids`; none given means every unit.

    A first-level unit stands for the units below it as well.
    """

    fiscal_year: int
    unit_ids: tuple[UUID, ...]
    due_on: date
    document_number: str
    reason: str


def extend_campaign(uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendCampaign) -> int:
    """Return how many forms were extended; the old date stays visible on each.

    Reports that have as much time already are left alone. Raises `InvalidInputError` without basis
    document, reason or anything to extend.
    """
    require(actor, "evaluation.campaign.extend")
    _check(clock, command)
    forms = _unsubmitted(uow, actor, command)
    later = [form for form in forms if form.due_on < command.due_on]
    if not later:
        message = "新的期限须晚于原期限。" if forms else "所选单位没有尚未报送的自评表，无须延期。"
        raise InvalidInputError([FieldProblem("due_on", "nothing_to_extend", message)])
    batch_id = new_id()
    for form in later:
        _extend(uow, clock, actor, form, command, batch_id)
    return len(later)


def _check(clock: Clock, command: ExtendCampaign) -> None:
    problems = []
    if not command.document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写延期依据的文号。"))
    if not command.reason.strip():
        problems.append(FieldProblem("reason", "missing", "请写明延期原因。"))
    if command.due_on < clock.today():
        problems.append(FieldProblem("due_on", "in_past", "新的期限不能早于今天。"))
    if problems:
        raise InvalidInputError(problems)


def _unsubmitted(
    uow: UnitOfWork, actor: Actor, command: ExtendCampaign
) -> Sequence[SelfEvaluationRow]:
    query = (
        select(SelfEvaluationRow)
        .join(UnitRow, same_unit(SelfEvaluationRow))
        .where(
            SelfEvaluationRow.region_code == actor.scope.region,
            SelfEvaluationRow.fiscal_year == command.fiscal_year,
            ~is_submitted(SelfEvaluationRow),
            scope_filter(actor, UnitRow),
        )
        .order_by(SelfEvaluationRow.self_evaluation_id)
        .with_for_update(of=SelfEvaluationRow)
    )
    if command.unit_ids:
        units = command.unit_ids
        query = query.where(
            or_(SelfEvaluationRow.unit_id.in_(units), UnitRow.department_id.in_(units)),
        )
    return uow.session.scalars(query).all()


def _extend(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    form: SelfEvaluationRow,
    command: ExtendCampaign,
    batch_id: UUID,
) -> None:
    previous = form.due_on
    uow.session.add(
        ExtensionRow(
            region_code=form.region_code,
            fiscal_year=form.fiscal_year,
            extension_id=new_id(),
            self_evaluation_id=form.self_evaluation_id,
            batch_id=batch_id,
            previous_due_on=previous,
            due_on=command.due_on,
            document_number=command.document_number.strip(),
            reason=command.reason.strip(),
            extended_at=clock.now(),
            extended_by=actor.name,
        )
    )
    form.due_on = form.buffer_on = command.due_on
    form.provisional = False
    form.version += 1
    for task in open_tasks_of(uow, form.self_evaluation_id):
        reschedule_task(uow, actor, task, command.due_on, provisional=False)
    record_act(
        uow,
        actor,
        form,
        "extend",
        before={"due_on": previous.isoformat()},
        after={"due_on": command.due_on.isoformat()},
        comment=command.document_number.strip(),
    )
