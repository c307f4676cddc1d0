"""What holds for every kind of duty: the words of a reminder, stages, version codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.duties.counter_page import code_of
from shared.duties.reminding import Missing, reminder_text
from shared.duties.showing import steps_of

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


STAGES = (("填报", ("open", "draft")), ("审核", ("review",)), ("办结", ("closed",)))


def test_the_stage_a_duty_is_in_carries_the_note() -> None:
    steps = steps_of(STAGES, "review", note="已退回", is_over=False)
    assert [(each.state, each.note) for each in steps] == [
        ("done", ""),
        ("current", "已退回"),
        ("waiting", ""),
    ]


def test_nothing_is_current_once_a_duty_is_over() -> None:
    steps = steps_of(STAGES, "closed", note="", is_over=True)
    assert {each.state for each in steps} == {"done"}


def test_a_version_code_is_read_as_it_was_printed() -> None:
    assert code_of(" ２０２３-1a2b 3c4d") == "2023-1A2B3C4D"  # noqa: RUF001
