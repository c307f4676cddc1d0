"""The indicator library by API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from services.target_svc.api.schemas import LibraryIndicatorSchema, LibraryQuery
from services.target_svc.queries.library import LibraryFilter, LibraryLine, list_library
from shared.access.actor import Actor
from shared.web.api import reads
from shared.web.paging import Page
from shared.web.permissions import permission

indicators = Blueprint("api_indicators", __name__, url_prefix="/api/v1/indicators")

_FIELDS = tuple(name for name in LibraryIndicatorSchema().fields if name != "used")


@indicators.get("")
@permission("target.indicator.view")
@reads("指标库", reply=LibraryIndicatorSchema, query=LibraryQuery, many=True)
def list_indicators(session: Session, actor: Actor, query: dict[str, Any]) -> Page[Any]:
    """List entries by code, with how often each was used."""
    wanted = LibraryFilter(query["q"], query["level1"], query["sector"], query["state"])
    page = list_library(session, actor, wanted, cursor=query["cursor"], limit=query["limit"])
    return Page(tuple(_json(line) for line in page.items), page.next_cursor)


def _json(line: LibraryLine) -> dict[str, Any]:
    return {**{name: getattr(line.entry, name) for name in _FIELDS}, "used": line.used}
