"""A filled sheet read back: what it says goes into the form, what is doubtful gets a red cell.

Y25-5.4. Files come as people make them: rows moved, cells merged, numbers as text, 元 and 万元
mixed. Nothing typed is lost, and nothing is saved by reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from services.eval_svc.console.form_sheet import (
    FORM_NUMBER,
    FUND_LAYOUT,
    INDICATOR_LAYOUT,
    TEXTS,
    TOTAL_FUND,
)
from services.eval_svc.console.forms import SelfEvaluationForm
from services.eval_svc.console.typed import typed_funds, typed_indicators
from services.eval_svc.domain.funds import Fund, total_fund, unit_doubt
from services.eval_svc.domain.submission import (
    check_funds,
    check_lines,
    check_points,
)
from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import IndicatorRow
from services.eval_svc.usecases.scoring_form import filled_form, fund_of
from shared.errors import FieldProblem
from shared.money import number_in, number_text, wan_from_yuan
from shared.policy.scoring import ScoringScheme
from shared.sheets.errors import HeadersNotFoundError
from shared.sheets.marking import mark_copy
from shared.sheets.model import Sheet, SheetProblem, Workbook, column_number
from shared.sheets.reading import read_workbook
from shared.sheets.table import ParsedTable, parse_table
from shared.sheets.values import squeeze
from shared.web.console.forms import Form

Place = tuple[int, str]
"""Sheet row and column letter."""
_AMOUNTS = ("initial", "budget", "executed")
_KEYWORDS = (
    ("财政拨款", "fiscal"),
    ("结转", "carry_over"),
    ("其他", "other"),
    ("基本支出", "basic"),
    ("项目支出", "project"),
)
_MONEY_UNITS = ("元", "万元")


@dataclass
class ReadForm:
    """An uploaded file: its contents as typed texts of the form, and what is wrong, both ways."""

    content: bytes
    filename: str
    sheet: str = ""
    typed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Field of the form → the cell it came from."""
    problems: list[SheetProblem] = field(default_factory=list)
    field_problems: list[FieldProblem] = field(default_factory=list)

    def marked(self) -> bytes:
        """Return the same file with every doubtful cell in red and commented."""
        return mark_copy(self.content, self.filename, self.problems)

    def add(self, problem: FieldProblem) -> None:
        """Add a problem, at its cell where the field came from one."""
        row, letter = self.places.get(problem.path, (0, ""))
        if not row:
            row, letter = self.places.get(problem.path.rpartition(".")[0], (1, ""))
        if any(each.row == row and each.column == letter for each in self.problems):
            return  # one remark about a cell is enough
        group, _, name = problem.path.rpartition(".")
        self.problems.append(
            SheetProblem(self.sheet, row, letter, name, problem.code, problem.message)
        )
        self.field_problems.append(
            FieldProblem(
                problem.path if group.startswith(("funds", "indicators")) else "",
                problem.code,
                f"表格第{row}行：{problem.message}",
            )
        )


def read_form(content: bytes, filename: str, detail: FormDetail, scheme: ScoringScheme) -> ReadForm:
    """Read a file; raise `UnreadableSheetError` when there is no indicator table in it."""
    read = ReadForm(content, filename)
    workbook = read_workbook(content, filename)
    table = parse_table(workbook, INDICATOR_LAYOUT)
    read.sheet = table.sheet
    sheet = next(each for each in workbook.sheets if each.name == table.sheet)
    read.places["indicators"] = (table.row_numbers[0] - 1 if table.row_numbers else 1, "A")
    _check_number(read, sheet, detail)
    _read_texts(read, sheet)
    _read_funds(read, workbook, detail)
    _read_indicators(read, sheet, table, detail)
    _check_points_sum(read, table, scheme)
    _judge(read, detail, scheme)
    read.problems.sort(key=lambda each: (each.row, each.column))
    return read


def _check_number(read: ReadForm, sheet: Sheet, detail: FormDetail) -> None:
    for row in range(1, min(sheet.row_count, 6) + 1):
        text = sheet.cell(row, 1).text.strip()
        if text.startswith(FORM_NUMBER) and str(detail.form.self_evaluation_id) not in text:
            read.places["form"] = (row, "A")
            message = f"这是另一张自评表，本页是「{detail.form.name}」；请确认选对了文件。"
            read.add(FieldProblem("form", "other_form", message))


def _read_texts(read: ReadForm, sheet: Sheet) -> None:
    fields = {words: name for name, words in TEXTS.items()}
    for row in range(1, sheet.row_count + 1):
        name = fields.get(squeeze(sheet.cell(row, 1).text).rstrip(":*"))
        if name is None or name in read.places:
            continue
        read.places[name] = (row, "B")
        said = (sheet.cell(row, column).text.strip() for column in range(2, 12))
        read.typed[name] = (next((text for text in said if text), ""),)


def _read_funds(read: ReadForm, workbook: Workbook, detail: FormDetail) -> None:
    try:
        table = parse_table(workbook, FUND_LAYOUT)
    except HeadersNotFoundError:
        message = "没有找到资金表（资金来源、年初预算数、全年预算数、全年执行数），资金未读入。"
        read.add(FieldProblem("funds", "no_funds", message))
        return
    by_source = {row.source: row for row in detail.funds}
    stated: dict[str, Decimal] = {}
    for row in table.rows:
        words = squeeze(str(row.values.get("source") or ""))
        source = next((code for word, code in _KEYWORDS if word in words), None)
        if words.startswith(TOTAL_FUND):
            stated = {
                name: value
                for name in _AMOUNTS
                if isinstance(value := row.values.get(name), Decimal)
            }
            read.places |= {
                f"total.{name}": (row.row_number, table.letters.get(name, "")) for name in _AMOUNTS
            }
        elif source in by_source and f"funds.{by_source[source].position}" not in read.places:
            _take_fund(
                read,
                table,
                row.row_number,
                row.values,
                fund_of(by_source[source]),
                by_source[source].position,
            )
    _check_totals(read, detail, stated)


def _take_fund(
    read: ReadForm,
    table: ParsedTable,
    number: int,
    values: dict[str, object],
    known: Fund,
    position: int,
) -> None:
    prefix = f"funds.{position}"
    read.places[prefix] = (number, "A")
    read.typed[f"{prefix}.position"] = (str(position),)
    for name in _AMOUNTS:
        letter = table.letters.get(name, "")
        read.places[f"{prefix}.{name}"] = (number, letter)
        value = values.get(name)
        if isinstance(value, Decimal):
            read.typed[f"{prefix}.{name}"] = (number_text(wan_from_yuan(value, 6)),)
            doubt = unit_doubt(value, getattr(known, name))
            if doubt:
                read.add(FieldProblem(f"{prefix}.{name}", "wrong_unit", doubt))
        for problem in table.problems:
            if problem.row == number and problem.field == name and problem.code != "missing":
                read.add(FieldProblem(f"{prefix}.{name}", problem.code, problem.message))


def _check_totals(read: ReadForm, detail: FormDetail, stated: dict[str, Decimal]) -> None:
    form = Form(SelfEvaluationForm(), read.typed)
    kept = [fund_of(row) for row in detail.funds]
    total = total_fund(fund_of(row) for row in typed_funds(form, detail.funds))
    for row, before in zip(detail.funds, kept, strict=True):
        row.initial, row.budget, row.executed = before.initial, before.budget, before.executed
    for name, value in stated.items():
        found = getattr(total, name)
        if value != found:
            message = (
                f"年度资金总额填的是{wan_from_yuan(value)}万元，"
                f"各项之和是{wan_from_yuan(found)}万元，请核对。"
            )
            read.add(FieldProblem(f"total.{name}", "sum_differs", message))


def _read_indicators(read: ReadForm, sheet: Sheet, table: ParsedTable, detail: FormDetail) -> None:
    own = detail.form.object_id is None
    known = {squeeze(row.name): (at, row) for at, row in enumerate(detail.indicators)}
    for at, row in enumerate(table.rows):
        texts = _texts(sheet, table, row.row_number, row.values)
        found, match = known.pop(squeeze(texts.get("name", "")), (None, None))
        place = at if own else found
        prefix = f"indicators.{place}" if place is not None else f"unknown.{at}"
        for name, letter in table.letters.items():
            read.places[f"{prefix}.{name}"] = (row.row_number, letter)
        if place is None:
            read.places[prefix] = (row.row_number, "A")
            message = f"「{texts.get('name', '')}」不在批复的绩效目标中，这一行没有读入。"
            read.add(FieldProblem(f"{prefix}.name", "unknown_indicator", message))
            continue
        read.typed[f"{prefix}.position"] = (str(place if match is None else match.position),)
        unit = texts.get("unit", "") if match is None else match.unit
        texts["actual"] = _without_unit(texts.get("actual", ""), unit)
        read.typed |= {f"{prefix}.{name}": (text,) for name, text in texts.items()}
        for problem in table.problems:
            if problem.row == row.row_number and problem.code == "unknown_choice":
                read.add(FieldProblem(f"{prefix}.{problem.field}", problem.code, problem.message))
        _compare(read, prefix, texts, match, own=own)
    if not own:
        for place, lost in known.values():
            _tell_lost(read, place, lost)


def _tell_lost(read: ReadForm, at: int, row: IndicatorRow) -> None:
    message = f"缺少指标「{row.name}」，请补回这一行。"
    place = read.places["indicators"][0]
    read.problems.append(SheetProblem(read.sheet, place, "", "name", "lost", message))
    path = f"indicators.{at}.actual"
    read.places[path] = (place, "")
    read.field_problems.append(FieldProblem(path, "lost", message))


def _texts(
    sheet: Sheet, table: ParsedTable, number: int, values: dict[str, object]
) -> dict[str, str]:
    """Return a row as typed texts: known choices as stored values, the rest as it stands."""
    found = {}
    for name, letter in table.letters.items():
        value = values.get(name)
        typed = sheet.cell(number, column_number(letter)).text.strip()
        found[name] = str(value) if value is not None else typed
    return found


def _compare(
    read: ReadForm, prefix: str, texts: dict[str, str], match: IndicatorRow | None, *, own: bool
) -> None:
    """Hold the points of a row against the approved ones."""
    points = number_in(texts.get("points", ""))
    if points is None:
        read.add(FieldProblem(f"{prefix}.points", "not_a_number", "分值须为数字。"))
    elif match is not None and not own and points != match.points:
        message = f"分值应为{number_text(match.points)}，与批复的绩效目标一致，不能改动。"
        read.add(FieldProblem(f"{prefix}.points", "points_changed", message))


def _without_unit(text: str, unit: str) -> str:
    """Return a value without its unit: `20间` is 20; another money unit is left to be noticed."""
    plain = squeeze(text)
    if unit and plain.endswith(unit) and number_in(plain.removesuffix(unit)) is not None:
        other = [each for each in _MONEY_UNITS if each != unit and plain.endswith(each)]
        if not any(len(each) > len(unit) for each in other):
            return plain.removesuffix(unit)
    return text


def _judge(read: ReadForm, detail: FormDetail, scheme: ScoringScheme) -> None:
    """Ask the rules of submission about what was read."""
    typed = Form(SelfEvaluationForm(), read.typed)
    for name in TEXTS:
        if name in read.typed:
            setattr(detail.form, name, read.typed[name][0])
    rows = typed_indicators(typed, detail)
    filled = filled_form(detail.form, typed_funds(typed, detail.funds), rows)
    for problem in check_funds(filled):
        read.add(problem)
    for problem in check_lines(scheme, filled.lines):
        if problem.code != "points_sum":  # told of the points as the file has them
            read.add(problem)


def _check_points_sum(read: ReadForm, table: ParsedTable, scheme: ScoringScheme) -> None:
    """Hold the points as the file has them against 100; told at the 合计 row where there is one."""
    stated = [number_in(str(each or "")) or Decimal(0) for each in table.columns["points"]]
    totals = [row.row_number for row in table.skipped if row.reason == "合计行"]
    row = max([*table.row_numbers, *totals], default=1)
    read.places["points_sum"] = (row, table.letters["points"])
    for problem in check_points(scheme, stated):
        read.add(FieldProblem("points_sum", problem.code, problem.message))
