"""Columns of bodies working together, on a case or in a joint action: members, minutes, tasks."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column


class MemberColumns:
    """With which rights a party takes part, on what basis, since when."""

    rights: Mapped[str] = mapped_column(String(12))
    basis: Mapped[str]
    joined_on: Mapped[date]
    inviter_name: Mapped[str]


class MinutesColumns:
    """What a meeting agreed, with its scan."""

    held_on: Mapped[date]
    attendees: Mapped[str]
    text: Mapped[str]
    scan_digest: Mapped[str] = mapped_column(String(64))
    scan_name: Mapped[str]
    entered_at: Mapped[datetime]
    enterer_name: Mapped[str]


class JointTaskColumns:
    """A task from minutes: who does what by when, and how it was done."""

    minutes_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(String(20))
    person: Mapped[str]
    what: Mapped[str]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    done_note: Mapped[str]
    doer_name: Mapped[str]
