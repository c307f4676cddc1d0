"""Part of importing payments: tell what the projects of the list have paid by now (Y25-6.13)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import and_, func, select

from services.monitor_svc.store.projects import PaymentBatchRow, PaymentRow, ProjectCopyRow
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.monitoring import PAYMENTS_IMPORTED


def tell_payments(
    uow: UnitOfWork, actor: Actor, batch: PaymentBatchRow, project_ids: Collection[UUID]
) -> None:
    """Tell count, sum and first and last day of each project named.

    The year's payments are one aggregate, its version the number of lists taken in: two lists at
    once cannot tell the same version, and everybody hears them in their order.
    """
    if not project_ids:
        return
    region, year = batch.region_code, batch.fiscal_year
    uow.session.flush()
    taken_in = uow.session.scalar(
        select(func.count())
        .select_from(PaymentBatchRow)
        .where(PaymentBatchRow.region_code == region, PaymentBatchRow.fiscal_year == year)
    )
    query = (
        select(
            PaymentRow.project_id,
            ProjectCopyRow.unit_id,
            func.count().label("payments"),
            func.sum(PaymentRow.amount).label("executed"),
            func.min(PaymentRow.paid_on).label("first_paid_on"),
            func.max(PaymentRow.paid_on).label("last_paid_on"),
        )
        .join(
            ProjectCopyRow,
            and_(
                ProjectCopyRow.region_code == PaymentRow.region_code,
                ProjectCopyRow.fiscal_year == PaymentRow.fiscal_year,
                ProjectCopyRow.project_id == PaymentRow.project_id,
            ),
        )
        .where(
            PaymentRow.region_code == region,
            PaymentRow.fiscal_year == year,
            PaymentRow.project_id.in_(project_ids),
        )
        .group_by(PaymentRow.project_id, ProjectCopyRow.unit_id)
        .order_by(PaymentRow.project_id)
    )
    projects = [dict(row) for row in uow.session.execute(query).mappings()]
    identity = uuid5(NAMESPACE_URL, f"wenxiao:payments:{region}:{year}")
    subject = Subject(identity, taken_in or 1, region, year)
    uow.emit(PAYMENTS_IMPORTED, subject, actor, {"projects": projects})
