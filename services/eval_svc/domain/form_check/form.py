"""A form as it is printed: every figure a text, `None` where the copy does not show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.eval_svc.domain.form_check.printed import Figure, figure_in, is_blank

Printed = str | None
"""A printed text; `""` is a place printed blank, `None` one that is not on this copy."""


class FormKind(StrEnum):
    """The forms the check knows."""

    PROJECT = "project_self_evaluation"
    DEPARTMENT = "department_self_evaluation"
    TRANSFER = "transfer_self_evaluation"


class FundColumn(StrEnum):
    """The money columns of the funds table."""

    INITIAL = "budget_initial"
    ADJUSTED = "budget_adjusted"
    EXECUTED = "executed"


_TOTAL_ROW = re.compile(
    r"(?:total|.*(?:资金总额|预算总额|支出总额)|.*合计|.*总计|总额|总金额)(?:[(（].*)?[:：]?"
)
_BREAKDOWN = re.compile(r"\s*[(（]?\s*其\s*中")
_EXECUTION = re.compile("预算执行|执行率|资金执行|预算资金执行")


@dataclass(frozen=True, slots=True)
class FundLine:
    """A row of the funds table; `row` is a code or the row's name as printed."""

    row: str
    budget_initial: Printed = None
    budget_adjusted: Printed = None
    executed: Printed = None
    weight: Printed = None
    rate: Printed = None
    score: Printed = None

    @property
    def is_total(self) -> bool:
        """Tell whether this is the row of the whole year's money."""
        return _TOTAL_ROW.fullmatch("".join(self.row.split())) is not None

    @property
    def is_breakdown(self) -> bool:
        """Tell whether the row's name begins with 其中."""
        return _BREAKDOWN.match(self.row) is not None

    def printed(self, column: FundColumn) -> Printed:
        """Return the text in a money column."""
        text: Printed = getattr(self, column.value)
        return text

    @property
    def budget_column(self) -> FundColumn:
        """The column the rate is against: 全年预算数, or 年初预算数 where only that is printed."""
        return (
            FundColumn.INITIAL if figure_in(self.budget_adjusted) is None else FundColumn.ADJUSTED
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A level-1 heading with the points printed beside it."""

    level1: str
    weight: Printed = None
    score: Printed = None


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """A row of the indicator table."""

    level1: str
    level2: str
    level3: str
    target: Printed = None
    actual: Printed = None
    weight: Printed = None
    score: Printed = None
    reason: Printed = None

    @property
    def counts(self) -> bool:
        """Tell whether the row is an indicator; one without weight and score is a breakdown."""
        return not (_is_absent(self.weight) and _is_absent(self.score))

    @property
    def points(self) -> Figure | None:
        """The weight printed."""
        return figure_in(self.weight)

    @property
    def is_execution(self) -> bool:
        """Tell whether the row repeats the execution rate of the funds table as an indicator."""
        return is_execution_heading(self.level1)


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """A whole form. `execution_rule`, `indicator_rule`: `unknown`, `proportional` or a scheme."""

    kind: FormKind
    unit_name: str = ""
    project_name: str = ""
    fiscal_year: int | None = None
    amount_unit: str = "万元"
    is_partial: bool = False
    scheme: str | None = None
    execution_rule: str = "unknown"
    indicator_rule: str = "unknown"
    funds: tuple[FundLine, ...] = ()
    sections: tuple[Section, ...] = ()
    indicators: tuple[IndicatorLine, ...] = ()
    total_weight: Printed = None
    total_score: Printed = None
    grade: Printed = None

    @property
    def total_fund_at(self) -> int | None:
        """The place of the total row of the funds table, or `None` where there is none."""
        return next((at for at, row in enumerate(self.funds) if row.is_total), None)


def is_execution_heading(name: str) -> bool:
    """Tell whether a level-1 name means budget execution, not an indicator."""
    return _EXECUTION.search(name) is not None


def _is_absent(text: Printed) -> bool:
    return text is None or is_blank(text)
