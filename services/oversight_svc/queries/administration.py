"""What the three administrators have to do: figures about the system, none about the business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from services.oversight_svc.queries.people import is_present
from services.oversight_svc.store.people import AccountRow, ClientRow, PostRow, TenureRow
from shared.outbox.tables import PARKED, InboxRow, UndecodableRow
from shared.trail.tables import TrailRow

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Administration:
    """Counts of what waits for an administrator; `parked` is of this service's events only."""

    parked: int
    undecodable: int
    locked: int
    disabled: int
    one_time: int
    vacant: int
    ending: int
    clients: int
    unsealed: int
    sign_ins: int


def count_administration(
    session: Session, region: str, *, now: datetime, today: date, midnight: datetime
) -> Administration:
    """Count everything in one query; `midnight` is the beginning of `today`."""
    account = _count(AccountRow).where(AccountRow.region_code == region)
    present = (
        select(TenureRow.tenure_id)
        .where(
            TenureRow.region_code == PostRow.region_code,
            TenureRow.post_id == PostRow.post_id,
            is_present(today),
        )
        .exists()
    )
    posts = _count(PostRow).where(PostRow.region_code == region)
    ending = _count(TenureRow).where(
        TenureRow.region_code == region,
        is_present(today),
        TenureRow.ended_on <= today + SOON,
    )
    clients = _count(ClientRow).where(ClientRow.region_code == region, ClientRow.state == "active")
    trail = _count(TrailRow)
    parts = {
        "parked": _count(InboxRow).where(InboxRow.state == PARKED),
        "undecodable": _count(UndecodableRow),
        "locked": account.where(AccountRow.locked_until > now),
        "disabled": account.where(AccountRow.state == "disabled"),
        "one_time": account.where(
            AccountRow.must_change_password.is_(True), AccountRow.state == "active"
        ),
        "vacant": posts.where(PostRow.state == "active", ~present),
        "ending": ending,
        "clients": clients,
        "unsealed": trail.where(TrailRow.position.is_(None)),
        "sign_ins": trail.where(
            TrailRow.region_code == region,
            TrailRow.act == "oversight.session.sign_in",
            TrailRow.at >= midnight,
        ),
    }
    row = session.execute(
        select(*(part.scalar_subquery().label(name) for name, part in parts.items()))
    ).one()
    return Administration(**row._asdict())


def _count(table: type[DeclarativeBase]) -> Select[int]:
    return select(func.count()).select_from(table)
