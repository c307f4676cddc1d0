"""Act: take treasury payments from a file; taken in again it reconciles (HC9.1)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.monitor_svc.domain.reconciling import Payment, Reconciliation, reconcile
from services.monitor_svc.store.projects import PaymentBatchRow, PaymentRow, ProjectCopyRow
from services.monitor_svc.usecases.tell_payments import tell_payments
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.money import sum_yuan
from shared.sheets.layout import Column, Layout
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import read_table
from shared.sheets.table import ParsedTable
from shared.trail.record import Act

PAYMENT_LAYOUT = Layout(
    title="国库支付明细",
    sheet_titles=("国库支付明细", "支付明细", "预算执行"),
    columns=(
        Column("voucher_number", ("支付凭证号", "凭证号", "支付申请编号"), "code", required=True),
        Column("project_code", ("项目编码", "项目代码"), "code", required=True),
        Column("amount", ("支付金额", "金额"), "money", required=True),
        Column("paid_on", ("支付日期", "支付时间"), "date", required=True),
        Column("payee", ("收款人", "收款单位")),
    ),
)

LONGEST_VOUCHER = 40
LARGEST_PAYMENT = Decimal(10) ** 11
"""元: no single payment of a county or a province comes near it; a wrong unit does."""
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ImportPayments:
    """A payment list of one budget year."""

    fiscal_year: int
    file: ImportFile


def import_payments(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportPayments
) -> ImportOutcome:
    """Add and correct payments by voucher number; raise `InvalidInputError` when a row is wrong.

    Payments of the file's period that the file does not have are named in the remarks and kept.
    """
    require(actor, "monitoring.execution.import")
    table = read_table(command.file.content, PAYMENT_LAYOUT)
    outcome = ImportOutcome(problems=list(table.problems), skipped=table.skipped)
    projects = _projects(uow, actor, command.fiscal_year)
    lines: list[dict[str, Any]] = [{**row.values, "row": row.row_number} for row in table.rows]
    _check(table, lines, projects, command.fiscal_year, outcome)
    if not command.file.dry_run:
        outcome.refuse_errors()
    if outcome.errors:
        return outcome
    recorded = _recorded(uow, actor, command.fiscal_year, projects)
    stated = [
        Payment(line["voucher_number"], line["project_code"], line["amount"], line["paid_on"])
        for line in lines
    ]
    result = reconcile(stated, recorded)
    outcome.created, outcome.unchanged = len(result.new), result.unchanged
    outcome.changed = len(result.corrected)
    outcome.remarks = _remarks(result)
    if not command.file.dry_run and stated:
        payees = {line["voucher_number"]: line.get("payee") or "" for line in lines}
        _save(uow, clock, actor, command, projects, result, stated, payees)
        outcome.saved = True
    return outcome


def _projects(uow: UnitOfWork, actor: Actor, fiscal_year: int) -> dict[str, UUID]:
    query = select(ProjectCopyRow.code, ProjectCopyRow.project_id).where(
        ProjectCopyRow.region_code == actor.scope.region,
        ProjectCopyRow.fiscal_year == fiscal_year,
    )
    return dict(uow.session.execute(query).all())


def _recorded(
    uow: UnitOfWork, actor: Actor, fiscal_year: int, projects: dict[str, UUID]
) -> dict[str, Payment]:
    codes = {project_id: code for code, project_id in projects.items()}
    query = select(PaymentRow).where(
        PaymentRow.region_code == actor.scope.region, PaymentRow.fiscal_year == fiscal_year
    )
    return {
        row.voucher_number: Payment(
            row.voucher_number, codes[row.project_id], row.amount, row.paid_on
        )
        for row in uow.session.scalars(query)
    }


def _check(
    table: ParsedTable,
    lines: list[dict[str, Any]],
    projects: dict[str, UUID],
    fiscal_year: int,
    outcome: ImportOutcome,
) -> None:
    seen: dict[str, int] = {}

    def add(row: int, field: str, code: str, message: str) -> None:
        outcome.problems.append(table.problem(row, field, code, message))

    for line in lines:
        row, voucher = line["row"], line["voucher_number"] or ""
        if voucher in seen:
            message = f"支付凭证号与第 {seen[voucher]} 行重复。"
            add(row, "voucher_number", "repeated", message)
        if len(voucher) > LONGEST_VOUCHER:
            message = f"支付凭证号超过 {LONGEST_VOUCHER} 个字符，请核对。"
            add(row, "voucher_number", "too_long", message)
        if voucher:
            seen.setdefault(voucher, row)
        if abs(line["amount"] or 0) >= LARGEST_PAYMENT:
            add(row, "amount", "too_large", "单笔支付金额过大，请核对金额单位。")
        if line["project_code"] and line["project_code"] not in projects:
            message = f"{fiscal_year} 年度没有编码为 {line['project_code']} 的项目。"
            add(row, "project_code", "unknown_project", message)
        if line["paid_on"] and line["paid_on"].year != fiscal_year:
            message = f"支付日期不在 {fiscal_year} 年内，请核对预算年度。"
            add(row, "paid_on", "other_year", message)


def _remarks(result: Reconciliation) -> list[str]:
    remarks = [
        f"凭证 {pair.stated.voucher_number}：系统为 {pair.recorded.amount} 元"
        f"（{pair.recorded.paid_on}），文件为 {pair.stated.amount} 元（{pair.stated.paid_on}），"
        "以文件为准更正。"
        for pair in result.corrected
    ]
    return remarks + [
        f"凭证 {payment.voucher_number}（{payment.amount} 元）系统有而文件没有，"
        "已保留，请与国库核对。"
        for payment in result.missing_in_file
    ]


def _save(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: ImportPayments,
    projects: dict[str, UUID],
    result: Reconciliation,
    stated: list[Payment],
    payees: dict[str, str],
) -> None:
    region, year = actor.scope.region, command.fiscal_year
    batch = PaymentBatchRow(
        region_code=region,
        fiscal_year=year,
        batch_id=new_id(),
        filename=command.file.filename,
        digest=hashlib.sha256(command.file.content).hexdigest(),
        imported_at=clock.now(),
        imported_by=actor.name,
        first_paid_on=min(payment.paid_on for payment in stated),
        last_paid_on=max(payment.paid_on for payment in stated),
        added=len(result.new),
        corrected=len(result.corrected),
        unchanged=result.unchanged,
        total=sum_yuan(payment.amount for payment in stated),
        differences=[{"remark": remark} for remark in _remarks(result)],
    )
    uow.session.add(batch)
    changed = (*result.new, *(pair.stated for pair in result.corrected))
    _put(uow, [_row(batch, payment, projects, payees) for payment in changed])
    tell_payments(uow, actor, batch, {projects[payment.project_code] for payment in changed})
    uow.record(
        actor,
        Act(
            name="monitoring.execution.import",
            object_kind="monitoring.payment_batch",
            object_id=batch.batch_id,
            object_title=batch.filename,
            region=region,
            fiscal_year=year,
            after={"added": batch.added, "corrected": batch.corrected, "total": str(batch.total)},
        ),
    )


def _row(
    batch: PaymentBatchRow, payment: Payment, projects: dict[str, UUID], payees: dict[str, str]
) -> dict[str, Any]:
    return {
        "region_code": batch.region_code,
        "fiscal_year": batch.fiscal_year,
        "voucher_number": payment.voucher_number,
        "project_id": projects[payment.project_code],
        "amount": payment.amount,
        "paid_on": payment.paid_on,
        "payee": payees[payment.voucher_number],
        "batch_id": batch.batch_id,
    }


def _put(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    keys = ("region_code", "fiscal_year", "voucher_number")
    for start in range(0, len(rows), _CHUNK):
        statement = insert(PaymentRow).values(rows[start : start + _CHUNK])
        stated = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        uow.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=stated))
