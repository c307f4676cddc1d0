"""A duty's part of 全过程一览: what was handed in and its results, each figure a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import render_template
from sqlalchemy.orm import InstrumentedAttribute

from shared.duties.progress import Owed, count_by, total_progress
from shared.web.console.request import clock, database
from shared.web.console.views import Tile, Tone
from shared.web.identity import current_actor
from shared.web.links import link


@dataclass(frozen=True, slots=True)
class Glance:
    """The words of one duty: its page and list, what is owed, and its results with their colours.

    `result` is the column that holds a result, `key` the filter of the list that names one.
    """

    template: str
    list_name: str
    required: str
    result: InstrumentedAttribute[str]
    key: str
    tones: Mapping[str, Tone]
    title_of: Callable[[str], str]


def glance_page(glance: Glance, owed: Owed, year: int) -> str:
    """Return the part for a budget year, under the reader's own rights."""
    actor = current_actor()
    with database().read() as session:
        total = total_progress(session, actor, owed, clock().today())
        results = count_by(session, actor, owed, glance.result)

    def tile(title: str, value: int, tone: Tone, query: Mapping[str, str]) -> Tile:
        asked = {"year": year, "tab": "all", **query}
        return Tile(title, f"{value:,}", link(glance.list_name, query=asked), "份", tone)

    late: Tone = "red" if total.overdue else "green"
    return render_template(
        glance.template,
        tiles=[
            tile(glance.required, total.required, "blue", {}),
            tile("逾期未报", total.overdue, late, {"overdue": "1"}),
            *(
                tile(glance.title_of(result), results.get(result, 0), tone, {glance.key: result})
                for result, tone in glance.tones.items()
            ),
        ],
        total=total,
    )
