"""Leaders change dates: the form that moves the due date of chosen units or of all."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from sqlalchemy import select

from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.duties.forms import ExtensionForm
from shared.duties.pages import DutyPages
from shared.duties.progress import Owed, total_progress
from shared.web.console.forms import Form, blank
from shared.web.console.request import clock, database
from shared.web.identity import current_actor
from shared.web.paging import MOST

CHOOSE_FIRST = "请先勾选要延期的单位，或用「全部延期」。"


def draw_extension(
    pages: DutyPages, owed: Owed, chosen: tuple[UUID, ...], form: Form | None = None
) -> str:
    """Return the form for the chosen units, or for all when none is chosen."""
    actor = current_actor()
    with database().read() as session:
        names = session.scalars(
            select(UnitRow.name)
            .where(scope_filter(actor, UnitRow), UnitRow.unit_id.in_(chosen))
            .order_by(UnitRow.code)
            .limit(MOST)
        ).all()
        total = total_progress(session, actor, owed, clock().today())
    return render_template(
        "duties/extension.html",
        pages=pages,
        year=owed.fiscal_year,
        chosen=chosen,
        names=names,
        missing=total.missing,
        form=form or blank(ExtensionForm(), {}),
    )
