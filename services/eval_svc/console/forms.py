"""The forms of this service's pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import fields, validate

from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.usecases.fill_self_evaluation import (
    FILE_KINDS,
    FillSelfEvaluation,
    TypedFile,
    TypedFund,
    TypedIndicator,
    TypedTask,
)
from services.eval_svc.usecases.loading import SelfEvaluationKey
from shared.terms.vocabulary import (
    FindingCategory,
    IndicatorLevel1,
    IndicatorLevel2,
    Operator,
    QualitativeStep,
)
from shared.web.console.forms import TypedNumber, typed_wan
from shared.web.schemas import SHORT, ApiSchema, typed_text

LONG = validate.Length(max=4000)
DIGEST = validate.Length(max=64)
TEXTS = (
    "executed_note",
    "annual_goal",
    "result",
    "overview",
    "conclusion",
    "problems",
    "measures",
    "project_owner",
    "finance_person",
)


def typed_points(label: str) -> TypedNumber:
    """Return points between 0 and 100."""
    limits = validate.Range(min=0, max=100, error="应在0至100之间。")
    return TypedNumber(load_default=None, validate=limits, metadata={"label": label})


def one_of(kind: type[StrEnum], label: str) -> fields.String:
    """Return one of an enum's values, or nothing."""
    values = ["", *(each.value for each in kind)]
    known = validate.OneOf(values, error="请从所列各项中选择。")
    return fields.String(load_default="", validate=known, metadata={"label": label})


def position() -> fields.Integer:
    """Return the place of a row, which keeps it when nothing else is typed."""
    return fields.Integer(load_default=None, validate=validate.Range(0, 999))


class FundSchema(ApiSchema):
    """A row of the funds table, typed in 万元."""

    position = position()
    initial = typed_wan("年初预算数")
    budget = typed_wan("全年预算数")
    executed = typed_wan("全年执行数")


class IndicatorSchema(ApiSchema):
    """An indicator's line; the left part is typed only where no target was approved."""

    id = fields.String(load_default="")
    position = position()
    level1 = one_of(IndicatorLevel1, "一级指标")
    level2 = one_of(IndicatorLevel2, "二级指标")
    name = typed_text("三级指标", SHORT)
    operator = one_of(Operator, "比较方式")
    target_value = typed_text("年度指标值", SHORT)
    unit = typed_text("单位", SHORT)
    points = typed_points("分值")
    actual = typed_text("实际完成值", SHORT)
    band = one_of(QualitativeStep, "定性档次")
    chosen = typed_points("定性得分")
    reason = typed_text("偏差原因", LONG)


class TaskSchema(ApiSchema):
    """A main task of the year."""

    id = fields.String(load_default="")
    name = typed_text("年度主要任务", SHORT)
    done = typed_text("完成情况", LONG)


class SelfEvaluationForm(ApiSchema):
    """The form of a unit; what must be there is asked only when it is submitted."""

    funds = fields.List(fields.Nested(FundSchema), load_default=list, metadata={"label": "资金"})
    indicators = fields.List(
        fields.Nested(IndicatorSchema), load_default=list, metadata={"label": "绩效指标"}
    )
    tasks = fields.List(
        fields.Nested(TaskSchema), load_default=list, metadata={"label": "年度主要任务"}
    )
    executed_note = typed_text("执行数说明", LONG)
    annual_goal = typed_text("年度总体目标", LONG)
    result = typed_text("实际完成情况", LONG)
    overview = typed_text("部门基本情况", LONG)
    conclusion = typed_text("评价结论", LONG)
    problems = typed_text("存在问题", LONG)
    measures = typed_text("改进措施", LONG)
    project_owner = typed_text("项目负责人", SHORT)
    finance_person = typed_text("财务负责人", SHORT)
    is_finished = fields.Boolean(load_default=False, metadata={"label": "项目已全部完成"})
    report = fields.String(load_default="", validate=DIGEST, metadata={"label": "自评报告"})
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "签字扫描件"})
    attachment = fields.List(
        fields.String(validate=DIGEST), load_default=list, metadata={"label": "附件"}
    )
    commitment = fields.Boolean(load_default=False, metadata={"label": "真实性承诺"})
    signer_name = typed_text("单位负责人", SHORT)
    version = fields.Integer(load_default=0, metadata={"label": "版本"})


class ReviewForm(ApiSchema):
    """A reviewer's opinion; a recheck's own score to correct one."""

    opinion = typed_text("意见", LONG)
    score = typed_points("复核得分")


class PublicationForm(ApiSchema):
    """Where and when the report was published."""

    url = typed_text("公开网址", validate.Length(max=500))
    published_on = fields.Date(load_default=None, metadata={"label": "公开日期"})


class ReferralForm(ApiSchema):
    """A problem to be handed to oversight."""

    title = typed_text("问题标题", SHORT)
    description = typed_text("问题描述", LONG)
    category = one_of(FindingCategory, "问题类别")
    amount = typed_wan("涉及金额")
    basis = typed_text("依据", LONG)


def fill_command(key: SelfEvaluationKey, data: Mapping[str, Any]) -> FillSelfEvaluation:
    """Return the command of a filled form."""
    files = [TypedFile(kind, data[kind]) for kind in ("scan", "report") if data[kind]]
    files += [TypedFile("attachment", digest) for digest in dict.fromkeys(data["attachment"])]
    return FillSelfEvaluation(
        key=key,
        funds=tuple(TypedFund(**_placed(row, at)) for at, row in enumerate(data["funds"])),
        indicators=tuple(
            TypedIndicator(**_placed(row, at)) for at, row in enumerate(data["indicators"])
        ),
        tasks=tuple(TypedTask(row["name"], row["done"]) for row in data["tasks"]),
        files=tuple(files),
        is_finished=data["is_finished"],
        **{name: data[name] for name in TEXTS},
    )


def filled_values(detail: FormDetail) -> dict[str, Any]:
    """Return what the form shows of a self-evaluation as it is kept."""
    form = detail.form
    digests = {
        kind: [each["digest"] for each in form.files if each["kind"] == kind] for kind in FILE_KINDS
    }
    return {
        "funds": detail.funds,
        "indicators": detail.indicators,
        "tasks": form.tasks,
        **{name: getattr(form, name) for name in TEXTS},
        "is_finished": form.is_finished,
        "report": next(iter(digests["report"]), ""),
        "scan": next(iter(digests["scan"]), ""),
        "attachment": digests["attachment"],
        "version": form.version,
    }


def _placed(row: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return a row with its place: its own where the form gave one, else where it stands."""
    kept = {name: value for name, value in row.items() if name != "id"}
    return kept | {"position": at if row["position"] is None else row["position"]}
