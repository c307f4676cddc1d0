"""What a cell shows: its value through its number format, as a person reads it on paper.

0.8619 under `0.00%` is `86.19%`, 3144 under `0.00` is `3144.00`. Rounding is half-up on the
shortest decimal text of the number, as Excel and WPS do. Colours, conditions and fill signs show
nothing; fractions and exponents are shown as plain numbers.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_GENERAL: Final = frozenset({"", "GENERAL", "@", "常规"})
_GENERAL_WIDTH: Final = 11  # signs a plain number takes at most, the point among them
_SHORT_DATE: Final = frozenset({"mm-dd-yy", "m/d/yy", "m/d/yyyy"})
"""The built-in short date, shown in the order of the reader's country."""
_PART: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|E[+-]0+|.', re.IGNORECASE | re.DOTALL)
_DATE_PART: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|y+|m+|d+|h+|s+|AM/PM|.', re.IGNORECASE)
_CURRENCY: Final = re.compile(r"\[\$([^-\]]*)")
_DIGITS: Final = "0#?"
Value = str | bool | int | float | Decimal | date | time | timedelta


def printed(value: Value | None, code: str) -> str:
    """Return `value` as shown under the number format `code`; an empty cell shows nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        return _number(Decimal(repr(value) if isinstance(value, float) else value), code)
    if isinstance(value, date):
        return _date(value, code)
    return str(value)


def _number(value: Decimal, code: str) -> str:
    section = _section(value, code)
    parts = _PART.findall(section)
    if section.strip().upper() in _GENERAL or any(
        part == "/" or part[:1] in "Ee" for part in parts
    ):
        return _general(value)
    if not any(part in _DIGITS for part in parts):
        return _literals(parts)
    has_own_sign = code.count(";") > 0 and value < 0
    return ("-" if value < 0 and not has_own_sign else "") + _filled(abs(value), parts)


def _section(value: Decimal, code: str) -> str:
    """Return the part of the format for this sign: positive; negative; zero."""
    sections = [""]
    for part in _PART.findall(code):
        if part == ";":
            sections.append("")
        else:
            sections[-1] += part
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:  # noqa: PLR2004 (positive; negative; zero)
        return sections[2]
    return sections[0]


def _general(value: Decimal) -> str:
    text = f"{value:f}"
    whole, _, decimals = text.partition(".")
    if decimals and len(text) > _GENERAL_WIDTH:
        most = max(_GENERAL_WIDTH - len(whole) - 1, 0)
        text = f"{value.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _filled(value: Decimal, parts: list[str]) -> str:
    places = [at for at, part in enumerate(parts) if part in _DIGITS]
    first, last = places[0], places[-1]
    point = parts.index(".", first) if "." in parts[first : last + 1] else last + 1
    if point == last + 1 and "." in parts[:first]:  # `.00`
        first = point = parts.index(".")
    percents = parts.count("%")
    thousands = 0
    while parts[last + 1 + thousands : last + 2 + thousands] == [","]:
        thousands += 1
    value = value * 100**percents / Decimal(1000) ** thousands
    whole = [part for part in parts[first:point] if part in _DIGITS]
    decimals = [part for part in parts[point : last + 1] if part in _DIGITS]
    text = f"{value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP):f}"
    left, _, right = text.partition(".")
    while right and decimals[len(right) - 1] == "#" and right.endswith("0"):
        right = right[:-1]
    left = left.lstrip("0").rjust(whole.count("0"), "0")
    if "," in parts[first:point]:
        left = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", left)
    number = f"{left}.{right}" if right else left
    return _literals(parts[:first]) + number + _literals(parts[last + 1 + thousands :])


def _literals(parts: list[str]) -> str:
    return "".join(map(_literal, parts))


def _literal(part: str) -> str:
    if part.startswith('"'):
        return part[1:-1]
    if part.startswith("\\"):
        return part[1:]
    if part.startswith("["):
        currency = _CURRENCY.match(part)
        return currency[1] if currency else ""
    return "" if part[:1] in "_*?" else part


def _date(value: date, code: str) -> str:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    code = "yyyy/m/d" if code.lower() in _SHORT_DATE else code.partition(";")[0]
    parts = [part for part in _DATE_PART.findall(code) if not part.startswith("[")]
    if not any(part[0] in "yYdD" for part in parts):
        return moment.date().isoformat()
    shown, after_hour = "", False
    for part in parts:
        letter = part[0].lower()
        shown += _date_part(moment, part.lower(), after_hour=after_hour)
        if letter in "hymd":
            after_hour = letter == "h"
    return shown.strip()


def _date_part(moment: datetime, part: str, *, after_hour: bool) -> str:
    number = {
        "y": moment.year if len(part) > 2 else moment.year % 100,  # noqa: PLR2004 (yy, yyyy)
        "m": moment.minute if after_hour else moment.month,
        "d": moment.day,
        "h": moment.hour,
        "s": moment.second,
    }.get(part[0])
    if number is None or part == "am/pm":
        return "" if part == "am/pm" else _literal(part)
    return f"{number:02d}" if len(part) == 2 else str(number)  # noqa: PLR2004 (mm, dd)
