"""The form of a scoring scheme in a pack; see `scoring` for what its parts mean."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from shared.policy import scoring
from shared.policy.blocks import REGION_PREFIX, BasisBlock, Block, GradeBandBlock
from shared.policy.fields import Amount, Code, Part, Rows, Text, Whole
from shared.terms.scoring import EqualReading, ExecutionRule, SatisfactionRule, ScoredKind
from shared.terms.vocabulary import (
    Grade,
    IndicatorLevel1,
    QualitativeStep,
    Taxonomy,
)

SCHEME_CODE = validate.Regexp(r"^[a-z0-9][a-z0-9-]*$", error="只能用小写英文、数字和-")


class PlaceBlock(Block):
    """`scoring.Place`."""

    makes = scoring.Place
    region = Text(validate=validate.Regexp(REGION_PREFIX, error="应为行政区划代码的前2、4、6或9位"))
    title = Text()


class LevelPointsBlock(Block):
    """`scoring.LevelPoints`."""

    makes = scoring.LevelPoints
    levels = Rows(Code(IndicatorLevel1), least=1)
    points = Amount(required=True)


class PointSetBlock(Block):
    """`scoring.PointSet`."""

    makes = scoring.PointSet
    code = Text(validate=SCHEME_CODE)
    title = Text()
    rows = Rows(Part(LevelPointsBlock), least=1)


class ShareBandBlock(Block):
    """`scoring.ShareBand`."""

    makes = scoring.ShareBand
    at_least = Amount(required=True)
    share = Amount(required=True)


class QualitativeBandBlock(Block):
    """`scoring.QualitativeBand`."""

    makes = scoring.QualitativeBand
    code = Code(QualitativeStep)
    at_least = Amount(required=True)
    below = Amount(required=True)


class ExecutionBlock(Block):
    """`scoring.ExecutionScoring`."""

    makes = scoring.ExecutionScoring
    points = Amount(required=True)
    rule = Code(ExecutionRule)
    bands = Rows(Part(ShareBandBlock))
    over_budget_share = Amount(required=True)
    basis = Part(BasisBlock)


class QuantityBlock(Block):
    """`scoring.QuantityScoring`."""

    makes = scoring.QuantityScoring
    equal_reading = Code(EqualReading)
    reverse_zero_from = Amount(required=True)
    basis = Part(BasisBlock)
    special_basis = Part(BasisBlock)


class SatisfactionBlock(Block):
    """`scoring.SatisfactionScoring`."""

    makes = scoring.SatisfactionScoring
    rule = Code(SatisfactionRule)
    bands = Rows(Part(ShareBandBlock))
    basis = Part(BasisBlock)


class OverFulfilmentBlock(Block):
    """`scoring.OverFulfilment`."""

    makes = scoring.OverFulfilment
    reason_from = Amount(required=True)
    deductions = Rows(Part(ShareBandBlock))
    basis = Part(BasisBlock)


class CapBlock(Block):
    """`scoring.Cap`."""

    makes = scoring.Cap
    rate_below = Amount(required=True)
    total_at_most = Amount(required=True, allow_none=True)
    grade_at_most = Code(Grade, allow_none=True)


class CappingBlock(Block):
    """`scoring.Capping`."""

    makes = scoring.Capping
    caps = Rows(Part(CapBlock))
    basis = Part(BasisBlock)


class SchemeBlock(Block):
    """`scoring.ScoringScheme`."""

    makes = scoring.ScoringScheme
    code = Text(validate=SCHEME_CODE)
    version = Text()
    title = Text()
    kinds = Rows(Code(ScoredKind), least=1)
    first_year = Whole(1994, 2100)
    last_year = Whole(1994, 2100, required=True, allow_none=True)
    place = fields.Nested(PlaceBlock, required=True, allow_none=True)
    taxonomy = Code(Taxonomy)
    point_sets = Rows(Part(PointSetBlock), least=1)
    moved_when_absent = fields.Dict(
        keys=Code(IndicatorLevel1), values=Code(IndicatorLevel1), required=True
    )
    points_basis = Part(BasisBlock)
    execution = Part(ExecutionBlock)
    quantity = Part(QuantityBlock)
    satisfaction = Part(SatisfactionBlock)
    qualitative_bands = Rows(Part(QualitativeBandBlock), least=1)
    qualitative_basis = Part(BasisBlock)
    over_fulfilment = Part(OverFulfilmentBlock)
    capping = Part(CappingBlock)
    grade_bands = Rows(Part(GradeBandBlock), least=1)
    grade_basis = Part(BasisBlock)
    places = Whole(0, 2)


class ChoiceBlock(Block):
    """`scoring.SchemeChoice`."""

    makes = scoring.SchemeChoice
    from_year = Whole(1994, 2100)
    scheme = Text()


class DefaultsBlock(Block):
    """For every kind of form the schemes by year."""

    project = Rows(Part(ChoiceBlock), least=1)
    dept_overall = Rows(Part(ChoiceBlock), least=1)
    transfer = Rows(Part(ChoiceBlock), least=1)


class ScoringBlock(Block):
    """`scoring.ScoringPolicy`."""

    schemes = Rows(Part(SchemeBlock), least=1)
    defaults = Part(DefaultsBlock)
    basis = Part(BasisBlock)

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> scoring.ScoringPolicy:
        return scoring.ScoringPolicy(**data)
