"""An account's saved views of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.oversight_svc.store.rectification import LedgerViewRow
from shared.access.actor import Actor


def views_of(session: Session, actor: Actor) -> Sequence[LedgerViewRow]:
    """Return the account's views by name; a use case bounds how many there are."""
    return session.scalars(_own(actor).order_by(LedgerViewRow.name)).all()


def default_view(session: Session, actor: Actor) -> LedgerViewRow | None:
    """Return the view the account wants to see first."""
    return session.scalars(_own(actor).where(LedgerViewRow.is_default)).first()


def _own(actor: Actor) -> Select[LedgerViewRow]:
    return select(LedgerViewRow).where(
        LedgerViewRow.region_code == actor.scope.region,
        LedgerViewRow.account_id == actor.account_id,
    )
