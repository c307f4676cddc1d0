from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.web.console.formats import date_zh, datetime_zh, number, percent, wan, yi, yuan
from shared.web.console.views import Due


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (wan(Decimal("173958800.00")), "17,395.88"),
        (wan(Decimal("-50.00")), "-0.01"),
        (wan(None), "—"),
        (yi(Decimal("49226000000.00")), "492.2600"),
        (yuan(Decimal("1234.5")), "1,234.50"),
        (percent(Decimal("83.335")), "83.34%"),
        (number(1064), "1,064"),
        (date_zh(date(2026, 11, 2)), "2026年11月2日"),
        (date_zh(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)), "2026年11月22日"),
        (datetime_zh(datetime(2026, 11, 21, 17, 5, tzinfo=UTC)), "2026年11月22日 01:05"),
    ],
)
def test_formats(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("due", "text", "tone"),
    [
        (Due(date(2023, 9, 28), -4), "逾期4个工作日", "red"),
        (Due(date(2023, 10, 10), 0), "今日到期", "orange"),
        (Due(date(2023, 10, 12), 3), "剩3个工作日", "orange"),
        (Due(date(2023, 10, 13), 4), "剩4个工作日", "grey"),
        (Due(date(2023, 9, 1), -20, done=True), "已完成", "green"),
    ],
)
def test_due_dates_say_what_is_left(due: Due, text: str, tone: str) -> None:
    assert (due.text, due.tone) == (text, tone)
