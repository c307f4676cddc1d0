"""When a post may be handed over, and the code that ties a signed paper to a list of open items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors import FieldProblem

CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open task of a post; `workdays_left` is negative when it is overdue, None without a date.

    `kind` is its Chinese name.
    """

    task_id: UUID
    fiscal_year: int
    kind: str
    title: str
    unit: str
    due_on: date | None
    workdays_left: int | None

    @property
    def is_overdue(self) -> bool:
        """Tell whether the date has passed."""
        return self.workdays_left is not None and self.workdays_left < 0


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """What is known when a handover is to be confirmed; codes as printed and as they are now."""

    holders: frozenset[UUID]
    successor: UUID
    confirmer: UUID | None
    effective_on: date
    today: date
    scan_digest: str
    printed_code: str
    present_code: str
    accepts_changes: bool


def handover_code(post_id: UUID, items: Iterable[OpenItem]) -> str:
    """Return the code printed on the 移交单: it changes when an item comes, goes or moves."""
    lines = sorted(f"{item.task_id} {item.due_on}" for item in items)
    text = "\n".join([str(post_id), *lines])
    return hashlib.sha256(text.encode()).hexdigest()[:CODE_LENGTH].upper()


def handover_problems(facts: HandoverFacts) -> list[FieldProblem]:
    """Return everything that stands against the handover (practice: one page, signed 移交单)."""
    problems = []

    def refuse(path: str, code: str, message: str) -> None:
        problems.append(FieldProblem(path, code, message))

    if facts.successor in facts.holders:
        refuse("account_id", "same_person", "接任人就是现任职人，不需要移交。")
    if facts.successor == facts.confirmer:
        refuse("account_id", "own_account", "不能把岗位移交给自己，请由另一位安全管理员确认。")
    if facts.effective_on < facts.today:
        message = "生效日期不能早于今天：此前的办理仍记在原任职人名下。"
        refuse("effective_on", "in_the_past", message)
    if not facts.scan_digest:
        refuse("scan", "missing", "请上传双方签字的移交单扫描件；没有移交单不能交接。")
    if not facts.printed_code:
        refuse("printed_code", "missing", "请填写移交单标题下方的版本码。")
    elif facts.printed_code != facts.present_code and not facts.accepts_changes:
        message = (
            f"移交单打印后待办事项有变化（现在的版本码是 {facts.present_code}）："
            "请重新打印签字，或勾选“变化已向接任人说明”。"
        )
        refuse("printed_code", "changed_since", message)
    return problems
