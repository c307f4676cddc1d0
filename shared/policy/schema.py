"""The form of a pack file: every block one schema, every schema one class of `model`."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load, validate

from shared.policy import escalation, model
from shared.policy.blocks import BasisBlock, Block, GradeBandBlock
from shared.policy.fields import Amount, Choice, Code, Flag, Part, Rows, Table, Text, Whole
from shared.policy.scoring_schema import ScoringBlock
from shared.terms.vocabulary import (
    CurrencyUnit,
    Grade,
    IndicatorLevel1,
    IndicatorLevel2,
    JointReviewVerdict,
    Light,
    MandatoryCheck,
    Pacing,
    ProjectFlag,
    ReviewAspect,
    ReviewStageCode,
    Role,
    ShareAttribute,
    ShareEntry,
    Taxonomy,
)


class GateBlock(Block):
    """`model.GatePolicy`."""

    makes = model.GatePolicy
    mode = Choice(model.GateMode)
    basis = Part(BasisBlock)
    ex_ante_required = Flag(required=True)
    ex_ante_basis = Part(BasisBlock)


class StageBlock(Block):
    """`model.ReviewStage`."""

    makes = model.ReviewStage
    code = Code(ReviewStageCode)
    title = Text()
    role = Code(Role)
    collapse_when_same_unit = Flag(required=True)
    basis = Part(BasisBlock)


class ReviewItemBlock(Block):
    """`model.ReviewItem`."""

    makes = model.ReviewItem
    code = Text()
    aspect = Code(ReviewAspect)
    title = Text()
    points = Amount(required=True)
    question = Text()


class ReviewBlock(Block):
    """`model.ReviewPolicy`."""

    makes = model.ReviewPolicy
    stages = Rows(Part(StageBlock), least=1)
    returns_through = Code(ReviewStageCode)
    returns_basis = Part(BasisBlock)
    grade_bands = Rows(Part(GradeBandBlock), least=1)
    passing_grades = Rows(Code(Grade), least=1)
    revise_grades = Rows(Code(Grade))
    reject_grades = Rows(Code(Grade))
    grades_basis = Part(BasisBlock)
    mandatory_checks = Rows(Code(MandatoryCheck))
    checks_basis = Part(BasisBlock)
    items = Rows(Part(ReviewItemBlock), least=1)
    items_basis = Part(BasisBlock)
    joint_review_verdicts = Rows(Code(JointReviewVerdict), least=1)
    joint_review_basis = Part(BasisBlock)


class Level2Block(Block):
    """One second-level indicator group, read as (code, title)."""

    code = Code(IndicatorLevel2)
    title = Text()

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> tuple[str, str]:
        return data["code"], data["title"]


class Level1Block(Block):
    """`model.Level1`."""

    makes = model.Level1
    code = Code(IndicatorLevel1)
    title = Text()
    weight = Amount(required=True, allow_none=True)
    required = Flag(required=True)
    level2 = Rows(Part(Level2Block), least=1)


class TargetBlock(Block):
    """`model.TargetPolicy`."""

    makes = model.TargetPolicy
    taxonomy = Code(Taxonomy)
    execution_weight = Amount(required=True)
    total_weight = Amount(required=True)
    levels = Rows(Part(Level1Block), least=1)
    required_level2 = Rows(Code(IndicatorLevel2))
    money_match_from = Amount(required=True)
    basis = Part(BasisBlock)
    weights_basis = Part(BasisBlock)
    money_match_basis = Part(BasisBlock)


class LightBandBlock(Block):
    """`model.LightBand`."""

    makes = model.LightBand
    light = Code(Light)
    at_least = Amount(required=True)


class MonitoringBlock(Block):
    """`model.MonitoringPolicy`."""

    makes = model.MonitoringPolicy
    as_of_month = Whole(1, 12)
    as_of_day = Whole(1, 31)
    paper_from = Amount(required=True)
    indicator_bands = Rows(Part(LightBandBlock), least=1)
    execution_bands = Rows(Part(LightBandBlock), least=1)
    pacing = Code(Pacing)
    cause_required_lights = Rows(Code(Light))
    ratio_places = Whole(0, 4)
    basis = Part(BasisBlock)
    paper_basis = Part(BasisBlock)
    lights_basis = Part(BasisBlock)


class SelfEvaluationBlock(Block):
    """`model.SelfEvaluationPolicy`."""

    makes = model.SelfEvaluationPolicy
    project_from = Amount(required=True)
    always_flags = Rows(Code(ProjectFlag))
    paper_from = Amount(required=True)
    untrue_from = Amount(required=True)
    basis = Part(BasisBlock)
    procurement_basis = Part(BasisBlock)
    paper_basis = Part(BasisBlock)
    recheck_basis = Part(BasisBlock)


class RectificationBlock(Block):
    """`model.RectificationPolicy`."""

    makes = model.RectificationPolicy
    phased_max_months = Whole(1, 60)
    continuous_max_years = Whole(1, 20)
    extensions_max = Whole(0, 20)
    urgings_before_refusal = Whole(1, 20)
    review_workdays = Whole(1, 366)
    basis = Part(BasisBlock)
    extension_basis = Part(BasisBlock)
    refusal_basis = Part(BasisBlock)
    review_basis = Part(BasisBlock)


class ShareAttributeBlock(Block):
    """How one catalogue entry is shared."""

    code = Code(ShareEntry)
    attribute = Code(ShareAttribute)


class SharingBlock(Block):
    """`model.SharingPolicy`; an entry that is not named is withheld."""

    attributes = Rows(Part(ShareAttributeBlock), least=1)
    longest_days = Whole(1, 3660)
    basis = Part(BasisBlock)

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> model.SharingPolicy:
        named = {row["code"]: row["attribute"] for row in data.pop("attributes")}
        attributes = {
            entry: ShareAttribute(named.get(entry, ShareAttribute.WITHHELD)) for entry in ShareEntry
        }
        return model.SharingPolicy(attributes=attributes, **data)


class CoverageBlock(Block):
    """`model.CoveragePolicy`."""

    makes = model.CoveragePolicy
    first_level_units = Whole(1, 100_000, required=True, allow_none=True)
    basis = Part(BasisBlock)


class DeadlineBlock(Block):
    """`model.DeadlineRule` without its id, which is the key it stands under."""

    title = Text()
    kind = Choice(model.DeadlineKind)
    basis = Part(BasisBlock)
    year_offset = Whole(-5, 5, load_default=0)
    month = Whole(1, 12, load_default=0)
    day = Whole(1, 31, load_default=0)
    n = Whole(1, 366, load_default=0)
    roll = Choice(model.RollPolicy, required=False, load_default=model.RollPolicy.NONE)
    buffer_workdays = Whole(0, 366, load_default=0)


class WindowBlock(Block):
    """`model.WindowRule` without its id, which is the key it stands under."""

    title = Text()
    start_year_offset = Whole(-5, 5)
    start_month = Whole(1, 12)
    start_day = Whole(1, 31)
    end_year_offset = Whole(-5, 5)
    end_month = Whole(1, 12)
    end_day = Whole(1, 31)
    basis = Part(BasisBlock)


class RungBlock(Block):
    """`escalation.Rung`; an automatic one asks nobody."""

    makes = escalation.Rung
    code = Text(validate=validate.Regexp(r"^[a-z][a-z0-9_]*$", error="名称只能用小写英文"))
    title = Text()
    way = Choice(escalation.RungWay)
    mode = Choice(escalation.RungMode)
    workdays = Whole(-60, 250)
    after_buffer = Flag(required=True)
    role = Code(Role, allow_none=True)
    demand = Text(allow_none=True)
    is_paper = Flag(required=True)
    basis = Part(BasisBlock)


class LadderBlock(Block):
    """One ladder, still without its name."""

    deadline = Text()
    rungs = Rows(Part(RungBlock), least=1)


class EscalationBlock(Block):
    """A ladder for every kind of overdue thing."""

    monitoring_report = Part(LadderBlock)
    self_evaluation_report = Part(LadderBlock)
    notice_receipt = Part(LadderBlock)
    rectification = Part(LadderBlock)

    @post_load
    def _make(
        self, data: dict[str, Any], **_: object
    ) -> dict[escalation.OverdueKind, escalation.Ladder]:
        return {
            kind: escalation.Ladder(kind=kind, **data[kind.value])
            for kind in escalation.OverdueKind
        }


class RoutingBlock(Block):
    """`model.RoutingRule`; an empty office means the unit's own lead office."""

    makes = model.RoutingRule
    category = Text()
    title = Text()
    office = Text(allow_none=True)
    basis = Part(BasisBlock)


class ReadingBlock(Block):
    """One reading of an ambiguous phrase; `rule` is a deadline."""

    code = Text()
    title = Text()
    rule = Part(DeadlineBlock)


class QuestionBlock(Block):
    """`model.Question`, its readings still plain."""

    id = Text()
    phrase = Text()
    deadline_id = Text()
    readings = Rows(Part(ReadingBlock), least=2)


class PackBlock(Block):
    """A whole pack."""

    code = Text(validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]*$", error="只能用小写英文、数字和-"))
    version = Text()
    title = Text()
    region = Text(validate=validate.Regexp(r"^\d{6}(\d{3})?$", error="应为6位或9位行政区划代码"))
    region_title = Text()
    currency_unit = Code(CurrencyUnit)
    gate = Part(GateBlock)
    review = Part(ReviewBlock)
    target = Part(TargetBlock)
    monitoring = Part(MonitoringBlock)
    self_evaluation = Part(SelfEvaluationBlock)
    scoring = Part(ScoringBlock)
    rectification = Part(RectificationBlock)
    coverage = Part(CoverageBlock)
    sharing = Part(SharingBlock)
    escalation = Part(EscalationBlock)
    deadlines = Table(DeadlineBlock)
    windows = Table(WindowBlock)
    routing = Rows(Part(RoutingBlock))
    questions = Rows(Part(QuestionBlock))
