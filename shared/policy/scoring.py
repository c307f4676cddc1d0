"""Scoring schemes (评分方案) as data: points, rules and bands a form is scored by.

A scheme belongs to a place and to years, so that a form is always scored by the rules of its own
year (domain traps: several weights and two indicator trees are in use side by side). Points are
points of 100, shares and rates are in %. Every part carries its basis.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.errors import RuleBrokenError
from shared.terms import labels

if TYPE_CHECKING:
    from shared.policy.model import Basis, GradeBand, Pack

WHOLE = Decimal(100)


class NoSchemeError(RuleBrokenError):
    """No scheme is named for the kind of form and the budget year."""

    code = "no_scheme"
    sentence = "政策包「{pack}」没有规定 {year} 年度{kind}的评分方案；请在政策包中补上。"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scheme holds: the leading digits of the division code, and the place's name."""

    region: str
    title: str


@dataclass(frozen=True, slots=True)
class LevelPoints:
    """Points that first-level indicator groups earn together."""

    levels: tuple[str, ...]
    points: Decimal


@dataclass(frozen=True, slots=True)
class PointSet:
    """One way to divide the points; which one holds follows from the groups a form uses."""

    code: str
    title: str
    rows: tuple[LevelPoints, ...]

    @property
    def levels(self) -> frozenset[str]:
        """The groups it has points for."""
        return frozenset(code for row in self.rows for code in row.levels)


@dataclass(frozen=True, slots=True)
class ShareBand:
    """`share` of the points in %, from `at_least` (in %, inclusive) up to the next band."""

    at_least: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class QualitativeBand:
    """A step of a qualitative indicator: the share of its points in %, from `at_least` on.

    `below` is the upper end, itself excluded except in the top band.
    """

    code: str  # reached · partly · missed
    at_least: Decimal
    below: Decimal


@dataclass(frozen=True, slots=True)
class ExecutionScoring:
    """How budget execution is scored: proportional to the rate, or by `bands` of the rate.

    With bands a project that is finished within its budget earns all points whatever its rate;
    `over_budget_share` holds where more than the budget was spent.
    """

    points: Decimal
    rule: str  # proportional · execution_band
    bands: tuple[ShareBand, ...]
    over_budget_share: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class QuantityScoring:
    """How a number is scored against its target value."""

    equal_reading: str  # at_least: = is met by more; exact: every deviation counts
    reverse_zero_from: Decimal
    """A reverse indicator earns nothing from so many % of its target value on (inclusive)."""
    basis: Basis
    special_basis: Basis
    """What the official text leaves open: reverse, «=», a target value of 0 or below."""


@dataclass(frozen=True, slots=True)
class SatisfactionScoring:
    """How a satisfaction rate is scored: as any number, or by `bands` of the rate itself."""

    rule: str  # proportional · banded
    bands: tuple[ShareBand, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class OverFulfilment:
    """From `reason_from` (% of the target value) on a reason is asked for.

    `deductions` say what share of the points is taken away, by degree; empty: nothing is.
    """

    reason_from: Decimal
    deductions: tuple[ShareBand, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Cap:
    """With an execution rate below `rate_below` % the total or the grade ends here."""

    rate_below: Decimal
    total_at_most: Decimal | None
    grade_at_most: str | None


@dataclass(frozen=True, slots=True)
class Capping:
    """Caps by execution rate; none where the scheme sets none."""

    caps: tuple[Cap, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class ScoringScheme:
    """One version of one scheme. `last_year` is empty while the scheme is in force."""

    code: str
    version: str
    title: str
    kinds: tuple[str, ...]
    first_year: int
    last_year: int | None
    place: Place | None
    taxonomy: str  # 2015 | 2021
    point_sets: tuple[PointSet, ...]
    moved_when_absent: Mapping[str, str]
    """A group no indicator of the form stands in → the group its points go to."""
    points_basis: Basis
    execution: ExecutionScoring
    quantity: QuantityScoring
    satisfaction: SatisfactionScoring
    qualitative_bands: tuple[QualitativeBand, ...]
    qualitative_basis: Basis
    over_fulfilment: OverFulfilment
    capping: Capping
    grade_bands: tuple[GradeBand, ...]
    grade_basis: Basis
    places: int

    def points_for(self, levels: Collection[str]) -> tuple[LevelPoints, ...]:
        """Return the customary points of a form whose indicators stand in `levels`.

        The first set with a place for every group counts; points of a group without an indicator
        move where the scheme says. A form without indicators gets the first set as it is.
        """
        fitting = (each for each in self.point_sets if each.levels.issuperset(levels))
        rows = next(fitting, self.point_sets[0]).rows
        for gone, to in self.moved_when_absent.items():
            if levels and gone not in levels and to in levels:
                rows = _moved(rows, gone, to)
        return rows

    def holds_in(self, year: int) -> bool:
        """Tell whether the scheme is in force for a budget year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


@dataclass(frozen=True, slots=True)
class SchemeChoice:
    """From budget year `from_year` on forms of a kind are scored by `scheme`."""

    from_year: int
    scheme: str


@dataclass(frozen=True, slots=True)
class ScoringPolicy:
    """The schemes a locality knows, and which of them holds for a kind of form and a year."""

    schemes: tuple[ScoringScheme, ...]
    defaults: Mapping[str, tuple[SchemeChoice, ...]]
    basis: Basis

    def find(self, code: str) -> ScoringScheme | None:
        """Return the scheme called `code`."""
        return next((each for each in self.schemes if each.code == code), None)


def scheme_of(pack: Pack, kind: str, year: int) -> ScoringScheme:
    """Return the scheme forms of `kind` are scored by in budget year `year`.

    Raises `NoSchemeError` for a year before the first the pack speaks of.
    """
    choices = [row for row in pack.scoring.defaults.get(kind, ()) if row.from_year <= year]
    if choices:
        found = pack.scoring.find(max(choices, key=lambda row: row.from_year).scheme)
        if found is not None and found.holds_in(year):
            return found
    words = labels("scored_kind").get(kind, kind)
    raise NoSchemeError(pack=pack.title, year=year, kind=words)


def _moved(rows: tuple[LevelPoints, ...], gone: str, to: str) -> tuple[LevelPoints, ...]:
    freed = next((row for row in rows if row.levels == (gone,)), None)
    if freed is None:  # shared with another group, which keeps the points
        return rows
    return tuple(
        LevelPoints(row.levels, row.points + freed.points) if to in row.levels else row
        for row in rows
        if row is not freed
    )
