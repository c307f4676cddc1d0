"""Columns every kind of duty has; a service adds its own, among them its id, and names the table.

Y25-4.3, Y25-4.4, Y25-5.4. Region and year are sorted to the front: every key begins with them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import RegionCode


class DutyColumns:
    """One thing owed by a unit.

    `print_code` is that of the latest submission, `paper_print_code` that of the paper received.
    """

    KIND: ClassVar[str]
    """What trail and tasks call it, e.g. `monitoring.report`."""
    FORM: ClassVar[str]
    """What people call the form: 监控表, 自评表."""
    REVIEWING: ClassVar[tuple[str, ...]]
    """States in which a reviewer is waited for."""
    DONE: ClassVar[tuple[str, ...]]
    """States past review. In any other state the duty is with the unit."""

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True, sort_order=-2)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=-1)
    version: Mapped[int]
    unit_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date]
    first_due_on: Mapped[date]
    buffer_on: Mapped[date]
    provisional: Mapped[bool]
    deadline_rule: Mapped[str] = mapped_column(String(60))
    pack_code: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    is_late: Mapped[bool]
    times_returned: Mapped[int] = mapped_column(SmallInteger)
    return_reason: Mapped[str]
    print_code: Mapped[str] = mapped_column(String(20))
    paper_required: Mapped[bool]
    paper_received_on: Mapped[date | None]
    paper_print_code: Mapped[str] = mapped_column(String(20))

    @property
    def duty_id(self) -> UUID:
        """The last part of the key, whatever the service calls it."""
        raise NotImplementedError

    @property
    def is_submitted(self) -> bool:
        """Tell whether the electronic form counts as handed in."""
        return self.state in self.REVIEWING + self.DONE

    @property
    def has_paper(self) -> bool:
        """Tell whether the paper of the latest submission has arrived."""
        return self.is_submitted and self.paper_print_code == self.print_code


class ExtensionColumns:
    """A due date moved for some units, with its basis document; the old date stays visible."""

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True, sort_order=-2)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=-1)
    extension_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID]
    previous_due_on: Mapped[date]
    due_on: Mapped[date]
    document_number: Mapped[str]
    reason: Mapped[str]
    extended_at: Mapped[datetime]
    extended_by: Mapped[str]


class ContactColumns:
    """One telephone reminder: when, whom, what was said."""

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    contacted_at: Mapped[datetime]
    contacted_by: Mapped[str]
    person: Mapped[str]
    note: Mapped[str]
