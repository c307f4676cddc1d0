"""Requests, grants and deliveries of shared data, for pages and API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.recognition import BODY_ROLES
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.store.sharing import (
    ShareGrantRow,
    ShareRequestRow,
    find_share_request,
    grant_of_request,
)
from services.oversight_svc.store.sharing_deliveries import DeliveryPageRow, DeliveryRow
from services.oversight_svc.store.sharing_records import SharedProjectRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, fetch_page

MOST_DELIVERIES = 20


@dataclass(frozen=True, slots=True)
class ShareFilter:
    """Which requests: by state, by the side of the actor's body, or overdue."""

    state: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """A delivery with how much of it was given."""

    delivery: DeliveryRow
    pages: int
    records: int


@dataclass(frozen=True, slots=True)
class ShareDetail:
    """A request with its grant, the deliveries under it, and the names its scope needs."""

    request: ShareRequestRow
    grant: ShareGrantRow | None
    deliveries: Sequence[DeliveryShown]
    names: Mapping[UUID, str]


def list_share_requests(
    session: Session,
    actor: Actor,
    wanted: ShareFilter,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[ShareRequestRow]:
    """Return a page of the region's requests, the newest first; `side` is the actor's body's."""
    query = select(ShareRequestRow).where(ShareRequestRow.region_code == actor.scope.region)
    if wanted.state:
        query = query.where(ShareRequestRow.state == wanted.state)
    sides = {"asked": ShareRequestRow.requester, "answers": ShareRequestRow.provider}
    if wanted.side in sides:
        query = query.where(sides[wanted.side].in_(_bodies(actor)))
    keys = [Key(ShareRequestRow.request_id, descending=True)]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def share_detail(session: Session, actor: Actor, year: int, request_id: UUID) -> ShareDetail:
    """Return one request; all bodies see one another's (三方监督), only the grantee pulls."""
    row = find_share_request(session, actor.scope.region, year, request_id)
    if row is None:
        raise NotFoundError
    grant = grant_of_request(session, row.region_code, row.request_id)
    deliveries = _deliveries(session, grant) if grant else []
    return ShareDetail(row, grant, deliveries, _names(session, row, deliveries))


def list_grants(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = USUAL
) -> Page[ShareGrantRow]:
    """Return a page of the grants to the actor's body, the newest first."""
    query = select(ShareGrantRow).where(
        ShareGrantRow.region_code == actor.scope.region, ShareGrantRow.grantee.in_(_bodies(actor))
    )
    return fetch_page(
        session, query, [Key(ShareGrantRow.grant_id, descending=True)], cursor=cursor, limit=limit
    )


def delivery_pages(
    session: Session, grant: ShareGrantRow | None, *, cursor: str | None, limit: int
) -> Page[tuple[DeliveryPageRow, DeliveryRow]]:
    """Return a page of the use made of a grant: every page given out, the newest pull first."""
    if grant is None:
        return Page(())
    query = (
        select(DeliveryPageRow, DeliveryRow)
        .join(
            DeliveryRow,
            (DeliveryRow.region_code == DeliveryPageRow.region_code)
            & (DeliveryRow.delivery_id == DeliveryPageRow.delivery_id),
        )
        .where(
            DeliveryRow.region_code == grant.region_code,
            DeliveryRow.grant_id == grant.grant_id,
        )
    )
    keys = [
        Key(DeliveryPageRow.delivery_id, descending=True),
        Key(DeliveryPageRow.entry, descending=True),
        Key(DeliveryPageRow.number, descending=True),
    ]
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def _bodies(actor: Actor) -> set[str]:
    return {body.value for body, roles in BODY_ROLES.items() if not roles.isdisjoint(actor.roles)}


def _deliveries(session: Session, grant: ShareGrantRow) -> list[DeliveryShown]:
    query = (
        select(
            DeliveryRow,
            func.count(DeliveryPageRow.number),
            func.coalesce(func.sum(DeliveryPageRow.records), 0),
        )
        .outerjoin(
            DeliveryPageRow,
            (DeliveryPageRow.region_code == DeliveryRow.region_code)
            & (DeliveryPageRow.delivery_id == DeliveryRow.delivery_id),
        )
        .where(DeliveryRow.region_code == grant.region_code, DeliveryRow.grant_id == grant.grant_id)
        .group_by(DeliveryRow.region_code, DeliveryRow.delivery_id)
        .order_by(DeliveryRow.delivery_id.desc())
        .limit(MOST_DELIVERIES)
    )
    return [DeliveryShown(*row) for row in session.execute(query)]


def _names(
    session: Session, row: ShareRequestRow, deliveries: Sequence[DeliveryShown]
) -> dict[UUID, str]:
    """Return what units and projects are called, in one query for both."""
    scope = ShareScope.from_json(row.scope)
    projects = {*scope.project_ids, *(each.delivery.project_id for each in deliveries)} - {None}
    units = select(UnitRow.unit_id, UnitRow.code, UnitRow.name).where(
        UnitRow.region_code == row.region_code, UnitRow.unit_id.in_(scope.unit_ids)
    )
    named = select(SharedProjectRow.project_id, SharedProjectRow.code, SharedProjectRow.name).where(
        SharedProjectRow.region_code == row.region_code, SharedProjectRow.project_id.in_(projects)
    )
    found = session.execute(units.union_all(named))
    return {identity: f"{code} {name}" for identity, code, name in found}
