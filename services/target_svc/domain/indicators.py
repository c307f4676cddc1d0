"""One indicator and the rules for a set of them (SL21-1.1, SL21-5.1, SL21-5.2, HC13.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from shared.errors import FieldProblem
from shared.money import NotMoneyError, parse_decimal, sum_yuan
from shared.policy.model import TargetPolicy
from shared.terms.vocabulary import Operator

_CERTAIN_DIGITS = 15  # no whole number so short is too large to be stored

SYMBOLS = {
    Operator.AT_LEAST: "≥",
    Operator.MORE_THAN: ">",
    Operator.EQUAL: "=",
    Operator.AT_MOST: "≤",
    Operator.LESS_THAN: "<",
    Operator.QUALITATIVE: "定性",
}


class Indicator(NamedTuple):
    """One row of the target form; `weight` in points of the target's full marks.

    A tuple, since an import makes a hundred thousand of them.
    """

    level1: str
    level2: str
    name: str
    operator: Operator
    value: str
    unit: str
    weight: Decimal
    history_value: str = ""
    definition: str = ""
    basis_source: str = ""
    library_code: str = ""


def expected_weight(policy: TargetPolicy) -> Decimal:
    """Return what all indicator weights must add up to: full marks less the execution weight."""
    return policy.total_weight - policy.execution_weight


def check_indicators(policy: TargetPolicy, rows: Sequence[Indicator]) -> list[FieldProblem]:
    """Return every reason the set cannot be submitted, each beside its field; empty when it can."""
    groups = {level.code: frozenset(dict(level.level2)) for level in policy.levels}
    problems = [
        FieldProblem(f"indicators.{position}.{field}", code, message)
        for position, row in enumerate(rows)
        for field, code, message in _row_problems(groups, row)
    ]
    problems += _check_groups(policy, rows)
    problems += _check_duplicates(rows)
    total, expected = sum_yuan(row.weight for row in rows), expected_weight(policy)
    if rows and total != expected:
        problems.append(
            FieldProblem(
                "indicators",
                "weights_do_not_add_up",
                f"各指标权重合计为 {total}，应为 {expected}"
                f"（满分 {policy.total_weight}，预算执行占 {policy.execution_weight}）；请调整。",
            )
        )
    return problems


def _row_problems(
    groups: Mapping[str, frozenset[str]], row: Indicator
) -> Iterator[tuple[str, str, str]]:
    """Yield (field, code, message) of each; `groups` holds the level-2 codes of each level 1."""
    if row.level1 not in groups:
        yield "level1", "unknown_level1", "请选择一级指标。"
    elif row.level2 not in groups[row.level1]:
        yield "level2", "unknown_level2", "二级指标不属于所选的一级指标，请重新选择。"
    if not row.name.strip():
        yield "name", "missing", "请填写三级指标名称。"
    quantitative = row.operator is not Operator.QUALITATIVE
    if not row.value.strip():
        yield "value", "missing", "请填写指标值。"
    elif quantitative and not is_number(row.value):
        message = "定量指标的指标值须为数字；不能量化的请选「定性」。"
        yield "value", "not_a_number", message
    if quantitative and not row.unit.strip():
        yield "unit", "missing", "请填写计量单位，例如：人次、%、公里。"
    if row.weight <= 0:
        yield "weight", "not_positive", "权重须大于 0。"


def _check_groups(policy: TargetPolicy, rows: Sequence[Indicator]) -> list[FieldProblem]:
    present1 = {row.level1 for row in rows}
    present2 = {row.level2 for row in rows}
    missing = [
        level.title for level in policy.levels if level.required and level.code not in present1
    ]
    absent = [code for code in policy.required_level2 if code not in present2]
    if not missing and not absent:
        return []
    titles = {code: title for level in policy.levels for code, title in level.level2}
    missing += [titles.get(code, code) for code in absent]
    message = f"还缺少：{'、'.join(missing)}；请至少各填一条。"
    return [FieldProblem("indicators", "missing_group", message)]


def _check_duplicates(rows: Sequence[Indicator]) -> list[FieldProblem]:
    names = [(row.level2, row.name.strip()) for row in rows]
    if len(set(names)) == len(names):
        return []
    repeated = {key for key, count in Counter(names).items() if count > 1 and key[1]}
    return [
        FieldProblem(
            f"indicators.{position}.name", "duplicate", "同一二级指标下有同名指标，请合并或改名。"
        )
        for position, key in enumerate(names)
        if key in repeated
    ]


def is_number(text: str) -> bool:
    """Tell whether an indicator value is a plain number, a percent sign allowed."""
    if text.isdecimal() and len(text) <= _CERTAIN_DIGITS:
        return True  # most values; the closer look costs more than everything else about a row
    try:
        parse_decimal(text.strip().rstrip("%％"))
    except NotMoneyError:
        return False
    return True


def number_of(text: str) -> Decimal:
    """Return the number of a quantitative value (`95%` → 95); raise `NotMoneyError` if none."""
    return parse_decimal(text.strip().rstrip("%％"))
