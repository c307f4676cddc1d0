"""Act: take findings from Excel; old ones can go straight into look-back (Y25-6.2, Y25-6.4).

The same file again changes nothing. One wrong row keeps the whole file out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.finding_states import FindingAct, FindingState
from services.oversight_svc.domain.registration import (
    LONGEST_KEY,
    Registration,
    RepeatRefusedError,
    body_for,
    check_registration,
    may_enter_closed,
)
from services.oversight_svc.store.findings import FindingRow, finding_money
from services.oversight_svc.usecases.finding_moving import (
    LoadedFinding,
    emit_state,
    open_state_task,
    record_act,
)
from services.oversight_svc.usecases.finding_sheet import CLOSED, FINDING_LAYOUT
from services.oversight_svc.usecases.keeping_proof import Verdict, recognise_money, write_verdict
from services.oversight_svc.usecases.link_earlier import find_earlier, mark_repeated
from services.oversight_svc.usecases.register_finding import (
    RegisterFinding,
    enter_finding,
    find_by_source,
)
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import read_table
from shared.sheets.table import ParsedTable, suspect_unit
from shared.terms.vocabulary import (
    FindingCategory,
    FindingSource,
    MoneyKind,
    RectificationKind,
)

_WHOLE = 100
_SEPARATORS = str.maketrans("，,；;", "、、、、")


@dataclass(frozen=True, slots=True)
class ImportFindings:
    """A list of findings of one budget year."""

    fiscal_year: int
    file: ImportFile


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    command: RegisterFinding
    unit: UnitRow
    values: Mapping[str, Any]

    @property
    def is_closed(self) -> bool:
        return self.values.get("state") == CLOSED


def import_findings(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportFindings
) -> ImportOutcome:
    """Register every row not known yet; raise `InvalidInputError` when any is wrong.

    A dry run changes nothing and raises nothing.
    """
    require(actor, "oversight.finding.import")
    table = read_table(command.file.content, FINDING_LAYOUT)
    outcome = ImportOutcome(problems=list(table.problems), skipped=table.skipped)
    faulty = {problem.row for problem in outcome.errors}
    lines = _lines(uow, actor, command.fiscal_year, table, faulty, outcome)
    _check(uow, clock, actor, table, lines, outcome)
    if not command.file.dry_run:
        outcome.refuse_errors()
    if outcome.errors:
        return outcome
    for line in lines:
        known = find_by_source(
            uow, actor.scope.region, line.command.source, line.command.source_key
        )
        if known is not None:
            outcome.unchanged += 1
            outcome.remarks.append(f"第{line.row}行已登记为 {known.number}，不再重复登记。")
            continue
        outcome.created += 1
        if not command.file.dry_run:
            _save(uow, clock, actor, line)
    outcome.saved = not command.file.dry_run
    return outcome


def _lines(
    uow: UnitOfWork,
    actor: Actor,
    fiscal_year: int,
    table: ParsedTable,
    faulty: set[int],
    outcome: ImportOutcome,
) -> list[_Line]:
    units = _units(uow, actor)
    lines = []
    for row in table.rows:
        unit = units.get(_plain(row.values.get("unit")))
        others, unknown = _others(units, row.values.get("assisting"))
        if unit is None and row.values.get("unit"):
            message = (
                f"单位名录中没有“{row.values['unit']}”，或不在您的管辖范围；请核对名称或编码。"
            )
            outcome.problems.append(table.problem(row.row_number, "unit", "unknown_unit", message))
        if unknown:
            message = f"单位名录中没有“{'、'.join(unknown)}”。"
            outcome.problems.append(
                table.problem(row.row_number, "assisting", "unknown_unit", message)
            )
        if unit is not None and not unknown and row.row_number not in faulty:
            made = _command(fiscal_year, row.values, unit, others)
            lines.append(_Line(row.row_number, made, unit, row.values))
    return lines


def _units(uow: UnitOfWork, actor: Actor) -> dict[str, UnitRow]:
    """Return name and code → unit for the units in the actor's scope."""
    query = select(UnitRow).where(UnitRow.region_code == actor.scope.region).order_by(UnitRow.state)
    found: dict[str, UnitRow] = {}
    for unit in uow.session.scalars(query):
        if actor.scope.covers(
            region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
        ):
            found.setdefault(_plain(unit.name), unit)
            found.setdefault(_plain(unit.code), unit)
    return found


def _others(units: Mapping[str, UnitRow], names: object) -> tuple[tuple[UUID, ...], list[str]]:
    asked = [name for name in str(names or "").translate(_SEPARATORS).split("、") if name.strip()]
    known = [units[_plain(name)].unit_id for name in asked if _plain(name) in units]
    return tuple(known), [name for name in asked if _plain(name) not in units]


def _plain(name: object) -> str:
    return "".join(str(name or "").split())


def _command(
    fiscal_year: int, values: Mapping[str, Any], unit: UnitRow, assisting: tuple[UUID, ...]
) -> RegisterFinding:
    money = {kind: values[kind.value] for kind in MoneyKind if values.get(kind.value)}
    texts = ("source_document", "title", "description", "project_name", "basis", "demand",
             "responsible_person")  # fmt: skip
    plain: dict[str, Any] = {name: values.get(name) or "" for name in texts}
    return RegisterFinding(
        fiscal_year=fiscal_year,
        unit_id=unit.unit_id,
        source=FindingSource(values["source"]),
        source_key=_key_of(fiscal_year, values, unit),
        category=FindingCategory(values.get("category") or FindingCategory.OTHER),
        kind=RectificationKind(values.get("kind") or RectificationKind.IMMEDIATE),
        assisting=assisting,
        amount=values.get("amount"),
        money=money,
        due_on=values.get("due_on"),
        **plain,
    )


def _key_of(fiscal_year: int, values: Mapping[str, Any], unit: UnitRow) -> str:
    """Return what names the row for good: its own number within its document, else its content."""
    own = values.get("source_key") or f"{unit.code}\n{values['title']}"
    named = f"{fiscal_year}\n{values['source_document']}\n{own}"
    return f"import:{hashlib.sha256(named.encode()).hexdigest()}"[:LONGEST_KEY]


def _check(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    table: ParsedTable,
    lines: list[_Line],
    outcome: ImportOutcome,
) -> None:
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        made = line.command
        problems = check_registration(
            Registration(
                made.fiscal_year,
                made.title,
                made.description,
                made.source_document,
                made.unit_id,
                made.assisting,
                made.amount,
                made.money,
                made.due_on,
            ),
            clock.today(),
        )
        problems += _check_closed(clock, actor, line) + _check_earlier(uow, line)
        first = seen.setdefault((made.source.value, made.source_key), line.row)
        if first != line.row:
            message = f"与第{first}行是同一问题（来源文书和编号或标题相同），请去掉一行。"
            problems.append(FieldProblem("title", "repeated", message))
        parts = sum(made.money.values(), Decimal(0))
        doubt = suspect_unit(made.amount, parts) if made.amount and parts else None
        if doubt:
            outcome.problems.append(
                table.problem(line.row, "amount", "unit_suspect", doubt, "warning")
            )
        outcome.problems += [
            table.problem(line.row, _field_of(each.path), each.code, each.message)
            for each in problems
        ]


def _check_earlier(uow: UnitOfWork, line: _Line) -> list[FieldProblem]:
    number, made, unit = line.values.get("earlier"), line.command, line.unit
    if not number:
        return []
    try:
        find_earlier(uow, unit.region_code, unit.unit_id, made.fiscal_year, number, "earlier")
    except InvalidInputError as error:
        return list(error.problems)
    except RepeatRefusedError as error:
        return [FieldProblem("earlier", error.code, error.message)]
    return []


def _field_of(path: str) -> str:
    return {"unit_id": "unit"}.get(path, path.removeprefix("money."))


def _check_closed(clock: Clock, actor: Actor, line: _Line) -> list[FieldProblem]:
    if not line.is_closed:
        return []
    problems = []
    closed_on, today = line.values.get("closed_on"), clock.today()
    if closed_on is None:
        problems.append(FieldProblem("closed_on", "missing", "已销号的须填写销号日期。"))
    elif closed_on > today:
        problems.append(FieldProblem("closed_on", "in_future", "销号日期不能晚于今天。"))
    if not (line.values.get("close_document") or "").strip():
        problems.append(FieldProblem("close_document", "missing", "已销号的须填写销号文号。"))
    body = body_for(line.command.source, actor.roles)
    if not may_enter_closed(body, actor.roles):
        message = "审计提出的问题只能由审计机关登记为已销号；请按未整改导入，由审计机关认定。"
        problems.append(FieldProblem("state", "other_body", message))
    return problems


def _save(uow: UnitOfWork, clock: Clock, actor: Actor, line: _Line) -> None:
    body = body_for(line.command.source, actor.roles)
    loaded = enter_finding(
        uow, clock, actor, line.command, line.unit, body, with_task=not line.is_closed
    )
    if line.values.get("earlier"):
        mark_repeated(uow, loaded.finding, line.values["earlier"], "earlier")
    if line.is_closed:
        _close(uow, clock, actor, loaded, line)


def _close(uow: UnitOfWork, clock: Clock, actor: Actor, loaded: LoadedFinding, line: _Line) -> None:
    """Enter an old finding as closed out by its document; it waits for look-back."""
    finding, document = loaded.finding, str(line.values["close_document"])
    finding.state = FindingState.CLOSED_OUT.value
    finding.closed_on = line.values["closed_on"]
    finding.closed_by, finding.closer_name = actor.account_id, actor.name
    finding.progress = _WHOLE
    _recognise_all(uow, finding)
    money = {kind: amount for kind, amount in line.command.money.items() if amount}
    verdict = Verdict(
        FindingAct.RECOGNISE,
        "系统启用前已销号，按销号文件登记。",
        recognised=money,
        document_number=document,
        decided_on=finding.closed_on,
    )
    write_verdict(uow, clock, actor, finding, verdict)
    finding.first_due_on = finding.due_on
    emit_state(uow, clock, actor, finding)
    open_state_task(uow, clock, actor, loaded)
    after = {"state": finding.state, "closed_on": line.values["closed_on"].isoformat()}
    record_act(uow, actor, finding, "recognise", comment=document, after=after)


def _recognise_all(uow: UnitOfWork, finding: FindingRow) -> None:
    rows = finding_money(uow.session, finding)
    for row in rows:
        row.reported = row.demanded
    recognise_money(finding, rows, {MoneyKind(row.kind): row.demanded for row in rows})
    if not rows:
        finding.amount_rectified = finding.amount or Decimal("0.00")
