"""Act: take targets with their indicators from the budget platform's export, many at once.

YC23-1.1, SL21-5.2. What is imported becomes drafts: units check and submit them. A target that
has left its draft is not touched, and its rows are reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.target_svc.domain.indicators import Indicator, check_indicators
from services.target_svc.domain.states import TargetState
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from services.target_svc.usecases.target_sheet import TARGET_LAYOUT
from services.target_svc.usecases.writing_targets import DraftTarget, write_drafts
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.bulk import collection_paused
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem
from shared.ids import new_id
from shared.money import NotMoneyError, parse_decimal
from shared.policy.active import policy_for
from shared.policy.model import TargetPolicy
from shared.sheets.model import SheetProblem
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import read_table
from shared.sheets.table import ParsedTable
from shared.terms.vocabulary import Operator

_TEXTS = ("unit", "history_value", "definition", "basis_source")
_OPERATORS = {operator.value: operator for operator in Operator}
_PLACES = -2
_LARGEST_WEIGHT = Decimal(1000)


@dataclass(frozen=True, slots=True)
class ImportTargets:
    """An indicator list of one budget year."""

    fiscal_year: int
    file: ImportFile


@dataclass(frozen=True, slots=True)
class _Known:
    """A project of the year and the target it has, if any."""

    project_id: UUID
    unit_id: UUID
    name: str
    target: tuple[UUID, str] | None  # id, state


def import_targets(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportTargets
) -> ImportOutcome:
    """Make or replace drafts; raise `InvalidInputError` when any row is wrong, saving nothing.

    Counts are of targets. A dry run changes nothing and raises nothing.
    """
    require(actor, "target.project.import")
    with collection_paused():
        return _import(uow, clock, actor, command)


def _import(uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportTargets) -> ImportOutcome:
    with ThreadPoolExecutor(1) as second:  # another process opens the file meanwhile
        reading = second.submit(read_table, command.file.content, TARGET_LAYOUT)
        pack = policy_for(uow.session, actor.scope.region, command.fiscal_year)
        known = _known(uow, actor, command.fiscal_year)
    table = reading.result()
    outcome = ImportOutcome(problems=list(table.problems), skipped=table.skipped)
    drafts = [] if outcome.errors else list(_drafts(table, known, outcome))
    outcome.created = sum(draft.is_new for draft in drafts)
    outcome.changed = len(drafts) - outcome.created
    accepted = _accepted(table, drafts, pack.target, outcome, dry_run=command.file.dry_run)
    if outcome.errors or command.file.dry_run:
        for _ in accepted:
            pass  # only to hear of every problem
    else:
        write_drafts(uow, clock, actor, pack, command.fiscal_year, drafts, accepted)
        outcome.saved = True
    return outcome


def _known(uow: UnitOfWork, actor: Actor, fiscal_year: int) -> dict[str, _Known]:
    query = (
        select(
            ProjectRow.code,
            ProjectRow.project_id,
            ProjectRow.unit_id,
            ProjectRow.name,
            TargetRow.target_id,
            TargetRow.state,
        )
        .outerjoin(
            TargetRow,
            (TargetRow.region_code == ProjectRow.region_code)
            & (TargetRow.fiscal_year == ProjectRow.fiscal_year)
            & (TargetRow.project_id == ProjectRow.project_id),
        )
        .where(ProjectRow.region_code == actor.scope.region, ProjectRow.fiscal_year == fiscal_year)
    )
    return {
        code: _Known(project_id, unit_id, name, (target_id, state) if target_id else None)
        for code, project_id, unit_id, name, target_id, state in uow.session.execute(query)
    }


def _drafts(
    table: ParsedTable, known: dict[str, _Known], outcome: ImportOutcome
) -> Iterator[DraftTarget]:
    """Yield a draft for every project of the table; projects that take none become problems."""
    groups: dict[str, list[int]] = {}
    for at, code in enumerate(table.columns["project_code"]):
        groups.setdefault(str(code), []).append(at)
    indicators = _indicators(table)
    goals = table.columns.get("annual_goal", [None] * len(indicators))
    for code, places in groups.items():
        first = table.row_numbers[places[0]]
        project = known.get(code)
        if project is None:
            message = f"没有编码为 {code} 的项目，请先导入项目或改正编码。"
            outcome.problems.append(table.problem(first, "project_code", "unknown", message))
            continue
        if project.target and project.target[1] != TargetState.DRAFT:
            message = f"「{project.name}」的目标已报送，不能用导入覆盖；请删除这些行。"
            outcome.problems.append(table.problem(first, "project_code", "submitted", message))
            continue
        yield DraftTarget(
            project.target[0] if project.target else new_id(),
            project.project_id,
            project.unit_id,
            project.name,
            next((str(goals[at]) for at in places if goals[at]), ""),
            [indicators[at] for at in places],
            [table.row_numbers[at] for at in places],
            is_new=project.target is None,
        )


def _indicators(table: ParsedTable) -> list[Indicator]:
    """Return every row of the table as an indicator; columns the file lacks are empty."""
    columns: dict[str, Any] = table.columns
    empty = [None] * len(table.row_numbers)
    texts = ([text or "" for text in columns.get(name, empty)] for name in _TEXTS)
    unit, history_value, definition, basis_source = texts
    return list(
        map(
            Indicator,
            columns["level1"],
            columns["level2"],
            columns["name"],
            map(_OPERATORS.__getitem__, columns["operator"]),
            columns["value"],
            unit,
            map(_weight, columns["weight"]),
            history_value,
            definition,
            basis_source,
        )
    )


@lru_cache(maxsize=4096)
def _weight(text: str) -> Decimal:
    """Return a weight in points; what is none becomes 0 and is reported as not positive."""
    try:
        value = parse_decimal(text)
    except NotMoneyError:
        return Decimal(0)
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= _PLACES and value < _LARGEST_WEIGHT
    return value if fits else Decimal(0)


def _accepted(
    table: ParsedTable,
    drafts: Sequence[DraftTarget],
    policy: TargetPolicy,
    outcome: ImportOutcome,
    *,
    dry_run: bool,
) -> Iterator[DraftTarget]:
    """Yield the drafts up to the first that breaks a rule, check all, and refuse them if any does.

    They are checked while the server takes the rows of those before. A refusal breaks off the
    COPY, and so the whole transaction: whoever caught it could not keep what was written.
    """
    is_sound = True
    for draft in drafts:
        problems = check_indicators(policy, draft.indicators)
        if problems:
            is_sound = False
            outcome.problems += (_at_cell(table, draft, problem) for problem in problems)
        if is_sound:
            yield draft
    outcome.problems.sort(key=lambda problem: problem.row)
    if not dry_run:
        outcome.refuse_errors()


def _at_cell(table: ParsedTable, draft: DraftTarget, problem: FieldProblem) -> SheetProblem:
    """Return a rule's problem as one of the sheet's cell."""
    _, _, tail = problem.path.partition(".")
    place, _, name = tail.partition(".")
    row = draft.row_numbers[int(place) if place else 0]
    return table.problem(row, name or "weight", problem.code, problem.message)
