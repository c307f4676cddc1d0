"""Stories that go on side by side, told in the order of their days.

A story is a generator: it names the working day and the database of its next step, and is given a
unit of work when that day has come. One day's steps in one database share a transaction.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date

from services.example.stage import Stage
from shared.calendar_store import seed_calendar
from shared.db.unit_of_work import UnitOfWork

CALENDAR = seed_calendar()
_FIRST_HOUR, _LAST_HOUR = 9, 17
_MINUTES = 7
"""Between two steps of a day: nobody does forty things at nine sharp."""


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """When and where a story goes on; `hears` asks for all events to be delivered before."""

    day: date
    service: str
    hears: bool = False


Story = Generator[Turn, UnitOfWork, None]
Days = Generator[Turn, UnitOfWork, date]
"""A part of a story; what it returns is the day of its last step."""


class Diary:
    """All stories under way."""

    def __init__(self, stage: Stage) -> None:
        """Tell on `stage`, whose clock goes on with the days."""
        self._stage = stage
        self._waiting: list[tuple[Turn, int, Story]] = []
        self._begun = 0

    def begin(self, story: Story) -> None:
        """Take a story in; it says itself when its first step is due."""
        self._go_on(story, None)

    def live_until(self, last: date) -> None:
        """Tell every step up to `last`; its events wait for somebody who hears."""
        while self._waiting and self._waiting[0][0].day <= last:
            self._live_once()

    @property
    def unfinished(self) -> int:
        """How many stories wait for a day that has not come."""
        return len(self._waiting)

    def _live_once(self) -> None:
        turn, place = self._waiting[0][0], 0
        if turn.hears:
            self._stage.pump()
        with self._stage.databases[turn.service].begin() as uow:
            while self._waiting and self._waiting[0][0] == turn:
                minutes = min(place * _MINUTES, (_LAST_HOUR - _FIRST_HOUR) * 60)
                self._stage.clock.move_to(turn.day, _FIRST_HOUR + minutes // 60, minutes % 60)
                self._go_on(heapq.heappop(self._waiting)[2], uow)
                place += 1

    def _go_on(self, story: Story, uow: UnitOfWork | None) -> None:
        try:
            turn = next(story) if uow is None else story.send(uow)
        except StopIteration:
            return
        self._wait(turn, story)

    def _wait(self, turn: Turn, story: Story) -> None:
        self._begun += 1
        heapq.heappush(self._waiting, (turn, self._begun, story))


def workday(start: date, count: int = 0) -> date:
    """Return the day `count` working days after `start`; 0 means the next one if it is none."""
    return CALENDAR.add_workdays(start, count).day if count else CALENDAR.next_workday(start).day
