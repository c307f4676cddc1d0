"""Makes drafts of a list of indicators while it is still being read (SL21-5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from services.target_svc.domain.indicators import Indicator, check_indicators
from services.target_svc.domain.states import TargetState
from shared.errors import FieldProblem
from shared.ids import new_id
from shared.money import NotMoneyError, parse_decimal
from shared.policy.model import TargetPolicy
from shared.sheets.model import SheetProblem
from shared.sheets.outcome import ImportOutcome
from shared.sheets.table import ParsedTable
from shared.terms.vocabulary import Operator

_TEXTS = ("unit", "history_value", "definition", "basis_source")
_OPERATORS = {operator.value: operator for operator in Operator}
_PLACES = -2
_LARGEST_WEIGHT = Decimal(1000)


@dataclass(frozen=True, slots=True)
class KnownProject:
    """A project of the year and the target it has, if any."""

    project_id: UUID
    unit_id: UUID
    name: str
    target: tuple[UUID, str] | None  # id, state


@dataclass(slots=True)
class DraftTarget:
    """An imported target; one that is not new takes the place of the draft with its id."""

    target_id: UUID
    project_id: UUID
    unit_id: UUID
    project_name: str
    is_new: bool
    annual_goal: str = ""
    indicators: list[Indicator] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    """Where each indicator stands in the sheet."""


class TargetReading:
    """Drafts in the making; `outcome` is complete when all of them have been given."""

    def __init__(self, known: Mapping[str, KnownProject], policy: TargetPolicy) -> None:
        """Read for the projects `known` by their codes."""
        self.outcome = ImportOutcome()
        self._known, self._policy = known, policy
        self._drafts: dict[str, DraftTarget | None] = {}  # none of a project that takes none
        self._doubted: dict[str, DraftTarget] = {}
        self._open = ""
        self._problems: list[SheetProblem] = []

    def drafts(self, growing: Iterator[ParsedTable]) -> Iterator[DraftTarget]:
        """Yield each draft when its rows are read and break no rule.

        Rows of one project may lie apart. What breaks a rule is looked at again at the end, as
        further rows may have made it whole. What was yielded cannot get further rows and be sound:
        all weights together are fixed and none is zero.
        """
        read = 0
        for table in growing:
            if not table.errors:  # else every cell is looked at, but no set of them
                yield from self._take(table, read)
            read = len(table.row_numbers)
        self.outcome.problems, self.outcome.skipped = table.problems, table.skipped
        if table.errors:
            return
        yield from self._closed()
        for draft in self._doubted.values():
            problems = check_indicators(self._policy, draft.indicators)
            self._problems += (_at_cell(table, draft, problem) for problem in problems)
            if not problems:
                yield draft
        self._sum_up()

    def _take(self, table: ParsedTable, start: int) -> Iterator[DraftTarget]:
        """Add the rows from `start` on to their drafts; yield those that end among them."""
        codes = table.columns["project_code"]
        goals = table.columns.get("annual_goal") or [None] * len(codes)
        indicators = _indicators(table, start)
        for code, run in groupby(range(start, len(codes)), key=codes.__getitem__):
            places = list(run)
            first, end = places[0], places[-1] + 1
            if code != self._open:
                yield from self._closed()
                self._begin(str(code), table, table.row_numbers[first])
            if draft := self._drafts[self._open]:
                draft.indicators += indicators[first - start : end - start]
                draft.row_numbers += table.row_numbers[first:end]
                draft.annual_goal = draft.annual_goal or next(
                    (str(goal) for goal in goals[first:end] if goal), ""
                )

    def _begin(self, code: str, table: ParsedTable, row: int) -> None:
        """Take the rows from `row` on as those of project `code`, met for the first time or not."""
        self._open = code
        if code not in self._drafts:
            self._drafts[code] = self._draft(table, row)
        elif draft := self._drafts[code]:
            self._doubted[code] = draft

    def _draft(self, table: ParsedTable, row: int) -> DraftTarget | None:
        """Return an empty draft for the project met in `row`; one that takes none is a problem."""
        project = self._known.get(self._open)
        if project is None:
            message = f"没有编码为 {self._open} 的项目，请先导入项目或改正编码。"
            self._problems.append(table.problem(row, "project_code", "unknown", message))
            return None
        if project.target and project.target[1] != TargetState.DRAFT:
            message = f"「{project.name}」的目标已报送，不能用导入覆盖；请删除这些行。"
            self._problems.append(table.problem(row, "project_code", "submitted", message))
            return None
        return DraftTarget(
            project.target[0] if project.target else new_id(),
            project.project_id,
            project.unit_id,
            project.name,
            is_new=project.target is None,
        )

    def _closed(self) -> Iterator[DraftTarget]:
        """Yield the draft whose rows have just ended, unless it is or becomes doubted."""
        draft = self._drafts.get(self._open)
        if draft is None or self._open in self._doubted:
            return
        if check_indicators(self._policy, draft.indicators):
            self._doubted[self._open] = draft
        else:
            yield draft

    def _sum_up(self) -> None:
        drafts = [draft for draft in self._drafts.values() if draft]
        self.outcome.created = sum(draft.is_new for draft in drafts)
        self.outcome.changed = len(drafts) - self.outcome.created
        self.outcome.problems += self._problems
        self.outcome.problems.sort(key=lambda problem: problem.row)


def _indicators(table: ParsedTable, start: int) -> list[Indicator]:
    """Return every row from `start` on as an indicator; columns the file lacks are empty."""
    count = len(table.row_numbers) - start
    columns: dict[str, list[Any]] = {name: values[start:] for name, values in table.columns.items()}
    texts = ([text or "" for text in columns.get(name, [None] * count)] for name in _TEXTS)
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


def _at_cell(table: ParsedTable, draft: DraftTarget, problem: FieldProblem) -> SheetProblem:
    """Return a rule's problem as one of the sheet's cell."""
    _, _, tail = problem.path.partition(".")
    place, _, name = tail.partition(".")
    row = draft.row_numbers[int(place) if place else 0]
    return table.problem(row, name or "weight", problem.code, problem.message)
