"""The words of a reminder to paste into the units' group chat (Y25-4.3, Y25-5.4, HC17.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit that still owes something; `workdays_left` until the nearest due date."""

    unit: str
    contact: str
    phone: str
    owed: int
    due_on: date
    workdays_left: int
    is_overdue: bool


def reminder_text(subject: str, documents: str, today: date, missing: Sequence[Missing]) -> str:
    """Return the reminder: overdue units first, then those whose time is still running.

    `subject` is what is collected, `documents` what has to be handed in, with its year.
    """
    if not missing:
        return f"截至{_day(today)}，{documents}已全部报送，感谢各单位支持。"
    overdue = [each for each in missing if each.is_overdue]
    running = [each for each in missing if not each.is_overdue]
    total = sum(each.owed for each in missing)
    head = f"【{subject}报送提醒】截至{_day(today)}，还有{len(missing)}个单位、{total}份"
    lines = [f"{head}{documents}尚未报送："]
    if overdue:
        lines.append("一、已逾期，请今天内报送：")
        lines += [_line(number, each) for number, each in enumerate(overdue, 1)]
    if running:
        lines.append(f"{'二' if overdue else '一'}、即将到期，请按期报送：")
        lines += [_line(number, each) for number, each in enumerate(running, 1)]
    lines.append(
        "请登录系统在线填报，由单位负责人签字（盖章）后上传扫描件；"
        "须报纸质件的请打印带版本码的最新版一并送交。如有困难请及时联系归口股室。"
    )
    return "\n".join(lines)


def _line(number: int, each: Missing) -> str:
    left = f"逾期{-each.workdays_left}个工作日" if each.is_overdue else _left(each.workdays_left)
    who = " ".join(part for part in (each.contact, each.phone) if part)
    contact = f"，{who}" if who else ""
    return f"{number}. {each.unit}：{each.owed}份（期限{_day(each.due_on)}，{left}{contact}）"


def _left(workdays: int) -> str:
    return "今天到期" if workdays == 0 else f"剩{workdays}个工作日"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
