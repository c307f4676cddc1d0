"""Act: go on with an open session, in the same post or another one held today."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.sign_in import NoPostError
from services.oversight_svc.store.people import SessionRow, find_account, posts_held
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.sessions import actor_for
from services.oversight_svc.usecases.sign_in import SignedIn
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import NotFoundError, NotSignedInError


@dataclass(frozen=True, slots=True)
class RenewSession:
    """Renew the actor's session; `post_id` switches to another post held today."""

    post_id: UUID | None = None


def renew_session(uow: UnitOfWork, clock: Clock, actor: Actor, command: RenewSession) -> SignedIn:
    """Return the session with the actor as of now.

    Raises `NotSignedInError` when the session has ended, `NotFoundError` for a post not held, and
    `NoPostError` when no post is held any more.
    """
    row = _open_session(uow, clock, actor)
    account = find_account(uow.session, row.region_code, row.account_id)
    if account is None or account.state != "active":
        raise NotSignedInError
    posts = posts_held(uow.session, row.region_code, row.account_id, clock.today())
    if not posts:
        raise NoPostError
    by_id = {post.post_id: post for post in posts}
    if command.post_id is not None and command.post_id not in by_id:
        raise NotFoundError
    post = by_id.get(command.post_id or row.post_id, posts[0])
    renewed = actor_for(uow, account, post, row.session_id, actor.correlation_id)
    if row.post_id != post.post_id:
        row.post_id = post.post_id
        subject = ("oversight.post", post.post_id, post.name)
        record(uow, renewed, "oversight.session.switch_post", subject)
    return SignedIn(row, renewed, account, posts)


def _open_session(uow: UnitOfWork, clock: Clock, actor: Actor) -> SessionRow:
    query = (
        select(SessionRow)
        .where(
            SessionRow.region_code == actor.scope.region,
            SessionRow.session_id == actor.session_id,
        )
        .with_for_update()
    )
    row = uow.session.scalars(query).one_or_none()
    if row is None or row.ended_at is not None or row.expires_at <= clock.now():
        raise NotSignedInError
    return row
