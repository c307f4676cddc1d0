"""Read a declared layout out of a workbook: every row, every problem, nothing guessed silently."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

from shared.money import YUAN_PER_WAN
from shared.sheets.errors import HeadersNotFoundError
from shared.sheets.headers import Header, Missed, find_header
from shared.sheets.layout import Column, Layout
from shared.sheets.model import Severity, Sheet, SheetProblem, Workbook, column_letter
from shared.sheets.values import Rejected, parser_for, squeeze

_TOTAL: Final = re.compile(r"^(?:本页|全部|项目|资金)?(?:合计|总计|小计|共计|累计)(?:数|金额)?:?$")
_FOOTER: Final = re.compile(
    r"^(?:注|备注|说明|填表说明|填报说明|填报人|制表人?|审核人|经办人|单位负责人|财务负责人|联系人"
    r"|填报日期|填报单位)[:(].*",
    re.DOTALL,
)
_PERHAPS_NO_DATA: Final = re.compile(r"计|[:：(（]")  # spares most rows the closer look
_TOTAL_COLUMNS: Final = 4
_BLANKS: Final = " \t\r\n\u3000\xa0"
_TOLERANCE: Final = Decimal("0.2")


class ParsedRow(NamedTuple):
    """One row of the import: its 1-based row in the sheet and its values by field."""

    row_number: int
    values: dict[str, object]


class SkippedRow(NamedTuple):
    """A row that was not taken as data, shown to the uploader so that nothing vanishes unseen."""

    row_number: int
    reason: str
    text: str


@dataclass(frozen=True)
class ParsedTable:
    """What one sheet gave: rows, problems, and rows left out with the reason."""

    sheet: str
    row_numbers: list[int]
    columns: dict[str, list[object]]
    """Values by field, in the order of `row_numbers`; fields absent from the file are absent."""
    letters: dict[str, str]
    """Column letter of each field found."""
    problems: list[SheetProblem] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[ParsedRow]:
        """The rows as dictionaries."""
        return [
            ParsedRow(number, dict(zip(self.columns, values, strict=True)))
            for number, values in zip(self.row_numbers, self.records(), strict=True)
        ]

    def records(self) -> Iterator[tuple[object, ...]]:
        """Yield the values of each row in the order of `columns`: the quick way into COPY."""
        return zip(*self.columns.values(), strict=True)

    @property
    def errors(self) -> list[SheetProblem]:
        """The problems that stop the import."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def problem(
        self, row: int, name: str, code: str, message: str, severity: Severity = "error"
    ) -> SheetProblem:
        """Return a problem of field `name` in sheet row `row`, for rules beyond a single cell."""
        letter = self.letters.get(name, "")
        return SheetProblem(self.sheet, row, letter, name, code, message, severity)


def parse_table(workbook: Workbook, layout: Layout) -> ParsedTable:
    """Return the rows of `layout` found in `workbook`, with all problems.

    The sheet whose header names most columns is read, sheets named in the layout first. Raises
    `HeadersNotFoundError` naming the missing columns and those found when no sheet fits.
    """
    sheet, header = _choose(workbook.sheets, layout)
    return whole(_parse(sheet, iter(()), header, layout))


def parse_pieces(pieces: Iterator[Sheet], layout: Layout) -> Iterator[ParsedTable]:
    """Yield what `parse_table` returns of a workbook with one sheet, which comes in pieces of rows.

    It is the same table after every piece, longer each time; its problems are all there, and in
    order, when there is no further one. The first piece holds at least `HEADING_ROWS` rows, unless
    it is all.
    """
    first, header = _choose([next(pieces)], layout)
    return _parse(first, pieces, header, layout)


def whole(growing: Iterator[ParsedTable]) -> ParsedTable:
    """Return a table once all of it has come."""
    return deque(growing, maxlen=1)[0]


def _parse(
    first: Sheet, others: Iterator[Sheet], header: Header, layout: Layout
) -> Iterator[ParsedTable]:
    parsing = _Parsing(first, header, layout)
    table = parsing.table
    for title in header.doubled:
        message = f"列“{title}”出现了不止一次，无法判断取哪一列；请只保留一列。"
        table.problems.append(
            SheetProblem(table.sheet, header.row, "", "", "header_doubled", message)
        )
    for piece in chain((first,), others):
        parsing.take(piece)
        yield table
    table.problems.sort(key=lambda problem: (problem.row, len(problem.column), problem.column))


def _choose(sheets: Sequence[Sheet], layout: Layout) -> tuple[Sheet, Header]:
    hints = {squeeze(title) for title in layout.sheet_titles}
    ordered = sorted(sheets, key=lambda sheet: squeeze(sheet.name) not in hints)
    best: tuple[Sheet, Header] | None = None
    missed: Missed | None = None
    for sheet in ordered:
        result = find_header(sheet, layout)
        if isinstance(result, Missed):
            missed = result if missed is None or result.matched > missed.matched else missed
        elif best is None or len(result.places) > len(best[1].places):
            best = (sheet, result)
    if best is None:
        missing, found = (missed.missing, missed.found) if missed else ((), ())
        raise HeadersNotFoundError(
            missing="、".join(missing), found="、".join(found) or "（没有认出列名）"
        )
    return best


class _Parsing:
    """A table in the making: its sheet comes piece by piece, in the order of its rows."""

    def __init__(self, first: Sheet, header: Header, layout: Layout) -> None:
        """Learn from the first piece what all of them have in common."""
        self._columns = [column for column in layout.columns if column.field in header.places]
        self._places = header.places
        self._memos = {
            column.field: _Memos(
                parser_for(
                    column,
                    header.units.get(column.field, column.unit),
                    knows_formats=first.knows_formats,
                )
            )
            for column in self._columns
        }
        self._heading = first.row(header.row)
        self._below = header.row  # rows still above the data
        self._before = 0  # rows in the pieces taken
        self._begins_data: set[str] = set()
        self.table = ParsedTable(
            first.name,
            row_numbers=[],
            columns={column.field: [] for column in self._columns},
            letters={name: column_letter(place + 1) for name, place in header.places.items()},
        )

    def take(self, piece: Sheet) -> None:
        """Take the data rows of the next piece."""
        taken = self._data_rows(piece)
        numbers = [self._before + at + 1 for at in taken]
        self.table.row_numbers.extend(numbers)
        for column in self._columns:
            place = self._places[column.field]
            values = self._memos[column.field].values(piece.texts[place], piece.kinds[place], taken)
            if self._memos[column.field].rejects or (column.required and None in values):
                _report(column, values, numbers, self.table)
            self.table.columns[column.field].extend(values)
        self._before += piece.row_count
        self._below = 0

    def _data_rows(self, piece: Sheet) -> list[int]:
        """Return the places of the piece's data rows; keep account of the rows left out."""
        places = sorted(self._places.values())
        filled = [piece.texts[at] for at in places]
        leading = [piece.texts[at] for at in range(min(_TOTAL_COLUMNS, len(piece.texts)))]
        repeated = self._heading[places[0]]
        taken: list[int] = []
        faulty = {at for column in places for at in _valueless(piece.kinds[column])}
        begins_data = self._begins_data  # most rows begin like an earlier one: no closer look
        for at in range(self._below, piece.row_count):
            if leading[0][at] in begins_data:
                taken.append(at)
                continue
            if at not in faulty and not any(texts[at].strip(_BLANKS) for texts in filled):
                continue
            first = next((texts[at] for texts in leading if texts[at].strip()), "")
            reason = _reason(first)
            if reason is None and filled[0][at] == repeated and piece.row(at + 1) == self._heading:
                reason = "重复的表头"
            if reason is not None:
                row = SkippedRow(self._before + at + 1, reason, first.strip()[:40])
                self.table.skipped.append(row)
                continue
            taken.append(at)
            if places[0] == 0 and first and first == leading[0][at] and first != repeated:
                begins_data.add(first)
        return taken


def _valueless(kinds: str) -> Iterator[int]:
    """Yield the rows whose cell is a fault or not calculated: empty of text, but not empty."""
    return (match.start() for match in re.finditer("[ef]", kinds))


def _reason(first: str) -> str | None:
    if _PERHAPS_NO_DATA.search(first):
        plain = squeeze(first)
        if _TOTAL.match(plain):
            return "合计行"
        if _FOOTER.match(plain):
            return "表尾说明"
    return None


class _Memos:
    """Values of one column's texts, each kind of cell by itself."""

    def __init__(self, parse: Callable[[str, str], object]) -> None:
        self._parse = parse
        self._by_kind: dict[str, _Memo] = {}

    @property
    def rejects(self) -> bool:
        """Tell whether any text so far was refused or questioned."""
        return any(memo.rejects for memo in self._by_kind.values())

    def values(self, texts: Sequence[str], kinds: str, taken: Sequence[int]) -> list[object]:
        """Return the values of the cells in the rows `taken`."""
        if len(taken) < len(texts):
            texts, kinds = [texts[at] for at in taken], "".join([kinds[at] for at in taken])
        memo = {kind: self._of(kind) for kind in set(kinds)}
        if len(memo) == 1:
            return list(map(memo[kinds[0]].__getitem__, texts))
        return [memo[kind][text] for kind, text in zip(kinds, texts, strict=True)]

    def _of(self, kind: str) -> _Memo:
        if kind not in self._by_kind:
            self._by_kind[kind] = _Memo(self._parse, kind)
        return self._by_kind[kind]


class _Memo(dict[str, object]):
    """Values of texts already parsed: forms repeat themselves."""

    def __init__(self, parse: Callable[[str, str], object], kind: str) -> None:
        super().__init__()
        self._parse, self._kind = parse, kind
        self.rejects = False

    def __missing__(self, text: str) -> object:
        value = self[text] = self._parse(text, self._kind)
        if isinstance(value, Rejected):
            self.rejects = True
        return value


def _report(
    column: Column, values: list[object], numbers: Sequence[int], table: ParsedTable
) -> None:
    """Turn rejected values into problems and leave the value they stand for in their place."""
    for at, (row, value) in enumerate(zip(numbers, values, strict=True)):
        if isinstance(value, Rejected):
            values[at] = value.value
            table.problems.append(
                table.problem(row, column.field, value.code, value.message, value.severity)
            )
        elif value is None and column.required:
            message = f"“{column.title}”没有填写，请补填。"
            table.problems.append(table.problem(row, column.field, "missing", message))


def suspect_unit(value: Decimal, reference: Decimal) -> str | None:
    """Return a warning when `value` looks like `reference` in the wrong unit, else `None`.

    Both in 元. 元 and 万元 are confused when they differ by a factor of 10,000, within 20 %.
    """
    if value == 0 or reference == 0:
        return None
    for factor, advice in (
        (YUAN_PER_WAN, "可能把“元”当作“万元”填写"),
        (1 / YUAN_PER_WAN, "可能把“万元”当作“元”填写"),
    ):
        if abs(value / (reference * factor) - 1) <= _TOLERANCE:
            return f"填报 {value} 元，参照数为 {reference} 元，相差约一万倍，{advice}，请核对。"
    return None
