"""Accounts, posts, who held which post when, sessions and machine clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, String, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode


class OfficeRow(Base):
    """A 业务股室 or other office of the finance bureau."""

    __tablename__ = "office"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str]
    phone: Mapped[str]


class AccountRow(Base):
    """A person who may sign in. The password is kept as an argon2 hash only."""

    __tablename__ = "account"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str]
    phone: Mapped[str]
    password_hash: Mapped[str]
    must_change_password: Mapped[bool]
    failed_attempts: Mapped[int] = mapped_column(SmallInteger)
    locked_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("uq_account_login", "login", unique=True),
        Index("ix_account_name", "region_code", "name", "account_id"),
    )


class PostRow(Base):
    """A post: roles in a unit or an office. Rights belong to posts, people hold them for a time."""

    __tablename__ = "post"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    unit_id: Mapped[UUID | None]
    office: Mapped[str | None] = mapped_column(String(30))
    roles: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(12))

    __table_args__ = (Index("ix_post_unit", "region_code", "unit_id"),)


class TenureRow(Base):
    """Who held a post from when to when; kept for ever (终身责任追究 asks years later)."""

    __tablename__ = "tenure"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    tenure_id: Mapped[UUID] = mapped_column(primary_key=True)
    post_id: Mapped[UUID]
    account_id: Mapped[UUID]
    is_substitute: Mapped[bool]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    basis: Mapped[str]

    __table_args__ = (
        Index("ix_tenure_account", "region_code", "account_id", "started_on"),
        Index("ix_tenure_post", "region_code", "post_id", "started_on"),
        ForeignKeyConstraint(
            ["region_code", "account_id"], ["account.region_code", "account.account_id"]
        ),
        ForeignKeyConstraint(["region_code", "post_id"], ["post.region_code", "post.post_id"]),
    )


class SessionRow(Base):
    """A sign-in. The cookie is short-lived and renewed as long as this row is open."""

    __tablename__ = "session"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    post_id: Mapped[UUID]
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_session_account_open",
            "region_code",
            "account_id",
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_session_created", "region_code", "created_at", "session_id"),
    )


class ClientRow(Base):
    """A machine client (OAuth2 client credentials), such as the budget platform."""

    __tablename__ = "client"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(40))
    secret_hash: Mapped[str]
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]


def office_identity(region: str, code: str) -> UUID:
    """Return the identity of an office in the trail."""
    return uuid5(NAMESPACE_URL, f"wenxiao:office:{region}:{code}")


def find_account_by_login(session: Session, login: str) -> AccountRow | None:
    """Return the account with this login, locked for the sign-in's counters."""
    query = select(AccountRow).where(AccountRow.login == login).with_for_update()
    return session.scalars(query).one_or_none()


def find_account(session: Session, region: str, account_id: UUID) -> AccountRow | None:
    """Return one account, locked against change."""
    query = (
        select(AccountRow)
        .where(AccountRow.region_code == region, AccountRow.account_id == account_id)
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def find_post(session: Session, region: str, post_id: UUID) -> PostRow | None:
    """Return one post."""
    query = select(PostRow).where(PostRow.region_code == region, PostRow.post_id == post_id)
    return session.scalars(query).one_or_none()


def posts_held(session: Session, region: str, account_id: UUID, on: date) -> Sequence[PostRow]:
    """Return the posts an account holds on a day, own posts before substituted ones."""
    query = (
        select(PostRow)
        .join(
            TenureRow,
            (TenureRow.region_code == PostRow.region_code) & (TenureRow.post_id == PostRow.post_id),
        )
        .where(
            TenureRow.region_code == region,
            TenureRow.account_id == account_id,
            TenureRow.started_on <= on,
            or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= on),
            PostRow.state == "active",
        )
        .order_by(TenureRow.is_substitute, PostRow.name, PostRow.post_id)
    )
    return session.scalars(query).unique().all()


def present_holders(session: Session, post: PostRow, on: date) -> Sequence[AccountRow]:
    """Return who holds a post on a day, substitutes left out."""
    query = (
        select(AccountRow)
        .join(
            TenureRow,
            (TenureRow.region_code == AccountRow.region_code)
            & (TenureRow.account_id == AccountRow.account_id),
        )
        .where(
            TenureRow.region_code == post.region_code,
            TenureRow.post_id == post.post_id,
            TenureRow.is_substitute.is_(False),
            TenureRow.started_on <= on,
            or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= on),
        )
        .order_by(AccountRow.name)
    )
    return session.scalars(query).all()


def open_sessions(
    session: Session, region: str, account_id: UUID, *, post_id: UUID | None = None
) -> Sequence[SessionRow]:
    """Return an account's open sessions, of one post when given, locked."""
    query = select(SessionRow).where(
        SessionRow.region_code == region,
        SessionRow.account_id == account_id,
        SessionRow.ended_at.is_(None),
    )
    if post_id is not None:
        query = query.where(SessionRow.post_id == post_id)
    return session.scalars(query.with_for_update()).all()
