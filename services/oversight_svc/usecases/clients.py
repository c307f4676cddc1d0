"""Acts on machine clients: register, revoke, and give a token (OAuth2 client credentials)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.posts import MACHINE_ROLES
from services.oversight_svc.store.passwords import hash_password, verify_password, waste_time
from services.oversight_svc.store.people import ClientRow
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor, Scope
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, NotSignedInError
from shared.ids import new_id


class ClientRefusedError(NotSignedInError):
    """Unknown client or wrong secret."""

    code: ClassVar[str] = "client_refused"
    sentence: ClassVar[str] = "接入系统的标识或密钥不正确，或已停用；请与财政局联系。"


@dataclass(frozen=True, slots=True)
class RegisterClient:
    """Name and machine role of a client."""

    name: str
    role: str


def register_client(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: RegisterClient
) -> tuple[ClientRow, str]:
    """Return the client and its secret, to be told once."""
    require(actor, "oversight.client.register")
    problems = []
    if not command.name.strip():
        problems.append(FieldProblem("name", "missing", "请填写接入系统名称。"))
    if command.role not in MACHINE_ROLES:
        problems.append(FieldProblem("role", "unknown", "请选择接入系统的角色。"))
    if problems:
        raise InvalidInputError(problems)
    secret = secrets.token_urlsafe(32)
    client = ClientRow(
        region_code=actor.scope.region,
        client_id=new_id(),
        version=1,
        name=command.name.strip(),
        role=command.role,
        secret_hash=hash_password(secret),
        state="active",
        created_at=clock.now(),
    )
    uow.session.add(client)
    subject = ("oversight.client", client.client_id, client.name)
    record(uow, actor, "oversight.client.register", subject, after={"role": client.role})
    return client, secret


def revoke_client(uow: UnitOfWork, clock: Clock, actor: Actor, client_id: UUID) -> ClientRow:
    """Give no more tokens to a client; those given end within ten minutes."""
    require(actor, "oversight.client.revoke")
    client = uow.session.get(ClientRow, (actor.scope.region, client_id))
    if client is None:
        raise NotFoundError
    client.state = "revoked"
    client.version += 1
    subject = ("oversight.client", client.client_id, client.name)
    record(uow, actor, "oversight.client.revoke", subject)
    return client


def client_actor(uow: UnitOfWork, clock: Clock, client_id: UUID, secret: str) -> Actor:
    """Return the actor of a client that proved its secret; raise `ClientRefusedError`."""
    query = select(ClientRow).where(ClientRow.client_id == client_id, ClientRow.state == "active")
    client = uow.session.scalars(query).one_or_none()
    if client is None:
        waste_time(secret)
        raise ClientRefusedError
    if not verify_password(client.secret_hash, secret):
        raise ClientRefusedError
    return Actor(
        account_id=client.client_id,
        name=client.name,
        post_id=None,
        post_name="接入系统",
        roles=frozenset({client.role}),
        scope=Scope(region=client.region_code, whole_region=True),
        is_machine=True,
    )
