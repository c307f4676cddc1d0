"""The working-day calendar: a year by months, and the form for a holiday notice."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.queries.calendar import KnownDay, days_of_year
from services.oversight_svc.usecases.change_calendar import (
    ChangeCalendar,
    ChangedDay,
    change_calendar,
)
from shared.calendar_store import load_calendar
from shared.errors import FieldProblem, InvalidInputError
from shared.terms import label, labels
from shared.terms.vocabulary import DayKind
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Choice, EditorColumn, Tab
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("calendar", __name__, url_prefix="/calendar", template_folder="templates")

ENTERED = (DayKind.HOLIDAY, DayKind.MAKE_UP_WORKDAY)
LONGEST_STRETCH = 31
EDITOR = (
    EditorColumn("first", "自", "date", required=True),
    EditorColumn("last", "至", "date", hint="只有一天的不填"),
    EditorColumn(
        "kind",
        "安排",
        "select",
        [Choice(kind.value, label("day_kind", kind.value)) for kind in ENTERED],
        required=True,
    ),
)


class StretchSchema(ApiSchema):
    """Days from `first` to `last`, both included, that are off or worked."""

    id = fields.String(load_default="")
    first = fields.Date(required=True, metadata={"label": "自"})
    last = fields.Date(load_default=None, metadata={"label": "至"})
    kind = fields.String(
        required=True,
        validate=validate.OneOf([kind.value for kind in ENTERED]),
        metadata={"label": "安排"},
    )


class NoticeSchema(ApiSchema):
    """A holiday notice."""

    source_document = fields.String(required=True, metadata={"label": "通知文号"})
    stretches = fields.List(
        fields.Nested(StretchSchema), load_default=list, metadata={"label": "放假与调休"}
    )


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One square of the calendar."""

    number: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """One month: weeks from Monday to Sunday, `None` where another month's day lies."""

    number: int
    workdays: int
    weeks: list[list[ShownDay | None]]


@pages.get("")
@permission("oversight.calendar.view")
def show_calendar() -> str:
    """Show the year asked for, else the present one."""
    return _page(blank(NoticeSchema()))


@pages.post("")
@permission("oversight.calendar.change")
def enter_notice() -> BaseResponse | tuple[str, int]:
    """Enter a notice; every service takes it over."""
    form = bind(NoticeSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        try:
            command = ChangeCalendar(_days(form), form.data["source_document"])
            with resources.database.begin() as uow:
                count = change_calendar(uow, resources.clock, current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
        else:
            year = command.days[0].day.year
            text = f"已登记 {count} 天，各服务将在数秒内重算未到期的时限。"
            return redirect_with_notice(link("oversight.calendar", {"year": year}), text)
    return _page(form), 422


def _days(form: Form) -> tuple[ChangedDay, ...]:
    days: list[ChangedDay] = []
    problems: list[FieldProblem] = []
    for row, stretch in enumerate(form.data["stretches"]):
        first, last = stretch["first"], stretch["last"] or stretch["first"]
        length = (last - first).days + 1
        if not 1 <= length <= LONGEST_STRETCH:
            message = f"截止日期须在开始日期之后，最多 {LONGEST_STRETCH} 天。"
            problems.append(FieldProblem(f"stretches.{row}.last", "bad_stretch", message))
            continue
        kind = DayKind(stretch["kind"])
        days += [
            ChangedDay(first + timedelta(days=n), kind is DayKind.MAKE_UP_WORKDAY, kind)
            for n in range(length)
        ]
    if problems:
        raise InvalidInputError(problems)
    if not days:
        raise InvalidInputError([FieldProblem("stretches", "missing", "请至少填写一行。")])
    return tuple(days)


def _page(form: Form) -> str:
    resources = current_resources()
    this_year = resources.clock.today().year
    asked = request.args.get("year", this_year, type=int)
    year = asked if date.min.year < asked < date.max.year else this_year
    with resources.database.read() as session:
        known = days_of_year(session, year)
        published = load_calendar(session).published_years
    years = sorted({*published, this_year - 1, this_year, this_year + 1, year})
    return render_template(
        "oversight/calendar.html",
        year=year,
        months=[_month(year, number, known) for number in range(1, 13)],
        tabs=[
            Tab(f"{each}年", link("oversight.calendar", {"year": each}), active=each == year)
            for each in years
        ],
        is_published=year in published,
        next_unpublished=this_year + 1 if this_year + 1 not in published else None,
        sources=sorted({each.source_document for each in known.values()}),
        form=form,
        editor=EDITOR,
        kinds=labels("day_kind"),
    )


def _month(year: int, number: int, known: Mapping[date, KnownDay]) -> ShownMonth:
    weeks: list[list[ShownDay | None]] = []
    workdays = 0
    for week in months.Calendar().monthdatescalendar(year, number):
        line: list[ShownDay | None] = []
        for day in week:
            if day.month != number:
                line.append(None)
                continue
            kind = known[day].kind if day in known else _usual(day)
            workdays += kind in {DayKind.WORKDAY, DayKind.MAKE_UP_WORKDAY}
            line.append(ShownDay(day.day, kind.value, label("day_kind", kind.value)))
        weeks.append(line)
    return ShownMonth(number, workdays, weeks)


def _usual(day: date) -> DayKind:
    return DayKind.WORKDAY if day.isoweekday() <= 5 else DayKind.WEEKEND  # noqa: PLR2004 (Friday)
