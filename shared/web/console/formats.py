"""How figures, dates and amounts look to a Chinese reader; registered as Jinja filters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from shared.clock import LOCAL_ZONE
from shared.money import YUAN_PER_YI, round_half_up, wan_from_yuan
from shared.web.console.views import Due

NOTHING = "—"


def number(value: Decimal | float | None, places: int | None = None) -> str:
    """Return `value` with thousands separators, `—` for nothing; `places` fixes the decimals."""
    if value is None:
        return NOTHING
    exact = Decimal(str(value))
    return f"{exact:,}" if places is None else f"{round_half_up(exact, places):,}"


def yuan(value: Decimal | None) -> str:
    """Return an amount in 元 to the 分, without the unit: `173,958,800.00`."""
    return number(value, 2)


def wan(value: Decimal | None, places: int = 2) -> str:
    """Return an amount given in 元 as 万元, without the unit: `17,395.88`."""
    return NOTHING if value is None else number(wan_from_yuan(value, places))


def yi(value: Decimal | None, places: int = 4) -> str:
    """Return an amount given in 元 as 亿元, without the unit: `1.7396`."""
    return NOTHING if value is None else number(value / YUAN_PER_YI, places)


def percent(value: Decimal | None, places: int = 2) -> str:
    """Return a value already in % with its sign: `83.33%`."""
    return NOTHING if value is None else f"{number(value, places)}%"


def date_zh(value: date | datetime | None) -> str:
    """Return `2026年11月22日`; an instant is shown on its day in Asia/Shanghai."""
    if value is None:
        return NOTHING
    day = value.astimezone(LOCAL_ZONE).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def datetime_zh(value: datetime | None) -> str:
    """Return `2026年11月22日 09:05` in Asia/Shanghai."""
    if value is None:
        return NOTHING
    return f"{date_zh(value)} {value.astimezone(LOCAL_ZONE):%H:%M}"


def workdays_left(due: Due | None) -> str:
    """Return how many working days a due date leaves, in words."""
    return NOTHING if due is None else due.text


FILTERS = {
    "number": number,
    "yuan": yuan,
    "wan": wan,
    "yi": yi,
    "percent": percent,
    "date_zh": date_zh,
    "datetime_zh": datetime_zh,
    "workdays_left": workdays_left,
}
