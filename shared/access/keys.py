"""What each service knows about tokens: the keys it trusts and the sessions that were ended.

Both are fed by events of the oversight service. At most two keys are trusted, the newest and the
one before it, so that tokens signed just before a change stay good until they expire. Changing
the key twice cuts off a key that got into wrong hands at once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, String, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.access.actor import Actor
from shared.clock import Clock
from shared.crypto.keys import ED25519, is_id_of
from shared.db.base import FrameBase
from shared.db.unit_of_work import UnitOfWork
from shared.errors import RuleBrokenError
from shared.events.envelope import Event
from shared.events.oversight import SESSION_REVOKED, SIGNING_KEY_PUBLISHED
from shared.events.registry import REGISTRY

TRUSTED_KEYS = 2
_GOOD = text(  # as it is: every request asks this, and to build a statement takes longer than it
    "select exists (select from verification_key where kid = :key_id and retired_at is null)"
    " and not exists (select from revoked_session where session_id = :session_id)"
)


class VerificationKeyRow(FrameBase):
    """A public key that signs tokens; `retired_at` is when this service stopped trusting it."""

    __tablename__ = "verification_key"

    kid: Mapped[str] = mapped_column(String(80), primary_key=True)
    public_pem: Mapped[str]
    algorithm: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class RevokedSessionRow(FrameBase):
    """A session ended before its tokens expire; forgotten after `expires_at`."""

    __tablename__ = "revoked_session"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UntrustworthyKeyError(RuleBrokenError):
    """A published key whose id does not follow from it, or of an algorithm we do not use."""

    code = "untrustworthy_key"
    sentence = "签名公钥「{kid}」与其编号或算法不符，没有采用；请系统管理员核对来源后重新发布。"


def public_keys(asked: Session | Connection) -> dict[str, str]:
    """Return the trusted keys: key id → PEM."""
    rows = asked.execute(
        select(VerificationKeyRow.kid, VerificationKeyRow.public_pem).where(
            VerificationKeyRow.retired_at.is_(None)
        )
    )
    return {kid: pem for kid, pem in rows}  # noqa: C416 (rows are typed tuples)


def is_revoked(session: Session, session_id: UUID) -> bool:
    """Tell whether the session was ended early."""
    return session.get(RevokedSessionRow, session_id) is not None


def is_good(asked: Connection, key_id: str, session_id: UUID | None) -> bool:
    """Tell whether a key is still trusted and the session, if any, was not ended early."""
    return bool(asked.execute(_GOOD, {"key_id": key_id, "session_id": session_id}).scalar())


def trust_key(session: Session, key: VerificationKeyRow, now: datetime) -> None:
    """Remember a published key and retire all but the two newest. Knowing it already is nothing.

    Raises `UntrustworthyKeyError` when the id does not follow from the key.
    """
    try:
        genuine = key.algorithm == ED25519 and is_id_of(key.kid, key.public_pem)
    except ValueError:
        genuine = False
    if not genuine:
        raise UntrustworthyKeyError(kid=key.kid)
    session.execute(
        insert(VerificationKeyRow)
        .values(
            kid=key.kid,
            public_pem=key.public_pem,
            algorithm=key.algorithm,
            valid_from=key.valid_from,
        )
        .on_conflict_do_nothing()
    )
    newest = (
        select(VerificationKeyRow.kid)
        .order_by(VerificationKeyRow.valid_from.desc(), VerificationKeyRow.kid.desc())
        .limit(TRUSTED_KEYS)
    )
    session.execute(
        update(VerificationKeyRow)
        .where(VerificationKeyRow.retired_at.is_(None), VerificationKeyRow.kid.not_in(newest))
        .values(retired_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke_session(
    session: Session, session_id: UUID, *, expires_at: datetime, now: datetime
) -> None:
    """End a session for this service until its tokens have expired; forget expired endings."""
    session.execute(
        delete(RevokedSessionRow)
        .where(RevokedSessionRow.expires_at < now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(RevokedSessionRow)
        .values(session_id=session_id, revoked_at=now, expires_at=expires_at)
        .on_conflict_do_nothing()
    )


def learn_signing_key(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:  # noqa: ARG001
    """Handle `oversight.signing_key.published.v1`; raise `UntrustworthyKeyError` for a wrong id."""
    data = REGISTRY.get(SIGNING_KEY_PUBLISHED).read(event.data)
    key = VerificationKeyRow(
        kid=data["kid"],
        public_pem=data["public_pem"],
        algorithm=data["algorithm"],
        valid_from=data["valid_from"],
    )
    trust_key(uow.session, key, clock.now())


def learn_revocation(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:  # noqa: ARG001
    """Handle `oversight.session.revoked.v1`."""
    data = REGISTRY.get(SESSION_REVOKED).read(event.data)
    revoke_session(uow.session, data["session_id"], expires_at=data["expires_at"], now=clock.now())
