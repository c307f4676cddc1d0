"""A clock that tests hold still and move by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shared.clock import local_date


class FrozenClock:
    """Shows the instant it was given until it is moved."""

    is_rehearsal = False

    def __init__(self, instant: datetime) -> None:
        """Show `instant`, which must be aware."""
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant shown."""
        return self._instant

    def today(self) -> date:
        """Return the local day of `now`."""
        return local_date(self._instant)

    def move_to(self, instant: datetime) -> None:
        """Show another aware instant from now on, earlier or later."""
        self._instant = instant

    def advance(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._instant += by
