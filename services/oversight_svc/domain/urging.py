"""The words of a reminder (催办文字) to paste into the units' group chat.

YC23-6.4, HC20.1: grouped by unit, so that each finds its own; days are working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Reminded:
    """One finding of one unit; `workdays_left` until the due date, negative once it has passed."""

    unit: str
    contact: str
    phone: str
    number: str
    title: str
    due_on: date | None
    workdays_left: int


@dataclass(frozen=True, slots=True)
class Words:
    """How a reminder speaks of its things: heading, the thing, what is asked at the end."""

    heading: str
    thing: str
    request: str


RECTIFICATION_WORDS = Words(
    "【整改催办】",
    "个问题须抓紧整改",
    "请登录系统更新整改进度，按期报送整改情况并上传佐证材料；确有困难的，请及时说明原因和所需时间。",
)
OVERDUE_WORDS = Words(
    "【逾期催办】",
    "项须抓紧办理",
    "请登录系统尽快报送；确有困难的，请及时说明原因和所需时间，并联系归口股室。",
)


def reminder_text(
    today: date, reminded: Sequence[Reminded], words: Words = RECTIFICATION_WORDS
) -> str:
    """Return the reminder: unit by unit in their order, the most urgent finding first."""
    if not reminded:
        return f"截至{_day(today)}，没有逾期或临期的整改问题，感谢各单位支持。"
    order = {each.unit: place for place, each in reversed(list(enumerate(reminded)))}
    in_order = sorted(
        reminded, key=lambda each: (order[each.unit], each.due_on or date.max, each.number)
    )
    lines = [
        f"{words.heading}截至{_day(today)}，以下{len(order)}个单位共{len(reminded)}{words.thing}："
    ]
    for place, (unit, own) in enumerate(groupby(in_order, key=lambda each: each.unit), 1):
        found = list(own)
        who = " ".join(part for part in (found[0].contact, found[0].phone) if part)
        lines.append(f"{place}. {unit}（{who}）" if who else f"{place}. {unit}")
        lines += [f"  （{number}）{_line(each)}" for number, each in enumerate(found, 1)]
    lines.append(words.request)
    return "\n".join(lines)


def _line(each: Reminded) -> str:
    if each.due_on is None:
        return f"{each.number} {each.title}，期限未定"
    return f"{each.number} {each.title}，期限{_day(each.due_on)}，{_left(each.workdays_left)}"


def _left(workdays: int) -> str:
    if workdays < 0:
        return f"已逾期{-workdays}个工作日"
    return "今天到期" if workdays == 0 else f"剩{workdays}个工作日"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
