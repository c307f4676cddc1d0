"""Reads of the packs in force and of their history."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.store.policies import PolicyActivationRow
from shared.errors import NotFoundError
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack, pack_from_content
from shared.policy.model import Pack


def policies_in_force(session: Session, region: str) -> Sequence[ActivePolicyRow]:
    """Return the packs in force, every year's own before the one for every year."""
    query = (
        select(ActivePolicyRow)
        .where(ActivePolicyRow.region_code == region)
        .order_by(ActivePolicyRow.fiscal_year.desc())
    )
    return session.scalars(query).all()


def activations(session: Session, region: str) -> Sequence[PolicyActivationRow]:
    """Return the history of activations, the newest first, at most a hundred."""
    query = (
        select(PolicyActivationRow)
        .where(PolicyActivationRow.region_code == region)
        .order_by(PolicyActivationRow.activated_at.desc(), PolicyActivationRow.number.desc())
        .limit(100)
    )
    return session.scalars(query).all()


def chosen_pack(session: Session, region: str, name: str) -> Pack:
    """Return the pack called `name`: `active:<year>` is the one in force, else a shipped code.

    Raises `NotFoundError` when there is none.
    """
    kind, _, year = name.partition(":")
    if kind != "active":
        return find_pack(name)
    row = session.get(ActivePolicyRow, (region, int(year))) if year.isdecimal() else None
    if row is None:
        raise NotFoundError
    return pack_from_content(row.content)
