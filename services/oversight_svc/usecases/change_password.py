"""Acts on passwords: one's own change, and the administrator's reset (no e-mail is assumed)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.domain.sign_in import check_password
from services.oversight_svc.store.passwords import (
    hash_password,
    one_time_password,
    verify_password,
)
from services.oversight_svc.store.people import AccountRow, find_account, open_sessions
from services.oversight_svc.usecases.sessions import end_session
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, NotSignedInError
from shared.trail.record import Act


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The old password and the new one."""

    old: str
    new: str


def change_password(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ChangePassword
) -> AccountRow:
    """Change one's own password; other sessions of the account end."""
    if actor.account_id is None:
        raise NotSignedInError
    account = find_account(uow.session, actor.scope.region, actor.account_id)
    if account is None:
        raise NotSignedInError
    problems = check_password(command.new, account.login)
    if not verify_password(account.password_hash, command.old):
        problems.append(FieldProblem("old", "wrong", "原密码不正确。"))
    if problems:
        raise InvalidInputError(problems)
    account.password_hash = hash_password(command.new)
    account.must_change_password = False
    account.version += 1
    for row in open_sessions(uow.session, account.region_code, account.account_id):
        if row.session_id != actor.session_id:
            end_session(uow, clock, actor, row, "password_changed")
    _record(uow, actor, account, "oversight.account.change_password")
    return account


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Give an account a one-time password."""

    account_id: UUID


def reset_password(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ResetPassword
) -> tuple[AccountRow, str]:
    """Return the account and its one-time password, to be told once; all its sessions end."""
    require(actor, "oversight.account.reset_password")
    account = find_account(uow.session, actor.scope.region, command.account_id)
    if account is None:
        raise NotFoundError
    password = one_time_password()
    account.password_hash = hash_password(password)
    account.must_change_password = True
    account.failed_attempts, account.locked_until = 0, None
    account.version += 1
    for row in open_sessions(uow.session, account.region_code, account.account_id):
        end_session(uow, clock, actor, row, "password_reset")
    _record(uow, actor, account, "oversight.account.reset_password")
    return account, password


def _record(uow: UnitOfWork, actor: Actor, account: AccountRow, act: str) -> None:
    uow.record(
        actor,
        Act(
            name=act,
            object_kind="oversight.account",
            object_id=account.account_id,
            object_title=account.name,
            region=account.region_code,
        ),
    )
