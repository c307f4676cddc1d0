"""What the office wants to see of a service's work, counted in its database for Prometheus.

These questions cost more than the frame's and change slowly: only the process that leads the
service's jobs asks them, at most twice a minute. Every label has few values, fixed by the terms or
the policy pack: no unit, project or person is ever one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Select, text
from sqlalchemy.exc import SQLAlchemyError

from shared.observability.asking import Asking, Said

if TYPE_CHECKING:
    from shared.db.unit_of_work import Database

CACHE_SECONDS = 30.0

Statement = Select[*tuple[Any, ...]]
"""Label values first, the count last."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One gauge. `query` gives, for a day, the select of the label values and then the count."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    query: Callable[[date], Statement]


class FigureGauges(Asking):
    """A collector over the figures of the services this process leads."""

    cache_seconds = CACHE_SECONDS

    def __init__(
        self,
        databases: Iterable[Database],
        figures: Mapping[str, tuple[Figure, ...]],
        leads: Callable[[str], bool],
    ) -> None:
        """Ask nothing yet. `figures` and `leads` go by service."""
        self._databases = {each.service: each for each in databases if figures.get(each.service)}
        self._figures = figures
        self._leads = leads
        super().__init__(
            self._databases,
            lambda service: count(self._databases[service], self._figures[service]),
        )

    def may_ask(self, service: str) -> bool:
        """Only the leader asks: another process would ask for the same, and pay for it again."""
        return self._leads(service)

    def families(self, said: Mapping[str, Said]) -> Iterable[GaugeMetricFamily]:
        """Return the figures; a database that does not answer has none."""
        families = {
            each.name: GaugeMetricFamily(each.name, each.meaning, labels=("service", *each.labels))
            for service in self._databases
            for each in self._figures[service]
        }
        for service, answer in said.items():
            for name, values in (answer or {}).items():
                for labels, value in values.items():
                    families[name].add_metric([service, *labels], value)
        return families.values()


def count(database: Database, figures: Iterable[Figure]) -> Said:
    """Read all figures of one database; `None` means that it does not answer."""
    today = database.clock.today()
    values: dict[str, dict[tuple[str, ...], float]] = {}
    try:
        with database.engine.connect() as connection, connection.begin():
            connection.execute(text("set transaction read only"))
            connection.execute(text("set local statement_timeout = '5s'"))
            for figure in figures:
                rows = connection.execute(figure.query(today))
                values[figure.name] = {
                    tuple(str(label) for label in labels): float(number) for *labels, number in rows
                }
    except SQLAlchemyError:
        return None
    return values
