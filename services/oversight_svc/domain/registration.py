"""What a finding needs to be registered, its number, and which body it belongs to.

Y25-6.2 (a responsible unit for every finding), Y25-6.5, Y25-6.6, HC23.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from services.oversight_svc.domain.recognition import BODY_ROLES
from shared.errors import FieldProblem, RuleBrokenError
from shared.terms.vocabulary import FindingSource, MoneyKind, RaisingBody

LONGEST_TITLE = 200
LONGEST_KEY = 120
LARGEST_AMOUNT = Decimal(10) ** 12
"""元: no finding of a county comes near it; a wrong unit does."""
FIRST_YEAR = 2000


class RepeatRefusedError(RuleBrokenError):
    """The earlier finding named cannot be one that happened again here."""

    code: ClassVar[str] = "repeat_refused"
    sentence: ClassVar[str] = "不能关联为屡查屡犯：{why}"


@dataclass(frozen=True, slots=True)
class Registration:
    """What is checked of a finding before it gets a number; amounts in 元."""

    fiscal_year: int
    title: str
    description: str
    source_document: str
    lead: UUID | None
    assisting: tuple[UUID, ...]
    amount: Decimal | None
    money: Mapping[MoneyKind, Decimal]
    due_on: date | None


def check_registration(given: Registration, today: date) -> list[FieldProblem]:
    """Return everything that keeps the finding from being registered (Y25-6.2)."""
    problems = []
    texts = (
        ("title", given.title, "请用一句话概括问题。"),
        ("description", given.description, "请写明问题的具体情况。"),
        ("source_document", given.source_document, "请填写来源文书，如审计报告的名称和文号。"),
    )
    problems += [
        FieldProblem(path, "missing", message) for path, text, message in texts if not text.strip()
    ]
    if len(given.title.strip()) > LONGEST_TITLE:
        message = f"标题不超过{LONGEST_TITLE}字，详细情况写在问题描述里。"
        problems.append(FieldProblem("title", "too_long", message))
    if not FIRST_YEAR <= given.fiscal_year <= today.year + 1:
        message = f"预算年度应在{FIRST_YEAR}年至{today.year + 1}年之间。"
        problems.append(FieldProblem("fiscal_year", "out_of_range", message))
    problems += _units(given)
    problems += _money(given)
    return problems


def _units(given: Registration) -> list[FieldProblem]:
    if given.lead is None:
        return [FieldProblem("unit_id", "missing", "请选择牵头整改的责任单位。")]
    if given.lead in given.assisting:
        message = "牵头单位不必再列为配合单位，请去掉其中一个。"
        return [FieldProblem("assisting", "also_lead", message)]
    if len(set(given.assisting)) != len(given.assisting):
        return [FieldProblem("assisting", "repeated", "配合单位有重复，请去掉重复的。")]
    return []


def _money(given: Registration) -> list[FieldProblem]:
    problems = []
    for path, amount in (("amount", given.amount), *given.money.items()):
        where = path if path == "amount" else f"money.{path}"
        if amount is not None and amount < 0:
            problems.append(FieldProblem(where, "negative", "金额不能是负数。"))
        elif amount is not None and amount >= LARGEST_AMOUNT:
            problems.append(FieldProblem(where, "too_large", "金额过大，请核对金额单位。"))
    total = sum(given.money.values(), Decimal(0))
    if not problems and total and given.amount is None:
        message = "已按处理方式填写金额，请同时填写涉及金额。"
        problems.append(FieldProblem("amount", "missing", message))
    elif not problems and given.amount is not None and total > given.amount:
        message = f"各处理方式合计 {total} 元，超过涉及金额 {given.amount} 元，请核对。"
        problems.append(FieldProblem("amount", "below_parts", message))
    return problems


def number_of(fiscal_year: int, sequence: int) -> str:
    """Return the number people quote: the budget year and a running number from 1."""
    return f"{fiscal_year}-{sequence:04d}"


def body_for(source: FindingSource, roles: AbstractSet[str]) -> RaisingBody:
    """Return who raised a finding: the audit office its audits, else the body that registers it.

    What a finance officer enters from an audit report stays the audit office's (Y25-6.3).
    """
    if source is FindingSource.AUDIT:
        return RaisingBody.AUDIT
    for body in (RaisingBody.AUDIT, RaisingBody.DISCIPLINE):
        if not BODY_ROLES[body].isdisjoint(roles):
            return body
    return RaisingBody.FINANCE


def may_enter_closed(body: RaisingBody, roles: AbstractSet[str]) -> bool:
    """Tell whether `roles` may enter an old finding of `body` as closed out already."""
    return not BODY_ROLES[body].isdisjoint(roles)


def check_earlier(*, same_unit: bool, fiscal_year: int, earlier_year: int, number: str) -> None:
    """Raise `RepeatRefusedError` unless `number` is an earlier year's finding of the same unit."""
    if not same_unit:
        raise RepeatRefusedError(why=f"{number} 的责任单位与本问题不同。")
    if earlier_year >= fiscal_year:
        raise RepeatRefusedError(why=f"{number} 不是以前年度的问题。")
