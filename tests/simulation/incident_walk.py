"""An approval that cannot be processed: a mistyped holiday notice leaves October no working day.

The monitoring service fails to compute a deadline, tries again, and parks the event. A person reads
why, corrects the calendar, and sends the event again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from tests.simulation.founding import YEAR, County
from tests.simulation.person import await_it
from tests.simulation.settling import await_settled

CALENDAR, EVENTS = "/oversight/calendar", "/monitoring/events"
WRONG = (("2023-10-01", "2023-10-31", "holiday"),)
CORRECT = (
    ("2023-10-01", "2023-10-06", "holiday"),
    ("2023-10-07", "2023-10-13", "make_up_workday"),
    ("2023-10-14", "2023-10-15", "holiday"),
    ("2023-10-16", "2023-10-20", "make_up_workday"),
    ("2023-10-21", "2023-10-22", "holiday"),
    ("2023-10-23", "2023-10-27", "make_up_workday"),
    ("2023-10-28", "2023-10-29", "holiday"),
    ("2023-10-30", "2023-10-31", "make_up_workday"),
)
LONGEST_RETRY = timedelta(seconds=330)
"""More than the longest pause between two attempts."""


def mistype_notice(county: County, monitored: str) -> str:
    """Enter the wrong notice and wait until everybody reckons with it.

    Returned is the time left that the page `monitored` told before.
    """
    before = _time_left(county, monitored)
    _enter(county, "国办发明电〔2022〕16号（录入有误）", WRONG)
    _await_time_left(county, monitored, before, same=False)
    await_settled(county.installation)
    return before


def await_parked(county: County) -> str:
    """Let time pass until the sixth attempt has failed; return the parked event's page."""

    def parked() -> str | None:
        county.installation.pass_time(LONGEST_RETRY)
        found = re.search(
            rf'href="({EVENTS}/\d+)">.*?已试次数"[^>]*><div[^>]*>(\d+)<',
            county.person("sysadmin").page(EVENTS),
            re.DOTALL,
        )
        if found is None:
            return None
        assert found[2] == "6"
        return found[1]

    return await_it("the parked event", parked)


def correct_and_release(county: County, event: str, monitored: str, before: str) -> None:
    """Read why it failed, correct the calendar, send the event again."""
    admin = county.person("sysadmin")
    assert "has fewer working days" in admin.page(event)
    _enter(county, "国办发明电〔2022〕16号", CORRECT)
    _await_time_left(county, monitored, before, same=True)
    admin.form(event, {}, to=f"{event}/resend")
    await_it("no parked event", lambda: "没有停放的事件" in admin.page(EVENTS))


def _enter(county: County, document: str, stretches: Sequence[tuple[str, str, str]]) -> None:
    fields = [("source_document", document)]
    for row, stretch in enumerate(stretches):
        names = ("first", "last", "kind")
        fields += [
            (f"stretches.{row}.{name}", text) for name, text in zip(names, stretch, strict=True)
        ]
    county.person("perf").form(f"{CALENDAR}?year={YEAR}", fields)


def _time_left(county: County, page: str) -> str:
    found = re.findall(r"(?:剩|逾期)\d+个工作日|今日到期", county.person("unit").page(page))
    assert found, f"{page} says nothing about the time left"
    return "".join(found)


def _await_time_left(county: County, page: str, text: str, *, same: bool) -> None:
    await_it(
        f"time left at {page} {'again' if same else 'other than'} {text}",
        lambda: (_time_left(county, page) == text) is same,
    )
