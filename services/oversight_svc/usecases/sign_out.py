"""Act: sign out; the cookie is refused by every service from then on."""

from __future__ import annotations

from sqlalchemy import select

from services.oversight_svc.store.people import SessionRow
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.sessions import end_session
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork


def sign_out(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:
    """End the actor's session; doing it twice is no error."""
    query = (
        select(SessionRow)
        .where(
            SessionRow.region_code == actor.scope.region,
            SessionRow.session_id == actor.session_id,
        )
        .with_for_update()
    )
    row = uow.session.scalars(query).one_or_none()
    if row is not None and row.ended_at is None:
        end_session(uow, clock, actor, row, "signed_out")
        subject = ("oversight.account", row.account_id, actor.name)
        record(uow, actor, "oversight.session.sign_out", subject)
