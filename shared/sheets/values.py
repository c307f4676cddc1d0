"""Turn the text of a cell into a value, exactly, or say in plain Chinese why it cannot be.

Parsers take a text already folded (`fold`): full-width forms narrowed, blanks trimmed. They never
use binary floating point. A `Rejected` value is a problem, not an exception: a table collects all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from shared.money import NotMoneyError, parse_decimal, to_yuan
from shared.sheets.layout import Column, Unit
from shared.sheets.model import FAULT, NUMBER, TEXT, UNCALCULATED, Severity

UNITS: Final[dict[str, Decimal]] = {
    "元": Decimal(1),
    "百元": Decimal(100),
    "千元": Decimal(1_000),
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
}
NOTHING: Final = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "空"})
_MONEY: Final = re.compile(r"^[¥￥]?(?P<number>.*?)(?P<unit>亿元?|万元?|千元|百元|元)?整?$")
_BRACKETED: Final = re.compile(r"^\((?P<number>[^()]+)\)$")
_SERIAL_DAY_0: Final = date(1899, 12, 30)
_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119: what a work sheet can mean
_DAY: Final = re.compile(
    r"^(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?$"
)
_COMPACT_DAY: Final = re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$")
_SAFE_DIGITS: Final = 15  # more digits than a number cell can hold
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a cell gives no value, or (a warning) why its `value` should be looked at."""

    code: str
    message: str
    severity: Severity = "error"
    value: object = None


def fold(text: str) -> str:
    """Narrow full-width letters, digits and signs; trim and drop invisible characters."""
    if text.isascii():  # most numbers and codes: nothing to narrow
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\u200b", "").strip()


def squeeze(text: str) -> str:
    """`fold` and take out every blank and line break: for comparing labels and titles."""
    return "".join(fold(text).split())


def _text(text: str) -> object:
    return text.replace("\r\n", "\n").replace("\u200b", "").strip(" \t\n\r\u3000\xa0") or None


def _money(text: str, factor: Decimal, *, exact: bool) -> object:
    plain = _BLANKS.sub("", fold(text))
    if plain in NOTHING:
        return None
    found = _MONEY.match(plain)
    number, unit = (found["number"], found["unit"]) if found else (plain, None)
    bracketed = _BRACKETED.match(number)
    if bracketed:  # accountants write a negative amount in brackets
        number = "-" + bracketed["number"]
    if unit:
        factor = UNITS[unit if unit.endswith("元") else unit + "元"]
    try:
        amount = parse_decimal(number) * factor
        value = to_yuan(amount)
        parse_decimal(str(value))
    except NotMoneyError:
        return Rejected("not_money", f"“{text[:20]}”不是金额，请只填数字，例如 12.50。")
    if exact and value != amount:
        message = f"“{text[:20]}”精确到分后为 {value} 元，请核对。"
        return Rejected("money_rounded", message, "warning", value)
    return value


def money_parser(unit: Unit) -> Callable[[str, str], object]:
    """Return the parser of amounts whose cells name no unit of their own."""
    factor = UNITS[unit]

    def parse(text: str, kind: str) -> object:
        if kind == NUMBER and text:
            try:
                return to_yuan(parse_decimal(text) * factor)
            except NotMoneyError:
                return Rejected("not_money", f"“{text[:20]}”不是可以保存的金额，请核对。")
        return _money(text, factor, exact=True)

    return parse


def _integer(text: str, _kind: str) -> object:
    plain = squeeze(text)
    if plain in NOTHING:
        return None
    try:
        value = parse_decimal(plain)
    except NotMoneyError:
        return Rejected("not_integer", f"“{text[:20]}”不是整数，请只填数字。")
    if value != value.to_integral_value():
        return Rejected("not_integer", f"“{text[:20]}”不是整数，请去掉小数。")
    return int(value)


def _percent(text: str, kind: str, *, knows_formats: bool) -> object:
    plain = squeeze(text)
    if plain in NOTHING:
        return None
    signed = plain.endswith("%")
    try:
        value = parse_decimal(plain.removesuffix("%"))
    except NotMoneyError:
        return Rejected("not_percent", f"“{text[:20]}”不是百分数，请填写如 98% 或 98。")
    fraction = 0 < abs(value) < 1 or (abs(value) == 1 and kind == NUMBER and not knows_formats)
    if not signed and fraction:
        message = f"“{text[:20]}”按 {value}% 读取；若指 {(value * 100).normalize():f}%，请改写。"
        return Rejected("percent_scale", message, "warning", value)
    return value


def _day(text: str, kind: str) -> object:
    plain = fold(text)
    tight = plain if "T" in plain or ":" in plain else _BLANKS.sub("", plain)
    if tight in NOTHING:
        return None
    found = _COMPACT_DAY.match(tight) or _DAY.match(tight)
    if found:
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            return Rejected("no_such_day", f"日期“{text[:20]}”不存在，请核对。")
    if kind in {NUMBER, TEXT} and tight.isascii() and tight.isdigit() and int(tight) in _SERIALS:
        return _SERIAL_DAY_0 + timedelta(days=int(tight))
    return Rejected("not_a_date", f"“{text[:20]}”不是完整日期，请填写如 2023-03-01。")


def _code(text: str, kind: str) -> object:
    plain = squeeze(text).upper()
    if kind == NUMBER and len(plain.lstrip("-").split(".")[0]) > _SAFE_DIGITS:
        message = (
            f"代码“{plain[:24]}”被当作数字保存，第 {_SAFE_DIGITS} 位以后可能已变；"
            "请把单元格设为文本格式后重新填写。"
        )
        return Rejected("code_as_number", message)
    return plain or None


def _choice_parser(column: Column) -> Callable[[str, str], object]:
    choices = {squeeze(label).upper(): value for label, value in column.choices.items()}
    offered = "、".join(primary_labels(column))

    def parse(text: str, _kind: str) -> object:
        plain = squeeze(text).upper()
        if not plain:
            return None
        if plain in choices:
            return choices[plain]
        return Rejected("unknown_choice", f"“{text[:20]}”不在可选范围内，请填写：{offered}。")

    return parse


def primary_labels(column: Column) -> tuple[str, ...]:
    """Return the first label of each choice."""
    first: dict[object, str] = {}
    for label, value in column.choices.items():
        first.setdefault(value, label)
    return tuple(first.values())


def parser_for(column: Column, unit: Unit, *, knows_formats: bool) -> Callable[[str, str], object]:
    """Return the function (text, kind) → value, `None` or `Rejected` for cells of `column`.

    Without `knows_formats` a number 1 may be 100% and is questioned.
    """
    inner: dict[str, Callable[[str, str], object]] = {
        "money": money_parser(unit),
        "integer": _integer,
        "percent": partial(_percent, knows_formats=knows_formats),
        "date": _day,
        "code": _code,
        "choice": _choice_parser(column),
        "text": lambda text, _kind: _text(text),
    }
    parse = inner[column.kind]

    def guarded(text: str, kind: str) -> object:
        if kind == FAULT:
            return Rejected("cell_fault", "单元格是错误值（如 #DIV/0!），请改正公式或直接填值。")
        if kind == UNCALCULATED:
            message = "公式没有计算结果；请用 Excel 或 WPS 打开文件，保存后重新上传，或直接填值。"
            return Rejected("not_calculated", message)
        return parse(text, kind)

    return guarded
