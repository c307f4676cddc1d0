"""Act: take projects and their money from the budget platform's export (YC23-2.2, YC23-2.3).

Rows with the same project code are one project's money in several budget books. Imported again, a
project is changed in place; nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, String, any_, literal, select

from services.target_svc.store.projects import ProjectRow, renew_totals
from services.target_svc.usecases.project_sheet import FLAGS, PROJECT_LAYOUT
from services.target_svc.usecases.writing_projects import SavedProject, write_projects
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.bigrams import bigram_text
from shared.directory.pinyin import sort_key
from shared.directory.tables import UnitRow
from shared.ids import new_id
from shared.money import sum_yuan
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import read_table
from shared.sheets.table import ParsedTable

SOURCES = ("fiscal", "carry_over", "other")


@dataclass(frozen=True, slots=True)
class ImportProjects:
    """A project list of one budget year."""

    fiscal_year: int
    file: ImportFile


@dataclass(slots=True)
class _Project:
    """A project gathered from its rows."""

    first: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def initial(self) -> Decimal:
        return sum_yuan(line["initial"] for line in self.rows)

    @property
    def adjusted(self) -> Decimal:
        return sum_yuan(_adjusted(line) for line in self.rows)


def _adjusted(line: dict[str, Any]) -> Decimal:
    adjusted: Decimal | None = line.get("adjusted")
    initial: Decimal = line["initial"]
    return initial if adjusted is None else adjusted


def import_projects(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportProjects
) -> ImportOutcome:
    """Register and change projects by code; raise `InvalidInputError` when any row is wrong.

    A dry run changes nothing and raises nothing: its outcome carries the problems.
    """
    require(actor, "target.project.import")
    table = read_table(command.file.content, PROJECT_LAYOUT)
    outcome = ImportOutcome(problems=list(table.problems), skipped=table.skipped)
    lines = [{**row.values, "row": row.row_number} for row in table.rows]
    region = actor.scope.region
    units = {
        row.code: row
        for row in uow.session.scalars(select(UnitRow).where(UnitRow.region_code == region))
    }
    _check(table, lines, units, outcome)
    if not command.file.dry_run:
        outcome.refuse_errors()
    if outcome.errors:
        return outcome
    _apply(uow, clock, actor, command, _gather(lines), units, outcome)
    outcome.saved = not command.file.dry_run
    return outcome


def _check(
    table: ParsedTable,
    lines: list[dict[str, Any]],
    units: dict[str, UnitRow],
    outcome: ImportOutcome,
) -> None:
    seen: dict[tuple[str, str], int] = {}
    owners: dict[str, str] = {}

    def add(line: dict[str, Any], name: str, code: str, message: str) -> None:
        outcome.problems.append(table.problem(line["row"], name, code, message))

    for line in lines:
        key = (str(line["code"]), str(line["book"]))
        if key in seen:
            add(line, "code", "repeated", f"同一项目、同一预算账本与第 {seen[key]} 行重复。")
        seen.setdefault(key, line["row"])
        unit = str(line["unit_code"])
        if line["unit_code"] and unit not in units:
            add(
                line, "unit_code", "unknown_unit", f"单位编码 {unit} 不在单位名录中，请先导入单位。"
            )
        if owners.setdefault(key[0], unit) != unit:
            add(line, "unit_code", "two_units", "同一项目编码对应了不同的单位，请核对。")
        if line.get("classification") not in (None, "none"):
            add(line, "classification", "classified", "涉密项目不得录入本系统，请删除该行。")
        _check_money(line, add)


def _check_money(line: dict[str, Any], add: Any) -> None:  # noqa: ANN401 (the local adder)
    amounts = [line.get(name) for name in SOURCES]
    total = sum_yuan(amount for amount in amounts if amount is not None)
    initial = line["initial"]
    if initial is not None and line["fiscal"] is not None and total != initial:
        add(
            line,
            "initial",
            "sum_differs",
            f"年初预算数 {initial} 元不等于各来源之和 {total} 元，请核对单位（元/万元）和数字。",
        )
    if any(amount is not None and amount < 0 for amount in (*amounts, initial)):
        add(line, "initial", "negative", "预算金额不能为负数。")


def _gather(lines: Iterable[dict[str, Any]]) -> dict[str, _Project]:
    projects: dict[str, _Project] = {}
    for line in lines:
        projects.setdefault(line["code"], _Project(line)).rows.append(line)
    return projects


def _apply(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: ImportProjects,
    projects: dict[str, _Project],
    units: dict[str, UnitRow],
    outcome: ImportOutcome,
) -> None:
    region, year = key = actor.scope.region, command.fiscal_year
    query = select(ProjectRow).where(
        ProjectRow.region_code == region,
        ProjectRow.fiscal_year == year,
        ProjectRow.code == any_(literal(list(projects), ARRAY(String))),
    )
    known = {row.code: row for row in uow.session.scalars(query.with_for_update())}
    at, saved = clock.now(), []
    for code, project in projects.items():
        values = _values(project, units[project.first["unit_code"]])
        row = known.get(code)
        if row is not None and all(getattr(row, name) == values[name] for name in values):
            outcome.unchanged += 1
            continue
        outcome.changed += row is not None
        outcome.created += row is None
        if not command.file.dry_run:
            saved.append(_saved(row, (*key, code), project, values, at))
    if not command.file.dry_run:
        write_projects(uow, actor, key, saved, at)
        renew_totals(uow.session, region, year)


def _values(project: _Project, unit: UnitRow) -> dict[str, Any]:
    line = project.first
    return {
        "name": line["name"],
        "unit_id": unit.unit_id,
        "budget_book": line["book"],
        "nature": line["nature"],
        "project_class": line["project_class"],
        "period_start": line.get("period_start"),
        "period_end": line.get("period_end"),
        "function_code": line.get("function_code") or "",
        "owner_name": line.get("owner_name") or "",
        "owner_phone": line.get("owner_phone") or "",
        "summary": line.get("summary") or "",
        "flags": [flag for flag in FLAGS if line.get(flag)],
        "initial_amount": project.initial,
        "adjusted_amount": project.adjusted,
    }


def _saved(
    row: ProjectRow | None,
    key: tuple[str, int, str],
    project: _Project,
    values: dict[str, Any],
    at: datetime,
) -> SavedProject:
    """Return the project as it will be: `row` with new values, or a new row."""
    region, year, code = key
    before = None if row is None else {name: str(getattr(row, name)) for name in values}
    if row is None:
        row = ProjectRow(
            region_code=region,
            fiscal_year=year,
            project_id=new_id(),
            version=0,
            code=code,
            ex_ante_conclusion=None,
            ex_ante_document="",
            state="active",
        )
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.imported_at = at
    row.pinyin = sort_key(row.name)
    row.search = bigram_text(row.name, row.code, row.pinyin)
    after = {name: str(value) for name, value in values.items()}
    return SavedProject(row, list(_money(project)), before, after)


def _money(project: _Project) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Yield budget book, source, initial and adjusted amount; adjustments are fiscal money."""
    for line in project.rows:
        adjustment = _adjusted(line) - line["initial"]
        for source in SOURCES:
            amount = line.get(source)
            if amount:
                adjusted = amount + (adjustment if source == "fiscal" else 0)
                yield line["book"], source, amount, adjusted
