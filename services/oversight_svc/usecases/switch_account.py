"""Act: lock an account out, or let it in again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.store.people import AccountRow, find_account, open_sessions
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.sessions import end_session
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class SwitchAccount:
    """Lock (`active` false) or unlock an account, with a reason."""

    account_id: UUID
    active: bool
    reason: str


def switch_account(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SwitchAccount
) -> AccountRow:
    """Change the account's state; a locked account's sessions end at once."""
    act = "oversight.account.unlock" if command.active else "oversight.account.lock"
    require(actor, act)
    if not command.reason.strip():
        raise InvalidInputError([FieldProblem("reason", "missing", "请写明原因。")])
    account = find_account(uow.session, actor.scope.region, command.account_id)
    if account is None:
        raise NotFoundError
    if account.account_id == actor.account_id:
        message = "不能停用自己的账号，请由另一位安全管理员办理。"
        raise InvalidInputError([FieldProblem("account", "own_account", message)])
    before = {"state": account.state}
    account.state = "active" if command.active else "disabled"
    account.version += 1
    if command.active:
        account.failed_attempts, account.locked_until = 0, None
    if not command.active:
        for row in open_sessions(uow.session, account.region_code, account.account_id):
            end_session(uow, clock, actor, row, "account_locked")
    subject = ("oversight.account", account.account_id, account.name)
    after = {"state": account.state}
    record(uow, actor, act, subject, before=before, after=after, comment=command.reason.strip())
    return account
