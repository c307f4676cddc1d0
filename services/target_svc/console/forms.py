"""The forms of a target: content, submission, review; and the way into the use cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from services.target_svc.domain.indicators import Indicator
from services.target_svc.domain.review import ReviewFinding
from services.target_svc.store.library import LibraryIndicatorRow
from services.target_svc.store.targets import TargetIndicatorRow
from shared.errors import FieldProblem, InvalidInputError
from shared.money import number_text
from shared.policy.model import ReviewPolicy, TargetPolicy
from shared.terms import labels
from shared.terms.vocabulary import Grade, Operator
from shared.web.console.forms import TypedNumber, TypedWan
from shared.web.console.views import Choice, EditorColumn
from shared.web.schemas import ApiSchema

LONG = validate.Length(max=4000)
SHORT = validate.Length(max=200)
WEIGHT = validate.Range(min=0, max=1000)
KEPT = ("history_value", "definition", "basis_source", "library_code")


class IndicatorForm(ApiSchema):
    """One row as it is typed; a draft may be half filled, so that nothing is required here."""

    id = fields.String(load_default="")
    level1 = fields.String(load_default="", metadata={"label": "一级指标"})
    level2 = fields.String(load_default="", metadata={"label": "二级指标"})
    name = fields.String(load_default="", validate=SHORT, metadata={"label": "三级指标"})
    operator = fields.String(load_default="ge", metadata={"label": "指标性质"})
    value = fields.String(load_default="", validate=SHORT, metadata={"label": "指标值"})
    unit = fields.String(load_default="", validate=SHORT, metadata={"label": "计量单位"})
    weight = TypedNumber(
        load_default=Decimal(0),
        allow_nan=False,
        places=2,
        validate=WEIGHT,
        metadata={"label": "权重"},
    )
    history_value = fields.String(load_default="", validate=SHORT, metadata={"label": "上年值"})
    definition = fields.String(load_default="", validate=LONG, metadata={"label": "指标解释"})
    basis_source = fields.String(
        load_default="", validate=LONG, metadata={"label": "依据和数据来源"}
    )
    library_code = fields.String(load_default="", validate=SHORT, metadata={"label": "指标库"})


class TargetForm(ApiSchema):
    """The content of a target as it is typed."""

    annual_goal = fields.String(load_default="", validate=LONG, metadata={"label": "年度总体目标"})
    midterm_goal = fields.String(load_default="", validate=LONG, metadata={"label": "中期总体目标"})
    money_note = fields.String(load_default="", validate=LONG, metadata={"label": "资金匹配说明"})
    indicators = fields.List(
        fields.Nested(IndicatorForm), load_default=list, metadata={"label": "绩效指标"}
    )


class SubmitForm(ApiSchema):
    """The signature that goes with a submission."""

    commitment = fields.Boolean(load_default=False, metadata={"label": "真实性承诺"})
    signer_name = fields.String(load_default="", validate=SHORT, metadata={"label": "单位负责人"})
    signature_kind = fields.String(load_default="", metadata={"label": "签字方式"})
    scan_digest = fields.String(load_default="", metadata={"label": "扫描件"})


def editor_columns(policy: TargetPolicy) -> tuple[EditorColumn, ...]:
    """Return the columns of the indicator editor with the locality's indicator tree."""
    level1 = [Choice(level.code, level.title) for level in policy.levels]
    level2 = [Choice(code, title) for level in policy.levels for code, title in level.level2]
    signs = [Choice(value, text) for value, text in labels("operator").items()]
    return (
        EditorColumn("level1", "一级指标", "select", level1, width="medium", required=True),
        EditorColumn("level2", "二级指标", "select", level2, width="medium", required=True),
        EditorColumn("name", "三级指标", "area", width="wide", required=True),
        EditorColumn("operator", "性质", "select", signs, width="narrow", required=True),
        EditorColumn("value", "指标值", width="narrow", required=True),
        EditorColumn("unit", "单位", width="narrow"),
        EditorColumn("weight", "权重", "number", width="narrow", required=True),
        EditorColumn("history_value", "上年值", width="narrow"),
        EditorColumn("definition", "指标解释", "area"),
        EditorColumn("basis_source", "依据和数据来源", "area"),
        EditorColumn("library_code", "指标库", width="narrow"),
    )


def indicators_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Indicator, ...]:
    """Return typed rows as the rules see them; an unknown sign counts as 定性."""
    known = {each.value for each in Operator}
    return tuple(
        Indicator(
            level1=row["level1"],
            level2=row["level2"],
            name=row["name"],
            operator=Operator(row["operator"])
            if row["operator"] in known
            else Operator.QUALITATIVE,
            value=row["value"],
            unit=row["unit"],
            weight=row["weight"],
            **{name: row[name] for name in KEPT},
        )
        for row in rows
    )


def rows_for_form(rows: Iterable[TargetIndicatorRow]) -> list[dict[str, Any]]:
    """Return kept indicators as the editor shows them."""
    return [
        {
            "id": str(row.position),
            **{
                name: getattr(row, name)
                for name in ("level1", "level2", "name", "operator", "value", "unit")
            },
            "weight": plain(row.weight),
            **{name: getattr(row, name) for name in KEPT},
        }
        for row in rows
    ]


def row_from_library(entry: LibraryIndicatorRow) -> dict[str, str]:
    """Return a library entry as an editor row; its weight is left to the unit."""
    return {
        "level1": entry.level1,
        "level2": entry.level2,
        "name": entry.name,
        "operator": entry.operator,
        "value": entry.standard_value,
        "unit": entry.unit,
        "definition": entry.definition,
        "basis_source": entry.basis_source,
        "library_code": entry.code,
    }


def review_schema(policy: ReviewPolicy) -> Schema:
    """Return the review form of a locality: its checks, its items, grade and cut.

    An item's field is `item_<code>`, a check's `check_<code>`.
    """
    checks: dict[str, fields.Field[Any]] = {
        f"check_{code}": fields.Boolean(
            load_default=False, metadata={"label": labels("mandatory_check")[code]}
        )
        for code in policy.mandatory_checks
    }
    items: dict[str, fields.Field[Any]] = {
        f"item_{item.code}": TypedNumber(
            load_default=None, allow_nan=False, metadata={"label": item.title}
        )
        for item in policy.items
    }
    return ApiSchema.from_dict(
        {
            "opinion": fields.String(
                load_default="", validate=LONG, metadata={"label": "审核意见"}
            ),
            "grade": fields.Enum(
                Grade, by_value=True, load_default=None, metadata={"label": "综合评定等级"}
            ),
            "cut_amount": TypedWan(
                load_default=Decimal("0.00"), allow_nan=False, metadata={"label": "核减金额"}
            ),
            **checks,
            **items,
        },
        name="ReviewForm",
    )()


def finding_from(data: Mapping[str, Any]) -> ReviewFinding:
    """Return the review form's values as the rules see them."""
    return ReviewFinding(
        opinion=data["opinion"],
        checks={name[6:]: value for name, value in data.items() if name.startswith("check_")},
        items={
            name[5:]: value
            for name, value in data.items()
            if name.startswith("item_") and value is not None
        },
        grade=data["grade"],
        cut_amount=data["cut_amount"],
    )


def beside_review_fields(error: InvalidInputError) -> InvalidInputError:
    """Return a review's problems under the names of the form's fields."""
    return InvalidInputError(
        [
            FieldProblem(
                each.path.replace("checks.", "check_").replace("items.", "item_"),
                each.code,
                each.message,
            )
            for each in error.problems
        ]
    )


def plain(weight: Decimal) -> str:
    """Return points without needless zeros: `10`, `7.5`."""
    return number_text(weight)
