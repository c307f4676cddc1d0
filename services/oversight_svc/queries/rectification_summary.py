"""整改情况: findings put right, being put right, not put right, by count and money.

Y25-6.6, HC20.1. Every figure is a group of the ledger's own rows, under the ledger's own filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.ledger import Standing
from services.oversight_svc.queries.ledger import TOTAL_COLUMNS, Total
from services.oversight_svc.queries.ledger_filters import (
    Asked,
    conditions,
    same_unit,
    standing_column,
)
from services.oversight_svc.store.findings import FindingRow
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.terms import labels


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of a table: what it is about, and its figures by standing.

    `question` are the filters of the ledger that list exactly its findings.
    """

    name: str
    question: Mapping[str, str]
    figures: Mapping[Standing, Total]

    @property
    def whole(self) -> Total:
        """All findings of the line."""
        return sum(self.figures.values(), Total())

    def of(self, standing: Standing) -> Total:
        """Return the figures of one standing."""
        return self.figures.get(standing, Total())


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole report: one line over all, and one table for each way to divide it."""

    overall: SummaryLine
    tables: Mapping[str, Sequence[SummaryLine]] = field(default_factory=dict)


def summarise(session: Session, actor: Actor, asked: Asked) -> Summary:
    """Return the figures by source, leading unit and kind: one grouped query."""
    standing = standing_column().label("standing")
    parts = (FindingRow.source, FindingRow.kind, UnitRow.code, UnitRow.name)
    query = (
        select(standing, *parts, *TOTAL_COLUMNS)
        .join(UnitRow, same_unit())
        .where(*conditions(actor, asked))
        .group_by(standing, *parts)
    )
    rows = session.execute(query).all()
    names = {row.code: row.name for row in rows}
    return Summary(
        SummaryLine("合计", {}, _figures(rows)),
        {
            "source": _divided(rows, "source", labels("finding_source")),
            "unit": _divided(rows, "unit", dict(sorted(names.items())), lambda row: row.code),
            "kind": _divided(rows, "kind", labels("rectification_kind")),
        },
    )


def _divided(
    rows: Sequence[Any],
    key: str,
    names: Mapping[str, str],
    value_of: Callable[[Any], str] | None = None,
) -> list[SummaryLine]:
    """Return one line for each value that has findings, in the order of `names`."""
    read = value_of or (lambda row: getattr(row, key))
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(read(row), []).append(row)
    return [
        SummaryLine(name, {key: value}, _figures(groups[value]))
        for value, name in names.items()
        if value in groups
    ]


def _figures(rows: Sequence[Any]) -> dict[Standing, Total]:
    figures: dict[Standing, Total] = {}
    for row in rows:
        standing = Standing(row.standing)
        one = Total(row.count_, row.amount_, row.rectified_)
        figures[standing] = figures.get(standing, Total()) + one
    return figures
