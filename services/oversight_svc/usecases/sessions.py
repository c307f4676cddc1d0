"""Builds the actor of a session: a person in one of the posts held today."""

from __future__ import annotations

from uuid import UUID

from services.oversight_svc.domain.posts import reach_of
from services.oversight_svc.store.people import AccountRow, PostRow, SessionRow
from shared.access.actor import Actor, Scope
from shared.access.keys import revoke_session
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.events.envelope import Subject
from shared.events.oversight import SESSION_REVOKED


def actor_for(
    uow: UnitOfWork, account: AccountRow, post: PostRow, session_id: UUID, correlation_id: str
) -> Actor:
    """Return the actor `account` is in `post`, with the scope that follows."""
    unit = find_unit(uow.session, post.region_code, post.unit_id) if post.unit_id else None
    reach = reach_of(post.roles, unit_path=unit.path if unit else None, office=post.office)
    return Actor(
        account_id=account.account_id,
        name=account.name,
        post_id=post.post_id,
        post_name=post.name,
        roles=frozenset(post.roles),
        scope=Scope(
            region=post.region_code,
            unit_paths=reach.unit_paths,
            offices=reach.offices,
            whole_region=reach.whole_region,
        ),
        unit_id=post.unit_id,
        session_id=session_id,
        correlation_id=correlation_id,
    )


def end_session(uow: UnitOfWork, clock: Clock, actor: Actor, row: SessionRow, reason: str) -> None:
    """End a session here and tell the other services, so its cookie is refused everywhere."""
    row.ended_at = clock.now()
    revoke_session(uow.session, row.session_id, expires_at=row.expires_at, now=clock.now())
    uow.emit(
        SESSION_REVOKED,
        Subject(row.session_id, 1, row.region_code),
        actor,
        {"session_id": row.session_id, "expires_at": row.expires_at, "reason": reason},
    )
