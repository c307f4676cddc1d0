"""Act: sign in with name and password."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from services.oversight_svc.domain.sign_in import (
    SESSION_TIME,
    AccountLockedError,
    Failures,
    NoPostError,
    SignInRefusedError,
    after_failure,
    is_locked,
)
from services.oversight_svc.store.passwords import verify_password, waste_time
from services.oversight_svc.store.people import (
    AccountRow,
    PostRow,
    SessionRow,
    find_account_by_login,
    posts_held,
)
from services.oversight_svc.usecases.sessions import actor_for
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import WenxiaoError
from shared.ids import new_id
from shared.trail.record import Act


@dataclass(frozen=True, slots=True)
class SignIn:
    """Name and password as typed."""

    login: str
    password: str
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session: who, in which post, and which others they may switch to."""

    session: SessionRow
    actor: Actor
    account: AccountRow
    posts: Sequence[PostRow]


@dataclass(frozen=True, slots=True)
class SignInFailed:
    """A refusal that must be counted: the caller commits, then shows `error`."""

    error: WenxiaoError


def sign_in(uow: UnitOfWork, clock: Clock, command: SignIn) -> SignedIn | SignInFailed:
    """Open a session, or return the refusal so that the failed attempt is committed with it."""
    account = find_account_by_login(uow.session, command.login.strip().lower())
    if account is None or account.state != "active":
        waste_time(command.password)
        return SignInFailed(SignInRefusedError())
    failures = Failures(account.failed_attempts, account.locked_until)
    if is_locked(failures, clock.now()):
        waste_time(command.password)
        return SignInFailed(AccountLockedError())
    if not verify_password(account.password_hash, command.password):
        after = after_failure(failures, clock.now())
        account.failed_attempts, account.locked_until = after.count, after.locked_until
        return SignInFailed(AccountLockedError() if after.locked_until else SignInRefusedError())
    account.failed_attempts, account.locked_until = 0, None
    posts = posts_held(uow.session, account.region_code, account.account_id, clock.today())
    if not posts:
        return SignInFailed(NoPostError())
    return _open(uow, clock, command, account, posts)


def _open(
    uow: UnitOfWork,
    clock: Clock,
    command: SignIn,
    account: AccountRow,
    posts: Sequence[PostRow],
) -> SignedIn:
    row = SessionRow(
        region_code=account.region_code,
        session_id=new_id(),
        account_id=account.account_id,
        post_id=posts[0].post_id,
        csrf=secrets.token_urlsafe(24),
        created_at=clock.now(),
        expires_at=clock.now() + SESSION_TIME,
        ended_at=None,
    )
    uow.session.add(row)
    actor = actor_for(uow, account, posts[0], row.session_id, command.correlation_id)
    uow.record(
        actor,
        Act(
            name="oversight.session.sign_in",
            object_kind="oversight.account",
            object_id=account.account_id,
            object_title=account.name,
            region=account.region_code,
        ),
    )
    return SignedIn(row, actor, account, posts)
