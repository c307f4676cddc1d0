"""Act: move due dates on the basis of a document: one finding, several, or a whole year's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from services.oversight_svc.domain.dating import ExtendedOftenError, check_extension
from services.oversight_svc.domain.finding_states import FindingAct, FindingState, acts_from
from services.oversight_svc.domain.recognition import OFFICE_ROLES
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keeping_proof import move_due
from shared.access.actor import Actor
from shared.access.rights import require
from shared.access.scope import scope_filter
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.tasks.work import open_tasks_of, reschedule_task

_WITH_UNIT = tuple(
    state.value
    for state in FindingState
    if any(edge.act is FindingAct.EXTEND for edge in acts_from(state))
)
_DATED_TASKS = ("oversight.plan", "oversight.report", "oversight.revise")


@dataclass(frozen=True, slots=True)
class ExtendFindings:
    """New due date for `keys`; without any, for the year's findings of `unit_ids` or of all units.

    Only the actor's own body's findings that are with a unit and due earlier are moved campaign-
    wide.
    """

    due_on: date
    document_number: str
    reason: str
    keys: tuple[FindingKey, ...] = ()
    fiscal_year: int | None = None
    unit_ids: tuple[UUID, ...] = ()


def extend_findings(uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendFindings) -> int:
    """Return how many due dates were moved; the old ones stay visible.

    Raises `InvalidInputError` without basis, reason, a later date or anything to extend,
    `ExtendedOftenError` for findings extended as often as the pack allows.
    """
    require(actor, "oversight.finding.extend")
    problems = check_extension(
        None,
        command.due_on,
        clock.today(),
        document_number=command.document_number,
        reason=command.reason,
    )
    if problems:
        raise InvalidInputError(problems)
    loaded = _chosen(uow, clock, actor, command)
    _check_often(uow, loaded)
    batch_id = new_id()
    for each in loaded:
        _extend(uow, clock, actor, each, command, batch_id)
    return len(loaded)


def _chosen(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ExtendFindings
) -> list[LoadedFinding]:
    if command.keys:
        keys = sorted(command.keys, key=lambda key: key.finding_id)
        loaded = [load_finding(uow, actor, key) for key in keys]
        problems = []
        for each in loaded:
            check_turn(actor, each, FindingAct.EXTEND)
            problems += check_extension(
                each.finding.due_on,
                command.due_on,
                clock.today(),
                document_number=command.document_number,
                reason=command.reason,
            )
        if problems:
            raise InvalidInputError(problems[:1])
        return loaded
    found = _campaign(uow, actor, command)
    if not found:
        message = "没有可以延期的问题：须已下达通知、由本部门提出，且原期限早于新的期限。"
        raise InvalidInputError([FieldProblem("due_on", "nothing_to_extend", message)])
    return found


def _campaign(uow: UnitOfWork, actor: Actor, command: ExtendFindings) -> list[LoadedFinding]:
    if command.fiscal_year is None:
        message = "请选择要延期的问题，或指定预算年度。"
        raise InvalidInputError([FieldProblem("fiscal_year", "missing", message)])
    bodies = [
        body.value for body, roles in OFFICE_ROLES.items() if not roles.isdisjoint(actor.roles)
    ]
    query = (
        select(FindingRow, UnitRow)
        .join(
            UnitRow,
            (UnitRow.region_code == FindingRow.region_code)
            & (UnitRow.unit_id == FindingRow.unit_id),
        )
        .where(
            FindingRow.region_code == actor.scope.region,
            FindingRow.fiscal_year == command.fiscal_year,
            FindingRow.state.in_(_WITH_UNIT),
            FindingRow.raised_by.in_(bodies),
            FindingRow.due_on < command.due_on,
            scope_filter(actor, UnitRow),
        )
        .order_by(FindingRow.finding_id)
        .with_for_update(of=FindingRow)
    )
    if command.unit_ids:
        units = command.unit_ids
        query = query.where(or_(FindingRow.unit_id.in_(units), UnitRow.department_id.in_(units)))
    return [LoadedFinding(finding, unit) for finding, unit in uow.session.execute(query)]


def _check_often(uow: UnitOfWork, loaded: Sequence[LoadedFinding]) -> None:
    often = []
    for each in loaded:
        finding = each.finding
        pack = policy_for(uow.session, finding.region_code, finding.fiscal_year)
        most = pack.rectification.extensions_max
        if finding.times_extended >= most:
            often.append(finding.number)
    if often:
        raise ExtendedOftenError(numbers="、".join(often[:10]), most=most)


def _extend(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    loaded: LoadedFinding,
    command: ExtendFindings,
    batch_id: UUID,
) -> None:
    finding = loaded.finding
    was = finding.due_on.isoformat() if finding.due_on else None
    move_due(
        uow,
        clock,
        actor,
        finding,
        command.due_on,
        reason=command.reason,
        document_number=command.document_number,
        batch_id=batch_id,
    )
    finding.times_extended += 1
    for task in open_tasks_of(uow, finding.finding_id):
        if task.kind in _DATED_TASKS:
            reschedule_task(uow, actor, task, command.due_on, provisional=finding.provisional)
    move(
        uow,
        clock,
        actor,
        loaded,
        FindingAct.EXTEND,
        comment=f"{command.document_number.strip()}：{command.reason.strip()}",
        before={"due_on": was},
        after={"due_on": command.due_on.isoformat()},
    )
