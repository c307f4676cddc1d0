"""Reads of accounts, posts, tenure and machine clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.store.people import (
    AccountRow,
    ClientRow,
    OfficeRow,
    PostRow,
    TenureRow,
    posts_held,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError
from shared.web.paging import USUAL, Key, Page, fetch_page


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One line of the post switcher."""

    id: UUID
    unit_name: str
    post_name: str
    active: bool


def own_posts(session: Session, actor: Actor, today: date) -> list[OwnPost]:
    """Return the posts the actor holds on `today`, with the place of each."""
    if actor.account_id is None:
        return []
    posts = posts_held(session, actor.scope.region, actor.account_id, today)
    places = post_places(session, actor.scope.region, posts)
    return [
        OwnPost(post.post_id, places[post.post_id], post.name, post.post_id == actor.post_id)
        for post in posts
    ]


def post_places(session: Session, region: str, posts: Sequence[PostRow]) -> Mapping[UUID, str]:
    """Return where each post is: its unit's or office's name; two queries however many."""
    units = {post.unit_id for post in posts if post.unit_id}
    offices = {post.office for post in posts if post.office}
    unit_rows = session.execute(
        select(UnitRow.unit_id, UnitRow.name).where(
            UnitRow.region_code == region, UnitRow.unit_id.in_(units)
        )
    )
    unit_names = {row.unit_id: row.name for row in unit_rows}
    office_rows = session.execute(
        select(OfficeRow.code, OfficeRow.name).where(
            OfficeRow.region_code == region, OfficeRow.code.in_(offices)
        )
    )
    office_names = {row.code: row.name for row in office_rows}
    return {
        post.post_id: unit_names.get(post.unit_id, "")
        if post.unit_id
        else office_names.get(post.office or "", "")
        for post in posts
    }


def list_accounts(
    session: Session,
    region: str,
    *,
    text: str = "",
    state: str = "",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[AccountRow]:
    """Return a page of accounts by name; `text` is part of name, login or telephone."""
    query = select(AccountRow).where(AccountRow.region_code == region)
    if text:
        query = query.where(
            or_(
                AccountRow.name.contains(text, autoescape=True),
                AccountRow.login.contains(text.lower(), autoescape=True),
                AccountRow.phone.contains(text, autoescape=True),
            )
        )
    if state:
        query = query.where(AccountRow.state == state)
    keys = (Key(AccountRow.name), Key(AccountRow.account_id))
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def get_account(session: Session, region: str, account_id: UUID) -> AccountRow:
    """Return one account; raise `NotFoundError` when there is none."""
    row = session.get(AccountRow, (region, account_id))
    if row is None:
        raise NotFoundError
    return row


def get_post(session: Session, region: str, post_id: UUID) -> PostRow:
    """Return one post; raise `NotFoundError` when there is none."""
    row = session.get(PostRow, (region, post_id))
    if row is None:
        raise NotFoundError
    return row


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who held which post from when to when, on what basis."""

    tenure: TenureRow
    post: PostRow
    account: AccountRow


def tenures(
    session: Session,
    region: str,
    *,
    account_id: UUID | None = None,
    post_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> list[Tenure]:
    """Return tenures, the newest first, of an account, a post or a unit's posts."""
    query = _with_tenure(region).order_by(
        TenureRow.started_on.desc(), TenureRow.is_substitute, TenureRow.tenure_id
    )
    wanted = {
        TenureRow.account_id: account_id,
        TenureRow.post_id: post_id,
        PostRow.unit_id: unit_id,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    return [Tenure(*row) for row in session.execute(query)]


def list_posts(
    session: Session,
    region: str,
    *,
    text: str = "",
    role: str = "",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return a page of posts with place: rows are (post, unit name, office name), by name."""
    query = (
        select(PostRow, UnitRow.name, OfficeRow.name)
        .outerjoin(
            UnitRow,
            and_(UnitRow.region_code == PostRow.region_code, UnitRow.unit_id == PostRow.unit_id),
        )
        .outerjoin(
            OfficeRow,
            and_(OfficeRow.region_code == PostRow.region_code, OfficeRow.code == PostRow.office),
        )
        .where(PostRow.region_code == region)
    )
    if text:
        query = query.where(
            or_(
                PostRow.name.contains(text, autoescape=True),
                UnitRow.name.contains(text, autoescape=True),
                OfficeRow.name.contains(text, autoescape=True),
            )
        )
    if role:
        query = query.where(PostRow.roles.has_key(role))
    keys = (Key(PostRow.name), Key(PostRow.post_id))
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)


def holders(
    session: Session, region: str, posts: Sequence[PostRow], today: date
) -> Mapping[UUID, list[Tenure]]:
    """Return who holds each of `posts` on `today`, holders before substitutes, in one query."""
    query = (
        _with_tenure(region)
        .where(
            TenureRow.post_id.in_([post.post_id for post in posts]),
            is_present(today),
        )
        .order_by(TenureRow.is_substitute, AccountRow.name)
    )
    found: dict[UUID, list[Tenure]] = {post.post_id: [] for post in posts}
    for row in session.execute(query):
        found[row[0].post_id].append(Tenure(*row))
    return found


def is_present(today: date) -> ColumnElement[bool]:
    """Return the condition that a tenure covers `today`."""
    return and_(
        TenureRow.started_on <= today,
        or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= today),
    )


def all_offices(session: Session, region: str) -> Sequence[OfficeRow]:
    """Return every office, by code; a bureau has a dozen or two."""
    query = select(OfficeRow).where(OfficeRow.region_code == region).order_by(OfficeRow.code)
    return session.scalars(query).all()


def units_by_office(session: Session, region: str) -> Mapping[str, int]:
    """Return how many units each office answers for."""
    query = (
        select(UnitRow.lead_office, func.count())
        .where(UnitRow.region_code == region, UnitRow.lead_office.is_not(None))
        .group_by(UnitRow.lead_office)
    )
    return {office or "": count for office, count in session.execute(query)}


def active_accounts(session: Session, region: str) -> Sequence[AccountRow]:
    """Return every account that may be appointed, by name."""
    query = (
        select(AccountRow)
        .where(AccountRow.region_code == region, AccountRow.state == "active")
        .order_by(AccountRow.name, AccountRow.login)
    )
    return session.scalars(query).all()


def all_clients(session: Session, region: str) -> Sequence[ClientRow]:
    """Return every machine client, the newest first; there are a handful."""
    query = (
        select(ClientRow)
        .where(ClientRow.region_code == region)
        .order_by(ClientRow.created_at.desc(), ClientRow.client_id)
    )
    return session.scalars(query).all()


def _with_tenure(region: str) -> Select[TenureRow, PostRow, AccountRow]:
    return (
        select(TenureRow, PostRow, AccountRow)
        .join(
            PostRow,
            and_(
                PostRow.region_code == TenureRow.region_code,
                PostRow.post_id == TenureRow.post_id,
            ),
        )
        .join(
            AccountRow,
            and_(
                AccountRow.region_code == TenureRow.region_code,
                AccountRow.account_id == TenureRow.account_id,
            ),
        )
        .where(TenureRow.region_code == region)
    )
