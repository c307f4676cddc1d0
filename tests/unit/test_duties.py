"""What holds for every kind of duty: the words of a reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.duties.reminding import Missing, reminder_text

TODAY = date(2023, 10, 10)


def remind(owing: Sequence[Missing]) -> str:
    return reminder_text("绩效运行监控", "2023年度绩效运行监控表", TODAY, owing)


def missing(unit: str, due_on: date, left: int) -> Missing:
    return Missing(unit, "李老师", "0826-1", 2, due_on, left, due_on < TODAY)


def test_a_reminder_names_the_overdue_first() -> None:
    soon = missing("县教育局", date(2023, 10, 11), 1)
    late = missing("县水务局", date(2023, 10, 9), -1)
    text = remind([soon, late])
    assert "2个单位、4份2023年度绩效运行监控表尚未报送" in text
    assert text.index(
        "县水务局：2份（期限2023年10月9日，逾期1个工作日，李老师 0826-1）"
    ) < text.index("县教育局：2份（期限2023年10月11日，剩1个工作日，李老师 0826-1）")
    assert "今天到期" in remind([missing("县档案馆", TODAY, 0)])
    assert "已全部报送" in remind([])
