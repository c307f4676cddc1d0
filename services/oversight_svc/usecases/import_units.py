"""Act: take the county's unit list from Excel (practice: two levels, 归口 office, telephones)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.store.people import OfficeRow
from services.oversight_svc.usecases.change_unit_head import note_head
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.unit_sheet import UNIT_LAYOUT
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.learn import save_unit
from shared.directory.tables import UnitRow
from shared.events.envelope import Subject
from shared.events.oversight import UNIT_CHANGED, UNIT_REGISTERED
from shared.ids import new_id
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import read_table
from shared.sheets.table import ParsedTable

_TEXTS = ("head_name", "contact", "phone")
_KEPT = ("code", "name", "parent_id", "department_id", "is_department", "path", "kind",
         "lead_office", "lead_office_name", "head_name", "contact", "phone", "state")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportUnits:
    """A unit list."""

    file: ImportFile


def import_units(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportUnits
) -> ImportOutcome:
    """Register and change units by code; raise `InvalidInputError` when any row is wrong.

    Units not in the list stay as they are. A dry run changes nothing and raises nothing.
    """
    require(actor, "oversight.unit.import")
    table = read_table(command.file.content, UNIT_LAYOUT)
    region = actor.scope.region
    offices = {
        row.name: row.code
        for row in uow.session.scalars(select(OfficeRow).where(OfficeRow.region_code == region))
    }
    known = {
        row.code: row
        for row in uow.session.scalars(select(UnitRow).where(UnitRow.region_code == region))
    }
    outcome = ImportOutcome(problems=list(table.problems), skipped=table.skipped)
    lines = [{**row.values, "row": row.row_number} for row in table.rows]
    _check(table, lines, offices, known, outcome)
    if command.file.dry_run:
        if not outcome.errors:
            _apply(uow, clock, actor, lines, offices, known, outcome, save=False)
        return outcome
    outcome.refuse_errors()
    _apply(uow, clock, actor, lines, offices, known, outcome, save=True)
    outcome.saved = True
    return outcome


def _check(
    table: ParsedTable,
    lines: list[dict[str, Any]],
    offices: dict[str, str],
    known: dict[str, UnitRow],
    outcome: ImportOutcome,
) -> None:
    seen: dict[str, int] = {}
    codes = {line["code"] for line in lines} | known.keys()
    for line in lines:
        row, code = line["row"], line["code"]
        if code in seen:
            message = f"单位编码 {code} 与第 {seen[code]} 行重复。"
            outcome.problems.append(table.problem(row, "code", "repeated", message))
        seen.setdefault(code, row)
        office = line.get("office")
        if office and office not in offices and office not in offices.values():
            message = f"没有名为「{office}」的股室，请先在股室名录中登记或改正名称。"
            outcome.problems.append(table.problem(row, "office", "unknown_office", message))
        department = line.get("department_code")
        if department and department not in codes:
            message = f"主管部门编码 {department} 不在名录中。"
            outcome.problems.append(
                table.problem(row, "department_code", "unknown_department", message)
            )


def _apply(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    lines: list[dict[str, Any]],
    offices: dict[str, str],
    known: dict[str, UnitRow],
    outcome: ImportOutcome,
    *,
    save: bool,
) -> None:
    ids: dict[str, UUID] = {code: row.unit_id for code, row in known.items()}
    for line in lines:
        ids.setdefault(line["code"], new_id())
    for line in lines:
        facts = _facts(line, ids, offices)
        former = known.get(line["code"])
        if former and all(getattr(former, name) == facts[name] for name in _KEPT):
            outcome.unchanged += 1
            continue
        outcome.changed += bool(former)
        outcome.created += not former
        if save:
            _save(uow, clock, actor, ids[line["code"]], facts, former)


def _facts(line: dict[str, Any], ids: dict[str, UUID], offices: dict[str, str]) -> dict[str, Any]:
    code = line["code"]
    department = line.get("department_code") or code
    is_department = department == code
    names = {office: name for name, office in offices.items()}
    office = offices.get(line["office"], line["office"])
    return {
        "code": code,
        "name": line["name"],
        "parent_id": None if is_department else ids[department],
        "department_id": ids[department],
        "is_department": is_department,
        "path": f"{code}/" if is_department else f"{department}/{code}/",
        "kind": line.get("kind") or "basic",
        "lead_office": office,
        "lead_office_name": names.get(office, ""),
        **{name: line.get(name) or "" for name in _TEXTS},
        "state": "active",
    }


def _save(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    unit_id: UUID,
    facts: dict[str, Any],
    former: UnitRow | None,
) -> None:
    subject = Subject(unit_id, former.version + 1 if former else 1, actor.scope.region)
    before = {name: str(getattr(former, name)) for name in _KEPT} if former else None
    if former and facts["head_name"] and facts["head_name"] != former.head_name:
        note_head(
            uow, clock, actor, former, facts["head_name"],
            started_on=clock.today(), document_number="单位名录导入，任免文号待补",
        )  # fmt: skip
    save_unit(uow.session, subject, facts)
    uow.emit(UNIT_CHANGED if former else UNIT_REGISTERED, subject, actor, facts)
    record(
        uow,
        actor,
        "oversight.unit.import",
        ("oversight.unit", unit_id, facts["name"]),
        before=before,
        after={name: str(value) for name, value in facts.items()},
    )
