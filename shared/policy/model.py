"""A locality's rules as data: what a policy pack says, typed and frozen.

Every value carries its `Basis`: the requirement ids and clause it rests on, and how sure it is —
`stated` in the locality's document, `national` practice, or `assumed` by us until the locality
says otherwise. Computed dates, scores and verdicts store `PackRef`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.policy.escalation import Ladder, OverdueKind
from shared.policy.scoring import ScoringPolicy
from shared.terms.vocabulary import ShareAttribute, ShareEntry


@dataclass(frozen=True, slots=True)
class PackRef:
    """The pack and version a computed value came from."""

    code: str
    version: str


class Certainty(StrEnum):
    """How sure a rule's value is."""

    STATED = "stated"
    NATIONAL = "national"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule comes from: requirement ids, the clause in Chinese, and how sure it is."""

    requirements: tuple[str, ...]
    clause: str
    certainty: Certainty


class RollPolicy(StrEnum):
    """What happens to a fixed date that is no working day."""

    NONE = "none"
    NEXT_WORKDAY = "next_workday"
    PREV_WORKDAY = "prev_workday"


class DeadlineKind(StrEnum):
    """How a deadline is computed."""

    FIXED = "fixed"  # month/day of (fiscal year + year_offset)
    NTH_WORKDAY_OF_MONTH = "nth_workday_of_month"  # the n-th working day of a month
    LAST_NTH_WORKDAY_OF_MONTH = (
        "last_nth_workday_of_month"  # n-th from the end; its last day is due
    )
    NTH_WORKDAY_AFTER_MONTH = "nth_workday_after_month"  # the n-th working day after a month's end
    WORKDAYS_AFTER = "workdays_after"  # n working days after an event's day


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One deadline; `n` counts working days where the kind needs it."""

    id: str
    title: str
    kind: DeadlineKind
    basis: Basis
    year_offset: int = 0
    month: int = 0
    day: int = 0
    n: int = 0
    roll: RollPolicy = RollPolicy.NONE
    buffer_workdays: int = 0
    """Working days after the due date before lateness has consequences (local buffer)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed date. `provisional`: the year's working days are not published yet.

    `buffer_on` is the last day of the local buffer, equal to `due_on` without one. `opens_on` is
    the first day of the period where the rule names a period (the last n working days of a month).
    """

    due_on: date
    provisional: bool
    rule_id: str
    pack: PackRef
    buffer_on: date
    opens_on: date | None = None


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A period in which something is expected; late is flagged, never refused."""

    id: str
    title: str
    start_year_offset: int
    start_month: int
    start_day: int
    end_year_offset: int
    end_month: int
    end_day: int
    basis: Basis

    def dates(self, fiscal_year: int) -> tuple[date, date]:
        """Return first and last day for budget year `fiscal_year`."""
        return (
            date(fiscal_year + self.start_year_offset, self.start_month, self.start_day),
            date(fiscal_year + self.end_year_offset, self.end_month, self.end_day),
        )


class GateMode(StrEnum):
    """What the budget gate does about a target that has not passed."""

    BLOCK = "block"  # 不得安排预算
    REDUCE = "reduce"  # 重新编制或酌情削减
    ADVISE = "advise"  # 作为预算编制依据


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The budget gate of a locality."""

    mode: GateMode
    ex_ante_required: bool
    """New major policies and projects need a supporting ex-ante conclusion."""
    basis: Basis
    ex_ante_basis: Basis


@dataclass(frozen=True, slots=True)
class ReviewStage:
    """One stage of the review chain, in order.

    `collapse_when_same_unit`: a unit that is its own department skips it.
    """

    code: str  # dept_review · fin_office_review · fin_perf_review
    title: str
    role: str
    collapse_when_same_unit: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One scored item of the target review form."""

    code: str
    aspect: str
    title: str
    points: Decimal
    question: str


@dataclass(frozen=True, slots=True)
class GradeBand:
    """`grade` applies from `at_least` (inclusive, % of the points) upward until the next band."""

    grade: str  # excellent · good · fair · poor
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """The review chain, its grades and the joint review."""

    stages: tuple[ReviewStage, ...]
    returns_through: str
    """Stage code: what a later stage gives back reaches the unit through this stage."""
    returns_basis: Basis
    grade_bands: tuple[GradeBand, ...]
    passing_grades: tuple[str, ...]
    """Grades that pass (excellent, good); others send back (fair) or reject (poor)."""
    revise_grades: tuple[str, ...]
    reject_grades: tuple[str, ...]
    grades_basis: Basis
    mandatory_checks: tuple[str, ...]
    """Checks the first finance review must answer (authentic, objective)."""
    checks_basis: Basis
    items: tuple[ReviewItem, ...]
    items_basis: Basis
    joint_review_verdicts: tuple[str, ...]
    """What a joint review session may decide: pass · redo · cut."""
    joint_review_basis: Basis


@dataclass(frozen=True, slots=True)
class Level1:
    """A first-level indicator group; `weight` is its customary share, `None` where none is set."""

    code: str
    title: str
    weight: Decimal | None
    required: bool
    level2: tuple[tuple[str, str], ...]
    """(code, title) of the second level."""


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """The target form: taxonomy, weights, thresholds."""

    taxonomy: str  # 2015 | 2021
    execution_weight: Decimal
    total_weight: Decimal
    levels: tuple[Level1, ...]
    required_level2: tuple[str, ...]
    money_match_from: Decimal
    """Amount in 元 from which the money-match note is required (inclusive)."""
    basis: Basis
    weights_basis: Basis
    money_match_basis: Basis


@dataclass(frozen=True, slots=True)
class LightBand:
    """`light` applies from `at_least` (inclusive, %) upward until the next band."""

    light: str  # red · yellow · green · blue
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class MonitoringPolicy:
    """Monitoring: as-of day, what needs paper, and the warning lights."""

    as_of_month: int
    as_of_day: int
    paper_from: Decimal
    """Amount in 元 from which the paper copy is required as well (inclusive)."""
    indicator_bands: tuple[LightBand, ...]
    execution_bands: tuple[LightBand, ...]
    pacing: str  # linear: month by month, evenly
    cause_required_lights: tuple[str, ...]
    ratio_places: int
    basis: Basis
    paper_basis: Basis
    lights_basis: Basis


@dataclass(frozen=True, slots=True)
class SelfEvaluationPolicy:
    """Self-evaluation (单位自评): who must do it; how it is scored is `scoring`."""

    project_from: Decimal
    """Amount in 元 from which a project is self-evaluated (inclusive)."""
    always_flags: tuple[str, ...]
    """Marks that put a project into the scope whatever its amount."""
    paper_from: Decimal
    """Amount in 元 from which the paper copy is required as well (inclusive)."""
    untrue_from: Decimal
    """Points by which a recheck must differ for the mark 不实 (inclusive)."""
    basis: Basis
    procurement_basis: Basis
    paper_basis: Basis
    recheck_basis: Basis


@dataclass(frozen=True, slots=True)
class RectificationPolicy:
    """Putting findings right: how late a notice may set the date, and what follows from delay."""

    phased_max_months: int
    """分阶段整改: the notice's date lies at most so many months after it."""
    continuous_max_years: int
    """持续整改: at most so many years."""
    extensions_max: int
    """How often the date of one finding may be moved."""
    urgings_before_refusal: int
    """催办 with proof before anybody may determine 拒不整改."""
    review_workdays: int
    """Working days for one step of the office: notice, recheck, recognition, dispute."""
    basis: Basis
    extension_basis: Basis
    refusal_basis: Basis
    review_basis: Basis


@dataclass(frozen=True, slots=True)
class SharingPolicy:
    """How each catalogue entry is shared (共享属性), and for how long at most, in days."""

    attributes: Mapping[ShareEntry, ShareAttribute]
    longest_days: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Category → lead office (HC8.1); `None` office means the unit's own lead office."""

    category: str
    title: str
    office: str | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class CoveragePolicy:
    """How many first-level budget units the locality's text names; `None` where it names none."""

    first_level_units: int | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Question:
    """An ambiguous phrase asked at activation: each reading names the deadline rule it selects."""

    id: str
    phrase: str
    deadline_id: str
    readings: tuple[tuple[str, str, DeadlineRule], ...]
    """(code, title, rule)"""


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of one locality's rules."""

    ref: PackRef
    title: str
    region: str
    region_title: str
    currency_unit: str
    gate: GatePolicy
    review: ReviewPolicy
    target: TargetPolicy
    monitoring: MonitoringPolicy
    self_evaluation: SelfEvaluationPolicy
    scoring: ScoringPolicy
    rectification: RectificationPolicy
    coverage: CoveragePolicy
    sharing: SharingPolicy
    escalation: Mapping[OverdueKind, Ladder]
    deadlines: Mapping[str, DeadlineRule]
    windows: Mapping[str, WindowRule]
    routing: tuple[RoutingRule, ...]
    questions: tuple[Question, ...]
    content: Mapping[str, Any]
    """The pack as loaded, for comparison and for the activation event."""
    digest: str
    """SHA-256 of the canonical content."""
