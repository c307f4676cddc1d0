"""When a finding must be put right, and how far the date may move.

YC23-6.4: a notice with a due date. Dates only move on the basis of a document, the old date stays.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import ClassVar

from shared.errors import FieldProblem, RuleBrokenError
from shared.policy.model import RectificationPolicy
from shared.terms.vocabulary import RectificationKind


class ExtendedOftenError(RuleBrokenError):
    """A finding was extended as often as the pack allows."""

    code: ClassVar[str] = "extended_often"
    sentence: ClassVar[str] = (
        "问题 {numbers} 已延期{most}次，按规定不能再延；请督促整改，或报领导另行研究。"
    )


def latest_due(policy: RectificationPolicy, kind: RectificationKind, start: date) -> date | None:
    """Return the last day a notice of `start` may give; `None` where the pack sets no limit."""
    if kind is RectificationKind.PHASED:
        return months_after(start, policy.phased_max_months)
    if kind is RectificationKind.CONTINUOUS:
        return months_after(start, policy.continuous_max_years * 12)
    return None


def check_wanted_due(
    policy: RectificationPolicy,
    kind: RectificationKind,
    wanted: date | None,
    start: date,
    path: str = "due_on",
) -> list[FieldProblem]:
    """Return what is wrong with the date a notice of `start` is to give.

    Immediate rectification may go without: the pack's working days decide then.
    """
    if wanted is None:
        if kind is RectificationKind.IMMEDIATE:
            return []
        message = "分阶段整改和持续整改须写明整改期限。"
        return [FieldProblem(path, "missing", message)]
    if wanted <= start:
        return [FieldProblem(path, "not_later", "整改期限须晚于通知发出日。")]
    latest = latest_due(policy, kind, start)
    if latest is not None and wanted > latest:
        message = f"这类整改的期限最晚为{latest.isoformat()}，请改早或改选整改类型。"
        return [FieldProblem(path, "too_late", message)]
    return []


def check_extension(
    previous: date | None, due_on: date, today: date, *, document_number: str, reason: str
) -> list[FieldProblem]:
    """Return what is wrong with moving a date: basis document, reason, a later day."""
    problems = []
    if not document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写延期依据的文号。"))
    if not reason.strip():
        problems.append(FieldProblem("reason", "missing", "请写明延期原因。"))
    if due_on < today:
        problems.append(FieldProblem("due_on", "in_past", "新的期限不能早于今天。"))
    elif previous is not None and due_on <= previous:
        problems.append(FieldProblem("due_on", "not_later", "新的期限须晚于原期限。"))
    return problems


def check_reopened_due(due_on: date | None, today: date) -> list[FieldProblem]:
    """Return what is wrong with the date of a finding opened again."""
    if due_on is None:
        return [FieldProblem("due_on", "missing", "重新整改须写明新的期限。")]
    if due_on <= today:
        return [FieldProblem("due_on", "not_later", "新的整改期限须晚于今天。")]
    return []


def months_after(start: date, months: int) -> date:
    """Return the same day `months` later, or the last day of a shorter month."""
    place = start.year * 12 + start.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
