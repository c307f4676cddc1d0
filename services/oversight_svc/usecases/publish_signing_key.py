"""Act at the start: trust the present signing key here and tell the other services of it."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import func, select

from shared.access.actor import Actor
from shared.access.keys import VerificationKeyRow, public_keys, trust_key
from shared.clock import Clock
from shared.crypto.keys import SigningKey
from shared.db.unit_of_work import UnitOfWork
from shared.events.envelope import Subject
from shared.events.oversight import SIGNING_KEY_PUBLISHED

KEY_SET = uuid5(NAMESPACE_URL, "wenxiao:session-keys")


EVERYWHERE = "000000"
"""Keys belong to no region."""


def publish_signing_key(uow: UnitOfWork, clock: Clock, key: SigningKey) -> bool:
    """Return whether the key was new; published once, however many processes start."""
    if key.key_id in public_keys(uow.session):
        return False
    uow.session.execute(select(func.pg_advisory_xact_lock(KEY_SET.int % 2**62)))
    if key.key_id in public_keys(uow.session):
        return False
    actor = Actor.system(uow.service, EVERYWHERE)
    count = uow.session.scalar(select(func.count()).select_from(VerificationKeyRow)) or 0
    row = VerificationKeyRow(
        kid=key.key_id,
        public_pem=key.public_pem,
        algorithm=key.algorithm,
        valid_from=clock.now(),
    )
    trust_key(uow.session, row, clock.now())
    uow.emit(
        SIGNING_KEY_PUBLISHED,
        Subject(KEY_SET, count + 1, EVERYWHERE),
        actor,
        {
            "kid": key.key_id,
            "public_pem": key.public_pem,
            "algorithm": key.algorithm,
            "valid_from": clock.now(),
        },
    )
    return True
