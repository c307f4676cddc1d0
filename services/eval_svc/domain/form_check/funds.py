"""The funds table: sums, the execution rate and its score, an empty total row (Y25-5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.form_check.form import (
    FundColumn,
    FundLine,
    Printed,
    PrintedForm,
)
from services.eval_svc.domain.form_check.printed import Figure, figure_in, is_blank, is_dash
from services.eval_svc.domain.form_check.report import (
    FormCheckCode,
    FormFinding,
    Notes,
    Severity,
    Words,
)
from shared.money import YUAN_PER_WAN, YUAN_PER_YI, number_text, round_half_up

_YUAN_PER = {"元": Decimal(1), "万元": YUAN_PER_WAN, "亿元": YUAN_PER_YI}
_RATE_PLACES = 2
_BY_SPENDING = re.compile("基本支出|项目支出|人员经费|公用经费")
_LAST_SOURCE = re.compile("other|其他|其它")
_COLUMNS = {
    FundColumn.INITIAL: ("年初预算数", "initial budget"),
    FundColumn.ADJUSTED: ("全年预算数", "adjusted budget"),
    FundColumn.EXECUTED: ("全年执行数", "executed"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """What a row holds, in 元; `None` where a cell is not on the form."""

    budget: Decimal | None
    executed: Decimal | None

    @property
    def has_rate(self) -> bool:
        """Tell whether a rate can be found."""
        return self.budget is not None and self.executed is not None and self.budget > 0


def yuan_in(text: Printed, amount_unit: str) -> Decimal | None:
    """Return the amount printed in 元; the cell's own unit counts before the form's."""
    figure = figure_in(text)
    if figure is None or figure.unit in {"%", "分"}:
        return None
    return figure.value * _YUAN_PER[figure.unit or amount_unit]


def money_of(form: PrintedForm, row: FundLine) -> Money:
    """Return a row's budget and execution."""
    return Money(
        yuan_in(row.printed(row.budget_column), form.amount_unit),
        yuan_in(row.executed, form.amount_unit),
    )


def total_row_is_empty(form: PrintedForm) -> bool:
    """Tell whether the total row holds 0 or nothing while rows below it hold money."""
    at = form.total_fund_at
    if at is None:
        return False
    cells = [form.funds[at].printed(column) for column in FundColumn]
    shown = [text for text in cells if text is not None]
    if not shown or not all(_is_nothing(text, form.amount_unit) for text in shown):
        return False
    return any(
        (yuan_in(row.printed(column), form.amount_unit) or 0) > 0
        for row in form.funds
        if not row.is_total
        for column in FundColumn
    )


def _is_nothing(text: str, amount_unit: str) -> bool:
    return is_blank(text) or is_dash(text) or yuan_in(text, amount_unit) == 0


def check_funds(form: PrintedForm, notes: Notes) -> None:
    """Check sums and rates; an empty total row is said alone."""
    at = form.total_fund_at
    if total_row_is_empty(form):
        notes.find(_empty_total(form, at or 0))
        notes.skip(
            f"funds[{at}]",
            "合计行为空，由它得出的执行率、得分和总分不再核对",
            "the total row is empty, what derives from it is not checked",
            is_total=True,
        )
    elif at is not None:
        for column in FundColumn:
            _check_sum(form, at, column, notes)
    for place, row in enumerate(form.funds):
        if not (row.is_total and total_row_is_empty(form)):
            _check_row(form, place, row, notes)


def _empty_total(form: PrintedForm, at: int) -> FormFinding:
    row = form.funds[at]
    return FormFinding(
        FormCheckCode.TOTAL_ROW_EMPTY,
        Severity.ERROR,
        f"funds[{at}]",
        row.printed(row.budget_column),
        None,
        Words(
            "合计行为0或空白，但下面的来源行有金额；请按来源行填写合计行后再算执行率和得分。",
            "the total row is 0 or blank while rows below it hold money",
        ),
    )


def _check_sum(form: PrintedForm, at: int, column: FundColumn, notes: Notes) -> None:
    total = yuan_in(form.funds[at].printed(column), form.amount_unit)
    parts = [row for row in form.funds if not row.is_total]
    if total is None or not parts:
        return
    path = f"funds[{at}].{column.value}"
    if all(is_blank(row.printed(column)) for row in parts):
        notes.skip(path, "各来源行都没有填写", "no source row is filled in")
        return
    amounts = [_part_in(form, row, column) for row in parts]
    if any(amount is None for amount in amounts):
        if any(row.printed(column) is not None for row in parts):
            notes.skip(path, "有的来源行看不到这一栏", "a source row does not show this column")
        return
    known = [amount for amount in amounts if amount is not None]
    found = closest_sum(parts, known, total)
    if found == total:
        return
    if found < total and form.is_partial and not _shows_all(form, at, parts):
        notes.skip(path, "表不完整，可能缺来源行", "rows may be missing from this copy")
        return
    name = _COLUMNS[column]
    terms = " + ".join(number_text(amount / _YUAN_PER[form.amount_unit]) for amount in known)
    expected = number_text(found / _YUAN_PER[form.amount_unit])
    printed = form.funds[at].printed(column)
    notes.find(
        FormFinding(
            FormCheckCode.FUND_ROWS_DO_NOT_ADD_UP,
            Severity.ERROR,
            path,
            printed,
            expected,
            Words(
                f"{name[0]}：各来源 {terms} = {expected}，合计行印的是{printed}。",
                f"{name[1]}: sources {terms} = {expected}, the total row prints {printed}",
            ),
        )
    )


def _part_in(form: PrintedForm, row: FundLine, column: FundColumn) -> Decimal | None:
    """Return a source's amount; a blank or a dash is 0, as is a cell not shown of an empty row."""
    text = row.printed(column)
    if text is None:
        others = [row.printed(other) for other in FundColumn if other is not column]
        shown = [each for each in others if each is not None]
        empty = bool(shown) and all(_is_nothing(each, form.amount_unit) for each in shown)
        return Decimal(0) if empty else None
    if is_blank(text) or is_dash(text):
        return Decimal(0)
    return yuan_in(text, form.amount_unit)


def closest_sum(rows: Sequence[FundLine], amounts: Sequence[Decimal], total: Decimal) -> Decimal:
    """Return what the sources add to, read the way that agrees with `total` if one does.

    Forms print sources in three ways: a plain list; a list with rows of which some begin with 其中
    under another source; and the same money twice, by source and by kind of spending.
    """
    plain_sum = sum(amounts, Decimal(0))
    spending = [
        amount for row, amount in zip(rows, amounts, strict=True) if _BY_SPENDING.search(row.row)
    ]
    first_level = sum(_first_level(rows, amounts), Decimal(0))
    by_spending = sum(spending, Decimal(0))
    if total in (plain_sum, first_level) or not spending or len(spending) == len(amounts):
        return total if first_level == total else plain_sum
    by_source = plain_sum - by_spending
    if by_source == total:
        return by_spending
    return by_source


def _first_level(rows: Sequence[FundLine], amounts: Sequence[Decimal]) -> Iterator[Decimal]:
    """Yield the sources without the rows that break one of them down.

    A breakdown begins with 其中 under another source and goes on until it adds up to that source;
    where it never does, only the row that says 其中 is left out.
    """
    at = 0
    while at < len(rows):
        yield amounts[at]
        own, at = amounts[at], at + 1
        if at < len(rows) and rows[at].is_breakdown:
            ends = (
                end
                for end in range(at + 1, len(rows) + 1)
                if sum(amounts[at:end], Decimal(0)) == own
            )
            at = next(ends, at + 1)


def _shows_all(form: PrintedForm, at: int, parts: Sequence[FundLine]) -> bool:
    """Tell whether a copy in part shows the whole funds table all the same.

    It does where the last customary source (其他资金) is there, or another column adds up.
    """
    if len(parts) > 1 and _LAST_SOURCE.search(parts[-1].row):
        return True
    for column in FundColumn:
        total = yuan_in(form.funds[at].printed(column), form.amount_unit)
        amounts = [_part_in(form, row, column) for row in parts]
        known = [amount for amount in amounts if amount is not None]
        if total and len(known) == len(parts) > 1 and closest_sum(parts, known, total) == total:
            return True
    return False


def _check_row(form: PrintedForm, at: int, row: FundLine, notes: Notes) -> None:
    money = money_of(form, row)
    path = f"funds[{at}]"
    if money.budget is not None and money.executed is not None:
        _check_bounds(row, money, path, notes)
    if row.is_total:
        _check_blanks(row, path, notes)
    if money.has_rate and money.budget is not None and money.executed is not None:
        _check_rate(row, money.executed * 100 / money.budget, path, notes)
    elif row.is_total and row.rate is not None:
        notes.skip(f"{path}.rate", "没有预算数或执行数", "no budget or no execution printed")


def _check_bounds(row: FundLine, money: Money, path: str, notes: Notes) -> None:
    budget, executed = money.budget or Decimal(0), money.executed or Decimal(0)
    printed = row.printed(row.budget_column)
    if executed > budget:
        notes.find(
            FormFinding(
                FormCheckCode.RATE_ABOVE_100,
                Severity.WARNING,
                f"{path}.executed",
                row.executed,
                f"≤ {printed}",
                Words(
                    f"执行数{row.executed}超过预算数{printed}，执行率超过100%；请核对预算是否已调整。",
                    f"executed {row.executed} exceeds the budget {printed}",
                ),
            )
        )
    if row.is_total and executed == 0 and budget > 0:
        notes.find(
            FormFinding(
                FormCheckCode.NOTHING_EXECUTED,
                Severity.NOTICE,
                f"{path}.executed",
                row.executed,
                None,
                Words(
                    f"预算数{printed}，全年没有执行；请说明原因。",
                    f"budget {printed}, nothing executed",
                ),
            )
        )


def _check_blanks(row: FundLine, path: str, notes: Notes) -> None:
    for name, chinese in (("rate", "执行率"), ("score", "得分")):
        text: Printed = getattr(row, name)
        if is_blank(text):
            notes.find(
                FormFinding(
                    FormCheckCode.MISSING_VALUE,
                    Severity.ERROR,
                    f"{path}.{name}",
                    "",
                    None,
                    Words(f"合计行的{chinese}没有填写。", f"{name} of the total row is blank"),
                )
            )


def _check_rate(row: FundLine, rate: Decimal, path: str, notes: Notes) -> None:
    """Check a printed rate; without a percent sign it may be a share of 1 or of 100."""
    printed = figure_in(row.rate)
    if printed is None:
        if row.rate is None and row.is_total:
            notes.skip(f"{path}.rate", "未印执行率", "no rate printed")
        elif row.rate is not None and not is_blank(row.rate):
            notes.skip(f"{path}.rate", "执行率不是数字", "the rate is no number")
        return
    expected, rounding = _reading(printed, rate)
    if printed.value == expected:
        return
    is_share = expected == round_half_up(rate / 100, printed.places) and printed.unit != "%"
    shown = round_half_up(rate, max(_RATE_PLACES, printed.places))
    wanted = str(expected) if is_share else f"{expected if rounding else shown}%"
    budget = row.printed(row.budget_column)
    notes.find(
        FormFinding(
            FormCheckCode.EXECUTION_RATE_MISMATCH,
            Severity.WARNING if rounding else Severity.ERROR,
            f"{path}.rate",
            row.rate,
            wanted,
            Words(
                f"{row.executed} ÷ {budget} = {wanted}，印的是{row.rate}"
                f"{'，只差末位，可能是舍入' if rounding else ''}。",
                f"{row.executed} / {budget} = {wanted}, printed {row.rate}",
            ),
        )
    )


def _reading(printed: Figure, rate: Decimal) -> tuple[Decimal, bool]:
    """Return the figure a rate of `rate` % is printed as, and whether one last digit is all.

    Without a percent sign the printed figure is read the way that comes nearer: of 100, or of 1.
    """
    of_hundred = round_half_up(rate, printed.places)
    expected = of_hundred
    if printed.unit != "%":
        of_one = round_half_up(rate / 100, printed.places)
        if abs(printed.value - of_one) * 100 < abs(printed.value - of_hundred):
            expected = of_one
    return expected, abs(printed.value - expected) == printed.step
