"""Public keys machine clients sign their requests with, and the nonces they have used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.oversight_svc.store.base import Base
from shared.db.base import RegionCode

VALID_KEYS = 2
"""The newest key and the one before it: a client changes keys without a gap."""


class ClientKeyRow(Base):
    """A public key of a client; a client with a valid one must sign."""

    __tablename__ = "client_key"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    public_pem: Mapped[str]
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_client_key_valid",
            "region_code",
            "client_id",
            postgresql_where=text("retired_at is null"),
        ),
    )


class SignatureNonceRow(Base):
    """A nonce a client has used; forgotten once no signature that bears it can be good any more."""

    __tablename__ = "signature_nonce"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(String(200), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


def client_keys(session: Session, region: str, client_id: UUID) -> dict[str, str]:
    """Return the valid keys of a client: key id → PEM."""
    query = select(ClientKeyRow.key_id, ClientKeyRow.public_pem).where(
        ClientKeyRow.region_code == region,
        ClientKeyRow.client_id == client_id,
        ClientKeyRow.retired_at.is_(None),
    )
    return dict(session.execute(query).all())


def retire_older_keys(session: Session, region: str, client_id: UUID, now: datetime) -> None:
    """Retire all but the newest keys of a client."""
    mine = (ClientKeyRow.region_code == region, ClientKeyRow.client_id == client_id)
    newest = (
        select(ClientKeyRow.key_id)
        .where(*mine)
        .order_by(ClientKeyRow.added_at.desc(), ClientKeyRow.key_id.desc())
        .limit(VALID_KEYS)
    )
    session.execute(
        update(ClientKeyRow)
        .where(*mine, ClientKeyRow.retired_at.is_(None), ClientKeyRow.key_id.not_in(newest))
        .values(retired_at=now)
        .execution_options(synchronize_session=False)
    )


def use_nonce(
    session: Session, client_id: UUID, nonce: str, *, expires_at: datetime, now: datetime
) -> bool:
    """Remember a nonce; tell whether it is new. Forgets those that have expired."""
    session.execute(
        delete(SignatureNonceRow)
        .where(SignatureNonceRow.client_id == client_id, SignatureNonceRow.expires_at < now)
        .execution_options(synchronize_session=False)
    )
    statement = (
        insert(SignatureNonceRow)
        .values(client_id=client_id, nonce=nonce, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(SignatureNonceRow.nonce)
    )
    return session.execute(statement).one_or_none() is not None
