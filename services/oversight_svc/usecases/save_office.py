"""Act: register an office of the finance bureau, or give it another name or telephone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from services.oversight_svc.store.people import OfficeRow, office_identity
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.learn import save_unit
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.oversight import UNIT_CHANGED
from shared.events.registry import REGISTRY

_CODE = re.compile(r"[A-Za-z0-9_-]{1,30}")


@dataclass(frozen=True, slots=True)
class SaveOffice:
    """Code (letters, digits, `- _`; it never changes), name and telephone."""

    code: str
    name: str
    phone: str = ""


def save_office(uow: UnitOfWork, clock: Clock, actor: Actor, command: SaveOffice) -> OfficeRow:
    """Return the office; a new name goes to every unit it answers for.

    Raises `InvalidInputError` for a malformed code, no name, or a name that another office has.
    """
    require(actor, "oversight.office.save")
    region, code, name = actor.scope.region, command.code.strip(), command.name.strip()
    _check(uow, region, code, name)
    row = uow.session.get(OfficeRow, (region, code), with_for_update=True)
    before = {"name": row.name, "phone": row.phone} if row else None
    if row is None:
        row = OfficeRow(region_code=region, code=code, name=name, phone="")
        uow.session.add(row)
    elif row.name != name:
        _rename_in_units(uow, actor, code, name)
    row.name, row.phone = name, command.phone.strip()
    subject = ("oversight.office", office_identity(region, code), name)
    after = {"name": row.name, "phone": row.phone}
    record(uow, actor, "oversight.office.save", subject, before=before, after=after)
    return row


def _check(uow: UnitOfWork, region: str, code: str, name: str) -> None:
    problems = []
    if not _CODE.fullmatch(code):
        message = "股室代码只含字母、数字、- 和 _，最多 30 位。"
        problems.append(FieldProblem("code", "malformed", message))
    if not name:
        problems.append(FieldProblem("name", "missing", "请填写股室名称。"))
    same_name = select(OfficeRow.code).where(
        OfficeRow.region_code == region, OfficeRow.name == name, OfficeRow.code != code
    )
    if uow.session.scalars(same_name).first():
        problems.append(FieldProblem("name", "taken", "已有同名股室，请核对代码。"))
    if problems:
        raise InvalidInputError(problems)


def _rename_in_units(uow: UnitOfWork, actor: Actor, code: str, name: str) -> None:
    region = actor.scope.region
    units = uow.session.scalars(
        select(UnitRow).where(UnitRow.region_code == region, UnitRow.lead_office == code)
    ).all()
    names = REGISTRY.get(UNIT_CHANGED).schema.fields
    for unit in units:
        facts = {field: getattr(unit, field) for field in names} | {"lead_office_name": name}
        subject = Subject(unit.unit_id, unit.version + 1, region)
        save_unit(uow.session, subject, facts)
        uow.emit(UNIT_CHANGED, subject, actor, facts)
