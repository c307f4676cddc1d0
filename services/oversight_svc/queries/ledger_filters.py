"""What narrows the rectification ledger: scope and the filters of the address, as SQL.

Y25-6.2, HC20.1. Filters are texts so that a page, its Excel, a saved view and every figure of a
report ask the very same question. A value that means nothing narrows to nothing found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from services.oversight_svc.domain.finding_states import (
    CLOSED_STATES,
    OPEN_STATES,
    VOID_STATES,
    FindingState,
)
from services.oversight_svc.domain.ledger import (
    SOON_WORKDAYS,
    STATE_GROUPS,
    UNDERWAY_STATES,
    WITH_UNIT_STATES,
    LedgerMark,
    Standing,
)
from services.oversight_svc.domain.recognition import BODY_ROLES, OFFICE_ROLES
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.calendar import WorkingCalendar
from shared.clock import LOCAL_ZONE
from shared.directory.bigrams import bigram_match, bigram_query
from shared.directory.tables import UnitRow
from shared.money import NotMoneyError, parse_decimal, yuan_from_wan
from shared.terms.vocabulary import RaisingBody
from shared.web.paging import Key

FAR_FUTURE: ColumnElement[date] = literal_column("'9999-12-31'::date")
"""Findings without a date come last; written into the statement so that the index serves it."""

DUE_KEY: ColumnElement[date] = func.coalesce(FindingRow.due_on, FAR_FUTURE).label("due_key")
UNIT_IN_SCOPE = cast("type[UnitRow]", aliased(UnitRow, name="scope_unit"))
MINE = "me"

_SORTS: Mapping[str, ColumnElement[Any]] = {
    "due": DUE_KEY,
    "number": FindingRow.number.expression,
    "amount": func.coalesce(FindingRow.amount, literal_column("0")).label("amount_key"),
    "progress": FindingRow.progress.expression,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed to. `values`: the filters as texts of the address.

    `soon_until` is the last day that is at most three working days away.
    """

    values: Mapping[str, str]
    today: date
    soon_until: date


def soon_until(today: date, calendar: WorkingCalendar) -> date:
    """Return the last day that is at most three working days after `today`."""
    return calendar.add_workdays(today, SOON_WORKDAYS + 1).day - timedelta(days=1)


def ask(values: Mapping[str, str], today: date, calendar: WorkingCalendar) -> Asked:
    """Return the question the filters of an address put on `today`."""
    return Asked(values, today, soon_until(today, calendar))


def conditions(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    """Return scope and filters as conditions on finding and leading unit."""
    found = [in_scope(actor)]
    if not asked.values.get("state"):
        found.append(FindingRow.state.not_in(_texts(VOID_STATES)))
    for key, test in _TESTS.items():
        if text := asked.values.get(key, ""):
            found.append(test(text, asked, actor))
    return found


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the leading or an assisting unit lies in the actor's scope.

    The leading unit is among a finding's units, so one look there tells.
    """
    here = FindingRow.region_code == actor.scope.region
    if actor.scope.whole_region:
        return here
    shares = (
        select(FindingUnitRow.unit_id)
        .join(
            UNIT_IN_SCOPE,
            and_(
                UNIT_IN_SCOPE.region_code == FindingUnitRow.region_code,
                UNIT_IN_SCOPE.unit_id == FindingUnitRow.unit_id,
            ),
        )
        .where(
            FindingUnitRow.region_code == FindingRow.region_code,
            FindingUnitRow.fiscal_year == FindingRow.fiscal_year,
            FindingUnitRow.finding_id == FindingRow.finding_id,
            scope_filter(actor, UNIT_IN_SCOPE),
        )
    )
    return and_(here, exists(shares.correlate(FindingRow)))


def same_unit() -> ColumnElement[bool]:
    """Return the condition that joins a finding to the unit that leads it."""
    return and_(
        UnitRow.region_code == FindingRow.region_code, UnitRow.unit_id == FindingRow.unit_id
    )


def standing_column() -> ColumnElement[str]:
    """Return the report's word for a finding as SQL; the twin of `domain.ledger.standing_of`."""
    return case(
        (FindingRow.state.in_(_texts(CLOSED_STATES)), literal(Standing.RECTIFIED.value)),
        (
            and_(FindingRow.state.in_(_texts(UNDERWAY_STATES)), ~FindingRow.is_refused),
            literal(Standing.RECTIFYING.value),
        ),
        else_=literal(Standing.UNRECTIFIED.value),
    )


def sort_keys(sort: str) -> tuple[Key, Key]:
    """Return the columns of a sort key, made unique by the finding's id."""
    descending = sort.startswith("-")
    column = _SORTS.get(sort.removeprefix("-"), DUE_KEY)
    return Key(column, descending), Key(FindingRow.finding_id.expression, descending)


def _texts(states: tuple[FindingState, ...]) -> list[str]:
    return [state.value for state in states]


def is_open() -> ColumnElement[bool]:
    """Return the condition that a due date can still pass."""
    return FindingRow.state.in_(_texts(OPEN_STATES))


def waits_for_recheck(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor's body is to recheck it, and somebody else reported."""
    return and_(
        FindingRow.state == FindingState.REPORTED.value,
        FindingRow.raised_by.in_(_bodies(actor, OFFICE_ROLES)),
        FindingRow.reported_by.is_distinct_from(actor.account_id),
    )


def waits_for_recognition(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor's body is to recognise it; never one's own work."""
    return and_(
        FindingRow.state == FindingState.VERIFIED.value,
        FindingRow.raised_by.in_(_bodies(actor, BODY_ROLES)),
        FindingRow.rechecked_by.is_distinct_from(actor.account_id),
        FindingRow.reported_by.is_distinct_from(actor.account_id),
    )


def waits_for_urging(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that it is with the unit and the actor's body drives it."""
    return and_(
        FindingRow.state.in_(_texts(WITH_UNIT_STATES)),
        FindingRow.raised_by.in_(_bodies(actor, OFFICE_ROLES)),
    )


def _bodies(actor: Actor, roles: Mapping[RaisingBody, frozenset[Any]]) -> list[str]:
    return [body.value for body, speakers in roles.items() if not speakers.isdisjoint(actor.roles)]


def is_overdue(today: date) -> ColumnElement[bool]:
    """Return the condition that it is open and its date has passed."""
    return and_(is_open(), FindingRow.due_on < today)


def is_due_soon(asked: Asked) -> ColumnElement[bool]:
    """Return the condition that it is open and due within three working days, today included."""
    return and_(is_open(), FindingRow.due_on.between(asked.today, asked.soon_until))


def _state(text: str) -> ColumnElement[bool]:
    if text in STATE_GROUPS:
        return FindingRow.state.in_(_texts(STATE_GROUPS[text]))
    return FindingRow.state == text


def _standing(text: str) -> ColumnElement[bool]:
    counted = FindingRow.state.not_in(_texts(VOID_STATES))
    return and_(counted, standing_column() == text)


def _due(text: str, asked: Asked) -> ColumnElement[bool]:
    tests = {
        "overdue": is_overdue(asked.today),
        "soon": is_due_soon(asked),
        "none": and_(is_open(), FindingRow.due_on.is_(None)),
    }
    return tests.get(text, false())


def _mark(text: str) -> ColumnElement[bool]:
    tests: dict[str, ColumnElement[bool]] = {
        LedgerMark.REFUSED: FindingRow.is_refused.is_(True),
        LedgerMark.REPEATED: FindingRow.is_repeated.is_(True),
        LedgerMark.FALSIFIED: FindingRow.is_falsified.is_(True),
        LedgerMark.EXTENDED: FindingRow.times_extended > 0,
        LedgerMark.PARTLY: FindingRow.is_partly_recognised.is_(True),
    }
    return tests.get(text, false())


def _wait(text: str, actor: Actor) -> ColumnElement[bool]:
    tests = {
        "urge": waits_for_urging,
        "recheck": waits_for_recheck,
        "recognise": waits_for_recognition,
    }
    return tests[text](actor) if text in tests else false()


def _assigned(text: str, actor: Actor) -> ColumnElement[bool]:
    if text == "nobody":
        return FindingRow.assigned_to.is_(None)
    return FindingRow.assigned_to == actor.account_id if text == MINE else false()


def _year(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0  # noqa: PLR2004


def _money_from(text: str) -> ColumnElement[bool]:
    """Return the condition for an amount of at least `text` 万元, the number included (以上)."""
    try:
        return FindingRow.amount >= yuan_from_wan(parse_decimal(text))
    except NotMoneyError:
        return false()


def _registered(text: str, *, until: bool) -> ColumnElement[bool]:
    try:
        day = date.fromisoformat(text)
        midnight = datetime.combine(day + timedelta(days=until), time(), LOCAL_ZONE)
    except (ValueError, OverflowError):
        return false()
    return FindingRow.registered_at < midnight if until else FindingRow.registered_at >= midnight


def _words(text: str) -> ColumnElement[bool]:
    if "\x00" in text:
        return false()
    parts = (FindingRow.title, FindingRow.number, FindingRow.project_name)
    found = [part.contains(text, autoescape=True) for part in parts]
    if bigram_query(text):  # signs alone name no unit
        found.append(bigram_match(UnitRow.search, text))
    return or_(*found)


_Test = Callable[[str, Asked, Actor], ColumnElement[bool]]
_TESTS: Mapping[str, _Test] = {
    "year": lambda text, _asked, _actor: FindingRow.fiscal_year == _year(text),
    "work_year": lambda text, _asked, _actor: FindingRow.work_year == _year(text),
    "state": lambda text, _asked, _actor: _state(text),
    "standing": lambda text, _asked, _actor: _standing(text),
    "due": lambda text, asked, _actor: _due(text, asked),
    "wait": lambda text, _asked, actor: _wait(text, actor),
    "assigned": lambda text, _asked, actor: _assigned(text, actor),
    "mark": lambda text, _asked, _actor: _mark(text),
    "source": lambda text, _asked, _actor: FindingRow.source == text,
    "raised_by": lambda text, _asked, _actor: FindingRow.raised_by == text,
    "kind": lambda text, _asked, _actor: FindingRow.kind == text,
    "category": lambda text, _asked, _actor: FindingRow.category == text,
    "office": lambda text, _asked, _actor: FindingRow.lead_office == text,
    "unit": lambda text, _asked, _actor: UnitRow.code == text,
    "money": lambda text, _asked, _actor: _money_from(text),
    "from": lambda text, _asked, _actor: _registered(text, until=False),
    "until": lambda text, _asked, _actor: _registered(text, until=True),
    "q": lambda text, _asked, _actor: _words(text),
}
"""Filter key → its condition; the leading unit is joined."""

FILTER_KEYS = tuple(_TESTS)
