"""What the pages here share: the budget year, ids in filters, refusals as messages."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from services.target_svc.usecases.create_target import DECLARATION_WINDOW
from shared.access.actor import Actor
from shared.errors import FieldProblem, InvalidInputError, WenxiaoError
from shared.policy.active import NoPolicyError, policy_for
from shared.web.console.lists import Filter
from shared.web.console.views import Choice


def year_filter(today: date, chosen: str) -> Filter:
    """Return the filter of the budget year: next year's down to three years back."""
    years = {today.year + 1 - back for back in range(5)} | {int(chosen)}
    choices = [Choice(str(year), f"{year}年") for year in sorted(years, reverse=True)]
    return Filter("year", "预算年度", choices=choices)


def declared_year(session: Session, actor: Actor, today: date) -> int:
    """Return the budget year whose targets are being declared today, else this year."""
    try:
        window = policy_for(session, actor.scope.region, today.year + 1).windows[DECLARATION_WINDOW]
    except NoPolicyError:
        return today.year
    first, last = window.dates(today.year + 1)
    return today.year + 1 if first <= today <= last else today.year


def uuid_or_none(text: str) -> UUID | None:
    """Return the id a filter names; what is none does not narrow."""
    try:
        return UUID(text)
    except ValueError:
        return None


def as_form_problem(error: WenxiaoError) -> InvalidInputError:
    """Return a refusal as a message at the top of the form, so that what was typed stays."""
    return InvalidInputError([FieldProblem("", error.code, error.message)])
