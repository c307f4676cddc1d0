"""The policy pack in force and the days of the working-day calendar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import fields
from sqlalchemy.orm import Session

from services.oversight_svc.queries.calendar import days_of_year
from shared.access.actor import Actor
from shared.policy.active import policy_for
from shared.web.api import Reply, reads
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

api = Blueprint("rules_api", __name__, url_prefix="/api/v1")


class PolicyReply(ApiSchema):
    """The pack in force for a budget year, whole."""

    code = fields.String(attribute="ref.code", metadata={"label": "代码"})
    version = fields.String(attribute="ref.version", metadata={"label": "版本"})
    title = fields.String(metadata={"label": "名称"})
    region = fields.String(metadata={"label": "行政区划"})
    digest = fields.String(metadata={"label": "校验值（SHA-256）"})
    content = fields.Dict(metadata={"label": "全文"})


class DayReply(ApiSchema):
    """One day a notice speaks of."""

    day = fields.Date(metadata={"label": "日期"})
    is_workday = fields.Boolean(metadata={"label": "是否工作日"})
    kind = fields.String(metadata={"label": "性质"})
    source_document = fields.String(metadata={"label": "依据"})


class CalendarReply(ApiSchema):
    """The known days of a year; none for a year not published yet."""

    year = fields.Integer(metadata={"label": "年度"})
    is_published = fields.Boolean(metadata={"label": "放假安排是否已公布"})
    days = fields.List(fields.Nested(DayReply), metadata={"label": "日期"})


@api.get("/policies/<int:fiscal_year>")
@permission("oversight.policy.view")
@reads("预算年度在用的政策包", reply=PolicyReply)
def show_policy(session: Session, actor: Actor, fiscal_year: int) -> Reply:
    """Return the pack in force for the caller's region; 503 when there is none yet."""
    return Reply(policy_for(session, actor.scope.region, fiscal_year))


@api.get("/calendar/<int:year>")
@permission("oversight.calendar.view")
@reads("一个年度的工作日历", reply=CalendarReply)
def show_calendar(session: Session, actor: Actor, year: int) -> Reply:  # noqa: ARG001 (same for all)
    """Return the known days of the year."""
    known = days_of_year(session, year) if 1 <= year <= 9999 else {}  # noqa: PLR2004 (dates end)
    value: dict[str, Any] = {
        "year": year,
        "is_published": any((day.month, day.day) == (1, 1) for day in known),
        "days": list(known.values()),
    }
    return Reply(value)
