"""Act: record that a unit has another head; the former one stays in history (SL21-R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.oversight_svc.domain.posts import ADMINISTRATOR_ROLES
from services.oversight_svc.store.handovers import UnitHeadRow, heads_of
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.learn import save_unit
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.events.envelope import Subject
from shared.events.oversight import UNIT_CHANGED
from shared.ids import new_id

_TOLD = ("code", "name", "parent_id", "department_id", "is_department", "path", "kind",
         "lead_office", "lead_office_name", "head_name", "contact", "phone", "state")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeUnitHead:
    """Head `name` from `started_on` on, by the appointment `document_number`."""

    unit_id: UUID
    name: str
    title: str
    started_on: date
    document_number: str


def change_unit_head(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ChangeUnitHead
) -> UnitHeadRow:
    """Return the new head's tenure; the former one's ends the day before, everybody is told.

    Raises `InvalidInputError` when name, date or document do not do, `NotFoundError` for an
    unknown unit.
    """
    require(actor, "oversight.unit.change_head")
    unit = find_unit(uow.session, actor.scope.region, command.unit_id)
    if unit is None:
        raise NotFoundError
    if not actor.roles & ADMINISTRATOR_ROLES:  # they keep the directory, all of it
        require_scope(actor, unit)
    heads = heads_of(uow.session, unit.region_code, unit.unit_id)
    _check(command, unit, next(iter(heads), None), clock.today())
    before = {"head_name": unit.head_name}
    tenure = note_head(
        uow,
        clock,
        actor,
        unit,
        command.name.strip(),
        started_on=command.started_on,
        document_number=command.document_number.strip(),
        title=command.title.strip(),
    )
    facts = {name: getattr(unit, name) for name in _TOLD} | {"head_name": tenure.name}
    subject = Subject(unit.unit_id, unit.version + 1, unit.region_code)
    save_unit(uow.session, subject, facts)
    uow.emit(UNIT_CHANGED, subject, actor, facts)
    after = {"head_name": tenure.name, "started_on": command.started_on.isoformat()}
    record(
        uow,
        actor,
        "oversight.unit.change_head",
        ("oversight.unit", unit.unit_id, unit.name),
        before=before,
        after=after,
        comment=tenure.document_number,
    )
    return tenure


def note_head(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    unit: UnitRow,
    name: str,
    *,
    started_on: date,
    document_number: str,
    title: str = "",
) -> UnitHeadRow:
    """End the present head's tenure the day before and begin `name`'s; tells nobody.

    A head known only from the unit list is kept with an unknown beginning.
    """
    ended_on = started_on - timedelta(days=1)
    former = next(
        (
            each
            for each in heads_of(uow.session, unit.region_code, unit.unit_id)
            if not each.ended_on
        ),
        None,
    )
    if former is not None:
        former.ended_on = ended_on
    elif unit.head_name:
        known = _tenure(clock, actor, unit, unit.head_name)
        known.ended_on, known.document_number = ended_on, "单位名录"
        uow.session.add(known)
    tenure = _tenure(clock, actor, unit, name)
    tenure.started_on, tenure.document_number, tenure.title = started_on, document_number, title
    uow.session.add(tenure)
    uow.session.flush()
    return tenure


def _tenure(clock: Clock, actor: Actor, unit: UnitRow, name: str) -> UnitHeadRow:
    return UnitHeadRow(
        region_code=unit.region_code,
        tenure_id=new_id(),
        unit_id=unit.unit_id,
        name=name,
        title="",
        recorded_at=clock.now(),
        recorder_name=actor.name,
    )


def _check(
    command: ChangeUnitHead, unit: UnitRow, present: UnitHeadRow | None, today: date
) -> None:
    problems = []
    if not command.name.strip():
        problems.append(FieldProblem("name", "missing", "请填写新任负责人的姓名。"))
    if command.name.strip() == unit.head_name:
        message = "与现任负责人同名；如系同名的另一人，请在姓名后注明以示区别。"
        problems.append(FieldProblem("name", "unchanged", message))
    if command.started_on > today:
        message = "任职日期还没有到，请到任后再登记。"
        problems.append(FieldProblem("started_on", "in_the_future", message))
    if present and present.started_on and command.started_on <= present.started_on:
        message = "不能早于或等于前任的到任日期，请先核对下面的任期记录。"
        problems.append(FieldProblem("started_on", "overlap", message))
    if not command.document_number.strip():
        message = "请填写任免文号；终身追责以此为据。"
        problems.append(FieldProblem("document_number", "missing", message))
    if problems:
        raise InvalidInputError(problems)
