"""The register of responsibility (责任登记): who answered for a unit on a day (SL21-R2)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from services.oversight_svc.console.accountability_showing import case_badge
from services.oversight_svc.console.finding_new import unit_choices, uuid_or_none
from services.oversight_svc.queries.responsibility import register_of
from shared.access.rights import is_allowed
from shared.web.console.request import clock, database
from shared.web.identity import current_actor
from shared.web.permissions import permission

pages = Blueprint("responsibility", __name__, template_folder="templates")


@pages.get("/responsibility")
@permission("oversight.responsibility.view")
def show_register() -> str:
    """Ask for a unit and a day; show who answered for it, in office still or not."""
    actor, today = current_actor(), clock().today()
    unit_id = uuid_or_none(request.args.get("unit", ""))
    on, wrong = _day(request.args.get("on", ""), today)
    with database().read() as session:
        choices = unit_choices(session, actor)
        register = (
            register_of(
                session,
                actor,
                unit_id,
                on,
                with_cases=is_allowed(actor, "oversight.accountability.view"),
            )
            if unit_id
            else None
        )
    return render_template(
        "oversight/responsibility.html",
        units=choices,
        unit_id=str(unit_id or ""),
        on=on,
        wrong=wrong,
        register=register,
        badges={case.case_id: case_badge(case) for case in register.cases} if register else {},
        today=today,
    )


def _day(typed: str, today: date) -> tuple[date, bool]:
    """Return the day asked about, and whether what was typed is none."""
    if not typed:
        return today, False
    try:
        return date.fromisoformat(typed), False
    except ValueError:
        return today, True
