"""Reads the check's JSON document into a form, or says by place what is wrong with it.

Unknown members are passed over: a caller may keep its own notes in the document. Figures must be
texts exactly as printed, or `null`; a number would already be somebody's reading of the form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.eval_svc.domain.form_check.form import (
    FormKind,
    FundLine,
    IndicatorLine,
    PrintedForm,
    Section,
)
from shared.errors import FieldProblem, InvalidInputError

MOST_INDICATORS = 2_000
MOST_ROWS = 200
LONGEST_TEXT = 4_000
_UNREADABLE = re.compile("[\ud800-\udfff]")
_YEARS = range(1990, 2200)
_UNITS = ("元", "万元")
_FUND = ("budget_initial", "budget_adjusted", "executed", "weight", "rate", "score")
_SECTION = ("weight", "score")
_NAMES = ("level1", "level2", "level3")
_INDICATOR = ("target", "actual", "weight", "score", "reason")


class UnreadableFormError(InvalidInputError):
    """A document that says something a form cannot say; nothing was checked."""

    sentence = "这张表有 {count} 处读不出，没有核对；请按提示改正后重新提交。"


class _Reader:
    """Takes members out of the document and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def wrong(self, path: str, code: str, message: str) -> None:
        self.problems.append(FieldProblem(path, code, message))

    def text(self, given: Mapping[str, Any], name: str, path: str) -> str | None:
        value = given.get(name)
        place = f"{path}{name}"
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(place, "not_text", "须是表上印的原样文字（字符串）；表上没有的填 null。")
        elif len(value) > LONGEST_TEXT:
            self.wrong(place, "too_long", f"最多{LONGEST_TEXT}个字。")
        elif (not value.isascii() and _UNREADABLE.search(value)) or "\x00" in value:
            self.wrong(place, "not_text", "含有无法识别的字符，请核对编码（UTF-8）。")
        else:
            return value
        return None

    def choice(
        self, given: Mapping[str, Any], name: str, usual: str, known: tuple[str, ...]
    ) -> str:
        value = self.text(given, name, "")
        if value is None:
            return usual
        if value in known:
            return value
        self.wrong(name, "unknown", f"只能是：{'、'.join(known)}。")
        return usual

    def rows(self, given: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
        value = given.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, "not_list", "须是列表。")
            return []
        if len(value) > most:
            self.wrong(name, "too_many", f"最多{most}行，这里有{len(value)}行；请分开核对。")
            return []
        for at, each in enumerate(value):
            if not isinstance(each, dict):
                self.wrong(f"{name}[{at}]", "not_object", "每一行须是一个对象。")
        return [each for each in value if isinstance(each, dict)]

    def texts(
        self, given: Mapping[str, Any], names: tuple[str, ...], path: str
    ) -> dict[str, str | None]:
        return {name: self.text(given, name, path) for name in names}


def form_from(document: object, schemes: frozenset[str] = frozenset()) -> PrintedForm:
    """Return the form a JSON document describes; `schemes` are the scoring schemes known.

    Raises `UnreadableFormError` with every problem found.
    """
    if not isinstance(document, dict):
        raise UnreadableFormError([FieldProblem("", "not_object", "须是一个 JSON 对象。")])
    reader = _Reader()
    if document.get("form") is None:
        reader.wrong("form", "required", "须写明是哪种表。")
    form = PrintedForm(
        kind=FormKind(reader.choice(document, "form", FormKind.PROJECT, tuple(FormKind))),
        is_partial=_flag(reader, document, "partial"),
        fiscal_year=_year(reader, document),
        unit_name=reader.text(document, "unit_name", "") or "",
        project_name=reader.text(document, "project_name", "") or "",
        amount_unit=reader.choice(document, "amount_unit", "万元", _UNITS),
        scheme=_scheme(reader, document, schemes),
        execution_rule=_rule(reader, document, "execution_rule", schemes),
        indicator_rule=_rule(reader, document, "indicator_rule", schemes),
        funds=_funds(reader, document),
        sections=_sections(reader, document),
        indicators=_indicators(reader, document),
        total_weight=reader.text(document, "total_weight", ""),
        total_score=reader.text(document, "total_score", ""),
        grade=reader.text(document, "grade", ""),
    )
    if reader.problems:
        raise UnreadableFormError(reader.problems)
    return form


def _flag(reader: _Reader, document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    reader.wrong(name, "not_boolean", "只能是 true 或 false。")
    return False


def _year(reader: _Reader, document: Mapping[str, Any]) -> int | None:
    value = document.get("fiscal_year")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in _YEARS:
        reader.wrong("fiscal_year", "not_year", "须是四位年度，例如 2022。")
        return None
    return value


def _scheme(reader: _Reader, document: Mapping[str, Any], schemes: frozenset[str]) -> str | None:
    value = reader.text(document, "scheme", "")
    if value is None or value in schemes:
        return value
    reader.wrong(
        "scheme", "unknown", "没有这个评分方案；请填已公布方案的代码，或填 null 按表内分值核对。"
    )
    return None


def _rule(reader: _Reader, document: Mapping[str, Any], name: str, schemes: frozenset[str]) -> str:
    known = ("unknown", "proportional", *sorted(schemes))
    return reader.choice(document, name, "unknown", known)


def _funds(reader: _Reader, document: Mapping[str, Any]) -> tuple[FundLine, ...]:
    made = []
    for at, row in enumerate(reader.rows(document, "funds", MOST_ROWS)):
        path = f"funds[{at}]."
        name = reader.text(row, "row", path)
        if not (name or "").strip():
            reader.wrong(f"{path}row", "required", "须写明是哪一行：total 或表上印的行名。")
        made.append(FundLine(row=name or "", **reader.texts(row, _FUND, path)))
    return tuple(made)


def _sections(reader: _Reader, document: Mapping[str, Any]) -> tuple[Section, ...]:
    return tuple(
        Section(
            level1=reader.text(row, "level1", f"sections[{at}].") or "",
            **reader.texts(row, _SECTION, f"sections[{at}]."),
        )
        for at, row in enumerate(reader.rows(document, "sections", MOST_ROWS))
    )


def _indicators(reader: _Reader, document: Mapping[str, Any]) -> tuple[IndicatorLine, ...]:
    made = []
    for at, row in enumerate(reader.rows(document, "indicators", MOST_INDICATORS)):
        path = f"indicators[{at}]."
        level1, level2, level3 = (reader.text(row, name, path) or "" for name in _NAMES)
        made.append(IndicatorLine(level1, level2, level3, **reader.texts(row, _INDICATOR, path)))
    return tuple(made)
