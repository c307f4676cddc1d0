"""Findings, deadlines and exchange in numbers for Prometheus (YC23-6.4, HC20.1): region-wide."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, and_, case, cast, func, literal, select

from services.oversight_svc.domain.finding_states import OPEN_STATES
from services.oversight_svc.domain.ladder import KIND_OF_TASK
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.escalations import EscalationRow
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.sharing import ShareGrantRow, ShareRequestRow
from services.oversight_svc.store.sharing_deliveries import DeliveryPageRow, DeliveryRow
from shared.clock import LOCAL_ZONE
from shared.observability.figures import Figure, Statement

AGES = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"))
OLDEST = "181+"
NO_RUNG = "none"


def findings(today: date) -> Statement:
    """Count findings by state, void ones included."""
    del today
    return select(FindingRow.state, func.count()).group_by(FindingRow.state)


def open_findings(today: date) -> Statement:
    """Count findings not yet put right by state and days since they were registered."""
    registered_on = cast(func.timezone(LOCAL_ZONE.key, FindingRow.registered_at), Date)
    days = literal(today, Date) - registered_on
    age = case(*((days <= most, name) for most, name in AGES), else_=OLDEST).label("age")
    return (
        select(FindingRow.state, age, func.count())
        .where(FindingRow.state.in_([state.value for state in OPEN_STATES]))
        .group_by(FindingRow.state, age)
    )


def overdue_by_rung(today: date) -> Statement:
    """Count overdue tasks that climb, by kind and the highest rung of the present due date."""
    task = DeskTaskRow
    highest = (
        select(EscalationRow.rung)
        .where(
            EscalationRow.region_code == task.region_code,
            EscalationRow.fiscal_year == task.fiscal_year,
            EscalationRow.subject_id == task.subject_id,
            EscalationRow.due_on == task.due_on,
        )
        .order_by(EscalationRow.place.desc())
        .limit(1)
        .scalar_subquery()
    )
    late = (
        select(task.kind, func.coalesce(highest, NO_RUNG).label("rung"))
        .where(task.closed_at.is_(None), task.due_on < today, task.kind.in_(sorted(KIND_OF_TASK)))
        .subquery()
    )
    return select(late.c.kind, late.c.rung, func.count()).group_by(late.c.kind, late.c.rung)


def handed_in(today: date) -> Statement:
    """Count closed tasks of this budget year and the last, by kind: on time, or late."""
    task = DeskTaskRow
    closed_on = cast(func.timezone(LOCAL_ZONE.key, task.closed_at), Date)
    timeliness = case((closed_on <= task.due_on, "on_time"), else_="late").label("timeliness")
    return (
        select(task.kind, timeliness, func.count())
        .where(
            task.closed_at.is_not(None),
            task.due_on.is_not(None),
            task.fiscal_year >= today.year - 1,
        )
        .group_by(task.kind, timeliness)
    )


def share_requests(today: date) -> Statement:
    """Count requests for data by who is asked and state."""
    del today
    row = ShareRequestRow
    return select(row.provider, row.state, func.count()).group_by(row.provider, row.state)


def share_grants(today: date) -> Statement:
    """Count grants by who holds them and whether they are good today."""
    row = ShareGrantRow
    standing = case(
        (row.revoked_at.is_not(None), "revoked"), (row.expires_on < today, "expired"), else_="good"
    ).label("standing")
    return select(row.grantee, standing, func.count()).group_by(row.grantee, standing)


def share_deliveries(today: date) -> Statement:
    """Count pulls by who pulled and whether the receipt has come."""
    del today
    receipt = case((DeliveryRow.received_at.is_(None), "missing"), else_="given").label("receipt")
    same = and_(
        ShareGrantRow.region_code == DeliveryRow.region_code,
        ShareGrantRow.grant_id == DeliveryRow.grant_id,
    )
    return (
        select(ShareGrantRow.grantee, receipt, func.count())
        .select_from(DeliveryRow)
        .join(ShareGrantRow, same)
        .group_by(ShareGrantRow.grantee, receipt)
    )


def share_records(today: date) -> Statement:
    """Add up the records given out, by entry of the catalogue."""
    del today
    row = DeliveryPageRow
    return select(row.entry, func.sum(row.records)).group_by(row.entry)


FIGURES: tuple[Figure, ...] = (
    Figure("findings", "Findings by state.", ("state",), findings),
    Figure(
        "findings_open",
        "Findings not yet put right, by state and days since registration.",
        ("state", "age"),
        open_findings,
    ),
    Figure(
        "overdue_by_rung",
        "Overdue tasks that climb, by the highest rung reached.",
        ("kind", "rung"),
        overdue_by_rung,
    ),
    Figure(
        "tasks_handed_in",
        "Closed tasks of this budget year and the last: on time or late.",
        ("kind", "timeliness"),
        handed_in,
    ),
    Figure("share_requests", "Requests for data.", ("provider", "state"), share_requests),
    Figure("share_grants", "Grants of data.", ("grantee", "standing"), share_grants),
    Figure("share_deliveries", "Pulls under grants.", ("grantee", "receipt"), share_deliveries),
    Figure("share_records_delivered", "Records given out.", ("entry",), share_records),
)
