"""Act: register the public key a machine client signs its requests with."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.store.people import ClientRow
from services.oversight_svc.store.signatures import ClientKeyRow, retire_older_keys
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.crypto.keys import thumbprint
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError

PREFIX = "client"


@dataclass(frozen=True, slots=True)
class AddClientKey:
    """A client and its public key as PEM."""

    client_id: UUID
    public_pem: str


def add_client_key(uow: UnitOfWork, clock: Clock, actor: Actor, command: AddClientKey) -> str:
    """Return the key's id. From now on the client must sign; its two newest keys are good.

    Raises `InvalidInputError` for what is no Ed25519 public key, or one registered already.
    """
    require(actor, "oversight.client.register")
    region = actor.scope.region
    client = uow.session.get(ClientRow, (region, command.client_id), with_for_update=True)
    if client is None:
        raise NotFoundError
    pem = command.public_pem.strip() + "\n"
    try:
        key_id = f"{PREFIX}-{thumbprint(pem)}"
    except ValueError:
        message = "不是 Ed25519 公钥；请粘贴对方提供的 PEM 公钥（不是私钥）。"
        raise InvalidInputError([FieldProblem("public_pem", "no_key", message)]) from None
    if uow.session.get(ClientKeyRow, (region, client.client_id, key_id)) is not None:
        message = "这把公钥已经登记过；轮换时请让对方生成新的密钥。"
        raise InvalidInputError([FieldProblem("public_pem", "known", message)])
    uow.session.add(
        ClientKeyRow(
            region_code=region,
            client_id=client.client_id,
            key_id=key_id,
            public_pem=pem,
            added_at=clock.now(),
        )
    )
    uow.session.flush()
    retire_older_keys(uow.session, region, client.client_id, clock.now())
    client.version += 1
    subject = ("oversight.client", client.client_id, client.name)
    record(uow, actor, "oversight.client.add_key", subject, after={"key_id": key_id})
    return key_id
