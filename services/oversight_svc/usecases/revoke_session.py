"""Act: force one sign-in to end; its cookie is refused everywhere from then on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.store.people import AccountRow, SessionRow
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.sessions import end_session
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """End session `session_id`, and say why."""

    session_id: UUID
    reason: str


def revoke_session(uow: UnitOfWork, clock: Clock, actor: Actor, command: RevokeSession) -> bool:
    """End a session and tell whether it was still open.

    Raises `InvalidInputError` without a reason or for one's own session, `NotFoundError` for an
    unknown one.
    """
    require(actor, "oversight.session.revoke")
    if not command.reason.strip():
        raise InvalidInputError([FieldProblem("reason", "missing", "请写明强制退出的原因。")])
    if command.session_id == actor.session_id:
        message = "这是您自己正在使用的登录，请用右上角的“退出登录”。"
        raise InvalidInputError([FieldProblem("session", "own_session", message)])
    row = uow.session.scalars(
        select(SessionRow)
        .where(
            SessionRow.region_code == actor.scope.region,
            SessionRow.session_id == command.session_id,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError
    if row.ended_at is not None or row.expires_at <= clock.now():
        return False
    end_session(uow, clock, actor, row, "revoked")
    account = uow.session.get(AccountRow, (row.region_code, row.account_id))
    name = account.name if account else ""
    subject = ("oversight.account", row.account_id, name)
    record(uow, actor, "oversight.session.revoke", subject, comment=command.reason.strip())
    return True
