"""The unit directory."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.oversight_svc.queries.units import UnitSearch, get_unit, search_units
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.terms.vocabulary import UnitKind, UnitState
from shared.web.api import ListQuery, Reply, reads
from shared.web.paging import Page
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

api = Blueprint("units_api", __name__, url_prefix="/api/v1/units")


class UnitQuery(ListQuery):
    """What to look for."""

    q = fields.String(load_default="", metadata={"label": "名称、编码或拼音"})
    kind = fields.String(
        load_default="",
        validate=validate.OneOf(["", *UnitKind]),
        metadata={"label": "单位类型"},
    )
    office = fields.String(load_default="", metadata={"label": "归口股室代码"})
    state = fields.String(
        load_default="", validate=validate.OneOf(["", *UnitState]), metadata={"label": "状态"}
    )


class UnitReply(ApiSchema):
    """A budget unit."""

    id = fields.UUID(attribute="unit_id", metadata={"label": "标识"})
    code = fields.String(metadata={"label": "单位编码"})
    name = fields.String(metadata={"label": "单位名称"})
    department_id = fields.UUID(metadata={"label": "主管部门标识"})
    is_department = fields.Boolean(metadata={"label": "是否主管部门"})
    kind = fields.String(metadata={"label": "单位类型"})
    lead_office = fields.String(allow_none=True, metadata={"label": "归口股室代码"})
    lead_office_name = fields.String(metadata={"label": "归口股室"})
    head_name = fields.String(metadata={"label": "单位负责人"})
    contact = fields.String(metadata={"label": "经办人"})
    phone = fields.String(metadata={"label": "电话"})
    state = fields.String(metadata={"label": "状态"})
    version = fields.Integer(metadata={"label": "版本"})


@api.get("")
@permission("oversight.unit.view")
@reads("单位列表", reply=UnitReply, query=UnitQuery, many=True)
def list_units(session: Session, actor: Actor, query: dict[str, Any]) -> Page[UnitRow]:
    """Return a page of the units in scope, by pinyin."""
    wanted = UnitSearch(query["q"], query["kind"], query["office"], query["state"])
    return search_units(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])


@api.get("/<uuid:unit_id>")
@permission("oversight.unit.view")
@reads("一个单位", reply=UnitReply)
def show_unit(session: Session, actor: Actor, unit_id: UUID) -> Reply:
    """Return one unit in scope."""
    unit, _, _ = get_unit(session, actor, unit_id)
    return Reply(unit, version=unit.version)
