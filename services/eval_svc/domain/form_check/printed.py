"""Reads figures exactly as forms print them: full-width digits, operators, units, words.

Two kinds of figure stand on a form. A *figure* is a bare number of the form itself (an amount, a
weight, a score, a rate), at most with its unit. A *quantity* is an indicator's target or actual
value: free text with one number in it. A text that holds a date, a range or several numbers is no
quantity, and is never compared as one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from services.eval_svc.domain.form_check.units import Unit, unit_of
from shared.terms.vocabulary import Operator

_LONGEST_TEXT = 200
_LARGEST_DIGITS = 24
_KEPT = 16_384
_NUMBER = r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER_ANYWHERE = re.compile(_NUMBER)
_FIGURE = re.compile(rf"(?P<number>{_NUMBER}|[-−]?\.\d+)(?P<unit>亿元|万元|元|分|%|百分比)?")
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}|\d{4}年|\d{1,2}月(?:份|底|末|初|中旬|上旬|下旬|\d{1,2}[日号]|$|前|之前)"
    r"|\d{1,2}月\d{1,2}"
)
_ORDINAL = re.compile(r"第[-−]?\d")
_DASHES = frozenset({"-", "--", "—", "——", "/", "\\", "无", "−"})
_SIGNS = {
    "≥": Operator.AT_LEAST,
    ">": Operator.MORE_THAN,
    "≤": Operator.AT_MOST,
    "<": Operator.LESS_THAN,
    "=": Operator.EQUAL,
}
_SPELLED = (
    (">=", "≥"), ("=>", "≥"), ("≧", "≥"), ("⩾", "≥"), ("<=", "≤"), ("=<", "≤"), ("≦", "≤"),
    ("⩽", "≤"), ("═", "="), ("﹦", "="), ("〉", ">"), ("〈", "<"), ("﹥", ">"), ("﹤", "<"),
    ("km²", "平方公里"), ("km2", "平方公里"), ("hm2", "公顷"),
    ("㎡", "平方米"), ("m²", "平方米"), ("m2", "平方米"), ("㎥", "立方米"), ("m³", "立方米"),
    ("m3", "立方米"),
)  # fmt: skip
_WORDS = (
    (re.compile("不低于|不少于|不小于|大于等于|大于或等于|至少|达到|及以上|以上"), "≥"),
    (
        re.compile(
            "不超过|不高于|不大于|不多于|不突破|小于等于|小于或等于|控制在|以内|及以下|以下|之内|内$"
        ),
        "≤",
    ),
    (re.compile("大于|高于|多于|超过"), ">"),
    (re.compile("小于|低于|少于"), "<"),
)
_PER_HUNDRED = re.compile(rf"百分之({_NUMBER})")
_SPOKEN = re.compile(
    "百分之([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)(?:点([零一二三四五六七八九]+))?"
    "(?![零一二三四五六七八九十百千])"
)
_WHOLE = re.compile("百分之一?百(?![零一二三四五六七八九十])")
_SPOKEN_DIGITS = str.maketrans("零一二三四五六七八九", "0123456789")
_ABOUT = re.compile("(?<![节合契])(?:约|大概|近)(?=\\d)|(?:左右|上下)$|(?<=\\d)(?:余|多|几)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the form itself: its value, how many decimals are printed, its printed unit."""

    value: Decimal
    places: int
    unit: str = ""

    @property
    def step(self) -> Decimal:
        """One unit of the last printed decimal."""
        return Decimal(1).scaleb(-self.places)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An indicator's value in its unit's base (`1.2万亩` is 12000 亩); `operator` if printed.

    `is_about` tells that the text itself says it is no exact figure (`约100人`, `100余人`).
    """

    value: Decimal
    unit: Unit
    operator: Operator | None = None
    is_about: bool = False


def is_blank(text: str | None) -> bool:
    """Tell whether the form prints the place, and prints nothing there (`""`)."""
    return text is not None and not text.strip()


def is_dash(text: str) -> bool:
    """Tell whether a dash, a stroke or 无 stands where a figure could."""
    return text.strip() in _DASHES


def plain(text: str) -> str:
    """Return `text` with full-width signs, spelled operators and blanks made one."""
    made = text
    for spelled, sign in _SPELLED:
        made = made.replace(spelled, sign)
    made = unicodedata.normalize("NFKC", made)
    for spelled, sign in _SPELLED:
        made = made.replace(spelled, sign)
    made = _SPOKEN.sub(_spoken, _WHOLE.sub("100%", _PER_HUNDRED.sub(r"\1%", made)))
    return re.sub(r"(?<=\d)\s+(?=\d{3}(?!\d))|(?<!\d)\s+|\s+(?!\d)", "", made)


def _spoken(found: re.Match[str]) -> str:
    """Return `百分之九十五点五` as `95.5%`."""
    tens, ten, units, decimals = found.groups()
    if not (tens or ten or units) or (tens and units and not ten):
        return found[0]
    whole = f"{tens or '1'}{units or '0'}" if ten else tens or units
    return f"{whole}{'.' + decimals if decimals else ''}%".translate(_SPOKEN_DIGITS)


def figure_in(text: str | None) -> Figure | None:
    """Return the figure printed, or `None` for a blank, a word, or what is not on the form."""
    return None if text is None or len(text) > _LONGEST_TEXT else _figure(text)


@lru_cache(maxsize=_KEPT)
def _figure(text: str) -> Figure | None:
    found = _FIGURE.fullmatch(plain(text).replace("(", "").replace(")", ""))
    if found is None:
        return None
    number = _decimal(found["number"])
    if number is None:
        return None
    places = len(found["number"].partition(".")[2])
    return Figure(number, places, (found["unit"] or "").replace("百分比", "%"))


def quantity_in(text: str | None) -> Quantity | None:
    """Return the one quantity in an indicator's value, or `None` for words, dates, ranges."""
    return None if text is None or len(text) > _LONGEST_TEXT else _quantity(text)


@lru_cache(maxsize=_KEPT)
def _quantity(text: str) -> Quantity | None:
    made = plain(text)
    numbers = _NUMBER_ANYWHERE.findall(made)
    if len(numbers) != 1 or _DATE.search(made) or _ORDINAL.search(made):
        return None
    before, _, after = made.partition(numbers[0])
    number = _decimal(numbers[0])
    if number is None or (before[-1:].isascii() and before[-1:].isalnum()):
        return None
    multiplier, unit = unit_of(after.lstrip("余多几"))
    is_about = _ABOUT.search(made) is not None
    return Quantity(number * multiplier, unit, _operator_in(before, after), is_about)


def _operator_in(before: str, after: str) -> Operator | None:
    """Return the operator a sign or a word gives; the sign before the number counts first."""
    for text in (before, after):
        for sign in text:
            if sign in _SIGNS:
                return _SIGNS[sign]
        for words, sign in _WORDS:
            if words.search(text):
                return _SIGNS[sign]
    return None


def _decimal(number: str) -> Decimal | None:
    digits = number.replace(",", "").replace("−", "-")
    return Decimal(digits) if len(digits) <= _LARGEST_DIGITS else None
