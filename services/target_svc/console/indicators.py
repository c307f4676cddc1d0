"""指标库: list with used-by counts, propose, publish, retire (HC5.2, SL21-12.1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.queries.library import (
    LibraryFilter,
    LibraryLine,
    list_library,
    sectors,
)
from services.target_svc.usecases.manage_library import (
    MoveIndicator,
    ProposeIndicator,
    propose_indicator,
    publish_indicator,
    retire_indicator,
)
from shared.errors import InvalidInputError, RuleBrokenError, StaleVersionError
from shared.policy.active import policy_for
from shared.terms import label, labels
from shared.terms.vocabulary import Operator
from shared.web.console.forms import Form, bind, blank
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.showing import choices_of
from shared.web.console.views import Badge, Choice, Tone
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("indicators", __name__, template_folder="templates")

STATES: dict[str, tuple[str, Tone]] = {
    "proposed": ("待发布", "orange"),
    "published": ("已发布", "green"),
    "retired": ("已停用", "grey"),
}
SECTORS = {
    "common": "通用",
    "education": "教育",
    "health": "卫生健康",
    "agriculture": "农业农村",
    "construction": "工程建设",
    "environment": "生态环境",
    "social_security": "社会保障",
    "politics_law": "行政政法",
    "township": "乡镇",
}
COLUMNS = (
    Column("code", "编号", frozen=True, width="narrow"),
    Column("level", "分组", width="medium"),
    Column("name", "指标", width="wide"),
    Column("value", "参考值"),
    Column("sector", "行业"),
    Column("source", "依据"),
    Column("used", "使用", "number", unit="次"),
    Column("state", "状态", "badge"),
    Column("acts", "操作", "custom"),
)


class ProposalForm(ApiSchema):
    """A proposed entry."""

    sector = fields.String(load_default="common", metadata={"label": "行业"})
    level1 = fields.String(required=True, metadata={"label": "一级指标"})
    level2 = fields.String(required=True, metadata={"label": "二级指标"})
    name = fields.String(
        required=True, validate=validate.Length(max=200), metadata={"label": "指标名称"}
    )
    operator = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in Operator]),
        metadata={"label": "指标性质"},
    )
    standard_value = fields.String(load_default="", metadata={"label": "参考值"})
    unit = fields.String(load_default="", metadata={"label": "计量单位"})
    definition = fields.String(load_default="", metadata={"label": "指标解释"})
    basis_source = fields.String(load_default="", metadata={"label": "依据和数据来源"})


@pages.get("/indicators")
@permission("target.indicator.view")
def library() -> str:
    """Show the library."""
    actor = current_actor()
    with database().read() as session:
        names = {code: SECTORS.get(code, code) for code in sectors(session, actor)}
        filters = (
            Filter("q", "关键词", "text", placeholder="指标名称或编号"),
            Filter("level1", "一级指标", choices=choices_of("indicator_level1")),
            Filter("sector", "行业", choices=[Choice(*each) for each in names.items()]),
            Filter("state", "状态", choices=[Choice(c, t) for c, (t, _) in STATES.items()]),
        )
        view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
        wanted = LibraryFilter(*(view.value(key) for key in ("q", "level1", "sector", "state")))
        page = list_library(session, actor, wanted, cursor=view.cursor, limit=view.limit)
    return render_template(
        "target/indicators.html",
        view=view,
        rows=[_row(line) for line in page.items],
        next_cursor=page.next_cursor,
    )


@pages.get("/indicators/new")
@permission("target.indicator.propose")
def propose_page() -> str:
    """Ask for a proposal."""
    return _ask(blank(ProposalForm(), {"sector": "common", "operator": "ge"}))


@pages.post("/indicators/new")
@permission("target.indicator.propose")
def propose() -> BaseResponse | tuple[str, int]:
    """Enter a proposal; 绩效中心 publishes it."""
    form = bind(ProposalForm(), request.form)
    if form.is_valid:
        try:
            with database().begin() as uow:
                command = ProposeIndicator(**form.data)
                entry = propose_indicator(uow, clock(), current_actor(), command)
                text = f"已提出 {entry.code}，待绩效中心发布。"
        except InvalidInputError as error:
            form.refuse(error)
        else:
            return redirect_with_notice(link("target.indicators", {"state": "proposed"}), text)
    return _ask(form), 422


@pages.post("/indicators/<uuid:indicator_id>/publish")
@permission("target.indicator.publish")
def publish(indicator_id: UUID) -> BaseResponse:
    """Let units pick the entry."""
    return _move(publish_indicator, indicator_id, "已发布，单位填报时可以选用。")


@pages.post("/indicators/<uuid:indicator_id>/retire")
@permission("target.indicator.retire")
def retire(indicator_id: UUID) -> BaseResponse:
    """Take the entry out of the picker."""
    return _move(retire_indicator, indicator_id, "已停用，已经使用的目标不受影响。")


def _move(move: Any, indicator_id: UUID, text: str) -> BaseResponse:  # noqa: ANN401 (a use case)
    back = link("target.indicators")
    try:
        with database().begin() as uow:
            move(uow, clock(), current_actor(), MoveIndicator(indicator_id, typed_version()))
    except (RuleBrokenError, StaleVersionError) as error:
        return redirect_with_notice(back, error.message, "red")
    return redirect_with_notice(back, text)


def _ask(form: Form) -> str:
    with database().read() as session:
        region, year = current_actor().scope.region, clock().today().year
        levels = policy_for(session, region, year).target.levels
    return render_template(
        "target/indicator_form.html",
        form=form,
        level1=[Choice(level.code, level.title) for level in levels],
        level2=[
            Choice(code, f"{level.title} · {title}")
            for level in levels
            for code, title in level.level2
        ],
        operators=choices_of("operator"),
        sectors=[Choice(*each) for each in SECTORS.items()],
    )


def _row(line: LibraryLine) -> dict[str, Any]:
    entry = line.entry
    text, tone = STATES[entry.state]
    sign = label("operator", entry.operator)
    return {
        "id": str(entry.indicator_id),
        "version": entry.version,
        "code": entry.code,
        "level": labels("indicator_level2").get(entry.level2, entry.level2),
        "name": entry.name,
        "value": f"{sign}{entry.standard_value}{entry.unit}",
        "sector": SECTORS.get(entry.sector, entry.sector),
        "source": entry.basis_source,
        "used": line.used,
        "state": Badge(text, tone),
        "raw_state": entry.state,
    }
