"""The ledger as Excel, the same lines and words as on the screen, of any length (HC20.1).

Rows are read through one cursor and written as they come, so fifty thousand findings take no more
memory than fifty, and all of them are of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy.orm import Session

from services.oversight_svc.queries.ledger import every_entry
from services.oversight_svc.queries.ledger_cells import (
    Telling,
    chosen_columns,
    numbered,
    office_names,
)
from services.oversight_svc.queries.ledger_filters import ask
from shared.access.actor import Actor
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.web.console.formats import date_zh
from shared.web.console.workbook import write_list

TITLE = "整改台账"
AT_ONCE = 1000
"""As many lines are written while the reader waits; a longer list is written in the background."""
TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """Filters, order and columns of the page, and the filters in words for the head."""

    values: Mapping[str, str]
    sort: str
    columns: tuple[str, ...]
    words: str

    def to_json(self) -> dict[str, Any]:
        """Return the question as a batch keeps it."""
        return {
            "values": dict(self.values),
            "sort": self.sort,
            "columns": list(self.columns),
            "words": self.words,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ExportQuestion:
        """Read what `to_json` wrote."""
        return cls(kept["values"], kept["sort"], tuple(kept["columns"]), kept["words"])


def write_ledger(
    session: Session,
    clock: Clock,
    actor: Actor,
    question: ExportQuestion,
    into: IO[bytes],
    tell: Callable[[int], None] = lambda _count: None,
) -> None:
    """Write the whole list into `into`; `tell` hears every thousand lines how many there are."""
    today, calendar = clock.today(), load_calendar(session)
    telling = Telling(today, calendar, office_names(session, actor))
    entries = every_entry(session, actor, ask(question.values, today, calendar), question.sort)
    write_list(
        TITLE,
        chosen_columns(question.columns),
        _told(numbered(entries, 1, telling), tell),
        [f"截至{date_zh(today)}", question.words],
        into=into,
    )


def _told(rows: Iterable[dict[str, Any]], tell: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    for count, row in enumerate(rows, 1):
        yield row
        if count % TELL_EVERY == 0:
            tell(count)
