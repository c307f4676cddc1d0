"""Pages every service mounts: its parked events, and its trail of acts.

They read the service's own database. The menu leads to those of the oversight service; tabs lead to
the same page of the other services.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from shared.access.rights import act_label, is_allowed
from shared.clock import LOCAL_ZONE
from shared.crypto.keys import KeyStore
from shared.errors import InvalidInputError
from shared.events.registry import BUSINESS_NAMES, REGISTRY
from shared.ids import new_id
from shared.outbox.parking import discard, list_parked, read_parked, send_again
from shared.outbox.tables import PARKED, PENDING, InboxRow, UndecodableRow
from shared.runtime.sealing import key_folder
from shared.trail.export import export_trail
from shared.trail.heads import head_content, heads_path
from shared.trail.queries import TrailEntry, TrailFilter, list_trail
from shared.trail.record import Act
from shared.trail.tables import TrailHeadRow, TrailRow
from shared.trail.verifier import canonical, verify
from shared.web.api import current_resources
from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Change, Link, Tab
from shared.web.failures import BadCursorError
from shared.web.identity import current_actor
from shared.web.permissions import permission
from shared.web.years import year_in

TITLES: Mapping[str, str] = {
    "oversight": "监督",
    "target": "绩效目标",
    "monitoring": "运行监控",
    "evaluation": "绩效评价",
}
SHOWN_PARKED = 50
LONGEST_BODY = 2_000
MOST_VERIFIED = 200_000
"""Records checked while somebody waits; longer trails are exported and checked outside."""

TRAIL_COLUMNS = (
    Column("at", "时间", "datetime"),
    Column("who", "办理人", "custom"),
    Column("act", "操作", width="medium"),
    Column("subject", "对象", "custom", width="wide"),
    Column("details", "内容", "custom", width="wide"),
    Column("seal", "封存", "custom"),
)
TRAIL_FILTERS = (
    Filter("actor", "办理人", "text", placeholder="姓名"),
    Filter("act", "操作", "text", placeholder="如 oversight.unit"),
    Filter("object", "对象编号", "text"),
    Filter("year", "预算年度", "text", placeholder="如 2024"),
    Filter("since", "自", "date"),
    Filter("until", "至", "date"),
)


def events_pages() -> Blueprint:
    """Return the pages of parked events, to be mounted under the service's prefix."""
    pages = Blueprint("events", __name__, url_prefix="/events")
    pages.get("")(permission("system.event.view")(_list_events))
    pages.get("/<int:sequence>")(permission("system.event.view")(_show_event))
    pages.post("/<int:sequence>/resend")(permission("system.event.resend")(_resend_event))
    pages.post("/<int:sequence>/discard")(permission("system.event.discard")(_discard_event))
    return pages


def trail_pages() -> Blueprint:
    """Return the pages of the trail, to be mounted under the service's prefix."""
    pages = Blueprint("trail", __name__, url_prefix="/trail")
    pages.get("")(permission("system.trail.view")(_list_trail))
    pages.post("/verify")(permission("system.trail.view")(_verify_trail))
    pages.post("/export")(permission("system.trail.export")(_export_trail))
    pages.get("/heads")(permission("system.trail.export")(_export_heads))
    return pages


def _business() -> str:
    return BUSINESS_NAMES[current_resources().database.service]


def _tabs(page: str) -> list[Tab]:
    here = _business()
    return [Tab(title, f"/{name}/{page}", active=name == here) for name, title in TITLES.items()]


# ── Parked events ─────────────────────────────────────────────────────────────────────────────


def _list_events() -> str:
    after = request.args.get("after", 0, type=int)
    with current_resources().database.read() as session:
        parked = list_parked(session, after=after, limit=SHOWN_PARKED)
        counts = _event_counts(session)
        undecodable = session.scalars(
            select(UndecodableRow).order_by(UndecodableRow.sequence.desc()).limit(SHOWN_PARKED)
        ).all()
        messages = [
            (row.received_at, row.reason, row.body[:LONGEST_BODY].decode("utf-8", "replace"))
            for row in undecodable
        ]
    rows = [(event, _meaning(event.event_type)) for event in parked]
    return render_template(
        "system/events.html",
        tabs=_tabs("events"),
        service=TITLES[_business()],
        counts=counts,
        rows=rows,
        messages=messages,
        next_after=parked[-1].sequence if len(parked) == SHOWN_PARKED else None,
        here=request.path,
    )


def _event_counts(session: Session) -> Mapping[str, int]:
    """Return how many are parked, waiting and undecodable, in one query."""
    parked = select(func.count()).where(InboxRow.state == PARKED).scalar_subquery()
    waiting = select(func.count()).where(InboxRow.state == PENDING).scalar_subquery()
    undecodable = select(func.count(UndecodableRow.sequence)).scalar_subquery()
    row = session.execute(
        select(parked.label("parked"), waiting.label("waiting"), undecodable.label("undecodable"))
    ).one()
    return dict(row._asdict())


def _show_event(sequence: int) -> str:
    with current_resources().database.read() as session:
        event = read_parked(session, sequence)
    return render_template(
        "system/event.html",
        event=event,
        meaning=_meaning(event.event_type),
        envelope=json.dumps(event.envelope, ensure_ascii=False, indent=2),
        back=f"/{_business()}/events",
    )


def _resend_event(sequence: int) -> BaseResponse:
    resources = current_resources()
    with resources.database.begin() as uow:
        send_again(uow, resources.clock, current_actor(), sequence)
    return redirect_with_notice(f"/{_business()}/events", "已重新投递，稍后请核对是否办理成功。")


def _discard_event(sequence: int) -> BaseResponse:
    resources = current_resources()
    back = f"/{_business()}/events"
    try:
        with resources.database.begin() as uow:
            discard(uow, resources.clock, current_actor(), sequence, request.form.get("reason", ""))
    except InvalidInputError as error:
        return redirect_with_notice(f"{back}/{sequence}", error.problems[0].message, "red")
    return redirect_with_notice(back, "已作废该事件，后续事件将继续办理。")


def _meaning(event_type: str) -> str:
    try:
        return REGISTRY.get(event_type).meaning
    except KeyError:
        return event_type


# ── The trail ─────────────────────────────────────────────────────────────────────────────────


def _list_trail() -> str:
    view = list_view(request.path, request.args, columns=TRAIL_COLUMNS, filters=TRAIL_FILTERS)
    with current_resources().database.read() as session:
        page = list_trail(session, _wanted(view), before=_mark(view.cursor), limit=view.limit)
        seals = _seal_state(session)
    return render_template(
        "system/trail.html",
        tabs=_tabs("trail"),
        service=TITLES[_business()],
        base=f"/{_business()}/trail",
        view=view,
        rows=[_shown(entry, view) for entry in page.entries],
        next_cursor=str(page.next_before) if page.next_before else None,
        seals=seals,
        may_export=is_allowed(current_actor(), "system.trail.export"),
    )


def _wanted(view: ListView) -> TrailFilter:
    """Read the filters; what is no year, id or day narrows nothing, as in every list."""
    year = view.value("year")
    until = _day(view.value("until"))
    return TrailFilter(
        region=current_actor().scope.region,
        fiscal_year=year_in(year),
        object_id=_uuid(view.value("object")),
        actor_name=view.value("actor"),
        act_prefix=view.value("act"),
        since=_midnight(_day(view.value("since"))),
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def _mark(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    mark = _uuid(cursor)
    if mark is None:
        raise BadCursorError
    return mark


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), LOCAL_ZONE) if day else None


def _shown(entry: TrailEntry, view: ListView) -> Mapping[str, Any]:
    return {
        "at": entry.at,
        # The program's own acts are signed with a service's name, which says nothing to people.
        "who": "" if entry.actor_name.startswith("system:") else entry.actor_name,
        "post": entry.post_name,
        "act": act_label(entry.act),
        "subject": Link(entry.object_title or "—", view.href(object=str(entry.object_id))),
        "year": entry.fiscal_year or "",
        "comment": entry.comment,
        "changes": _changes(entry.before or {}, entry.after or {}),
        "position": entry.position,
        "digest": (entry.digest or "").partition(":")[2][:12],
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(name, _text(before, name), _text(after, name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seal_state(session: Session) -> Mapping[str, Any]:
    """Return how far the chain reaches, what is not sealed yet, and the last signed head."""
    sealed = select(func.max(TrailRow.position)).scalar_subquery()
    unsealed = select(func.count()).where(TrailRow.position.is_(None)).scalar_subquery()
    counts = session.execute(select(sealed.label("sealed"), unsealed.label("unsealed"))).one()
    head = session.scalars(
        select(TrailHeadRow).order_by(TrailHeadRow.sequence.desc()).limit(1)
    ).first()
    return {
        "sealed": counts.sealed or 0,
        "unsealed": counts.unsealed,
        "head_position": head.position if head else None,
        "head_digest": head.digest if head else "",
        "head_at": head.signed_at if head else None,
        "key_id": head.key_id if head else "",
    }


def _verify_trail() -> BaseResponse:
    """Check the chain and the heads kept outside the database, and say what was found."""
    resources = current_resources()
    back, service = f"/{_business()}/trail", resources.database.service
    with resources.database.read() as session:
        if _seal_state(session)["sealed"] > MOST_VERIFIED:
            text = f"轨迹超过 {MOST_VERIFIED} 条，请导出后用独立核验程序核验。"
            return redirect_with_notice(back, text, "yellow")
        report = verify(export_trail(session, service), _outside_heads(session), _trail_keys())
    if report.is_intact:
        text = f"核验通过：{report.records} 条记录完整，其中 {report.covered} 条有签名链头证明。"
        return redirect_with_notice(back, text)
    text = f"核验发现 {report.count} 处问题：{report.findings[0].message}。请立即保全数据并报告。"
    return redirect_with_notice(back, text, "red")


def _outside_heads(session: Session) -> list[bytes]:
    """Return the heads of the file beside the database, or of the table where there is none."""
    resources = current_resources()
    data_dir, service = resources.settings.data_dir, resources.database.service
    if data_dir is not None and (path := heads_path(data_dir, service)).exists():
        return path.read_bytes().splitlines(keepends=True)
    rows = session.scalars(select(TrailHeadRow).order_by(TrailHeadRow.sequence))
    return [canonical(head_content(row, service)) + b"\n" for row in rows]


def _trail_keys() -> Mapping[str, str]:
    return KeyStore(key_folder(current_resources().settings)).public_keys()


def _export_trail() -> Response:
    """Send every sealed record for the stand-alone verifier; the export itself is recorded."""
    resources = current_resources()
    database, actor = resources.database, current_actor()
    with database.begin() as uow:
        uow.record(
            actor,
            Act(
                name="system.trail.export",
                object_kind="trail",
                object_id=new_id(),
                object_title=f"{TITLES[_business()]}操作轨迹",
                region=actor.scope.region,
            ),
        )

    def lines() -> Iterator[bytes]:
        with database.read() as session:
            yield from export_trail(session, database.service)

    return _file(lines(), f"{database.service}-trail.jsonl")


def _export_heads() -> Response:
    with current_resources().database.read() as session:
        heads = _outside_heads(session)
    return _file(iter(heads), f"{current_resources().database.service}-heads.jsonl")


def _file(lines: Iterator[bytes], name: str) -> Response:
    response = Response(lines, mimetype="application/jsonl")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
