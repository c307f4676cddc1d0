"""What the pages of sharing show: rows, facts, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.sharing_forms import field_choices
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.recognition import BODY_ROLES
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE
from services.oversight_svc.domain.sharing_rules import ShareScope
from services.oversight_svc.domain.sharing_states import (
    ShareParty,
    ShareState,
    acts_from,
)
from services.oversight_svc.queries.sharing import DeliveryShown, ShareDetail
from services.oversight_svc.store.sharing import ShareGrantRow, ShareRequestRow
from services.oversight_svc.store.sharing_deliveries import (
    WHOLE,
    DeliveryPageRow,
    DeliveryRow,
)
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar import WorkingCalendar
from shared.policy.model import Pack
from shared.terms import label, label_of
from shared.terms.vocabulary import RaisingBody, ShareAttribute, ShareEntry
from shared.web.console.lists import Column, Filter
from shared.web.console.views import Badge, Choice, Due, Link, Tone
from shared.web.links import link

TONES: dict[ShareState, Tone] = {
    ShareState.CHECKING: "orange",
    ShareState.RETURNED: "yellow",
    ShareState.ANSWERING: "orange",
    ShareState.GRANTED: "green",
    ShareState.REFUSED: "red",
    ShareState.NEGOTIATING: "orange",
    ShareState.DECLINED: "red",
    ShareState.REVOKED: "grey",
    ShareState.WITHDRAWN: "grey",
}
ATTRIBUTE_TONES: dict[ShareAttribute, Tone] = {
    ShareAttribute.UNCONDITIONAL: "green",
    ShareAttribute.CONDITIONAL: "orange",
    ShareAttribute.WITHHELD: "red",
}
COLUMNS = (
    Column("purpose", "用途", "link", frozen=True, width="wide"),
    Column("number", "申请编号"),
    Column("requester", "申请方"),
    Column("provider", "提供方"),
    Column("entries", "申请数据", width="medium"),
    Column("submitted_at", "提交时间", "datetime"),
    Column("due", "办理期限", "due"),
    Column("state", "状态", "badge"),
)
FILTERS = (
    Filter("state", "状态", choices=choices_of("share_state")),
    Filter("side", "本机关", choices=[Choice("asked", "我方申请"), Choice("answers", "我方提供")]),
)
USE_COLUMNS = (
    Column("when", "交付时间", "datetime", frozen=True),
    Column("entry", "数据"),
    Column("page", "页次"),
    Column("records", "条数"),
    Column("requester", "取数方"),
    Column("purpose", "用途", width="medium"),
    Column("times", "次数"),
    Column("chain", "记录摘要链", width="wide"),
)


def request_row(row: ShareRequestRow, today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    """Return a line of the list."""
    here = link("oversight.share_request", year=row.fiscal_year, id=row.request_id)
    return {
        "purpose": Link(row.purpose, here),
        "number": row.number,
        "requester": label("raising_body", row.requester),
        "provider": label("raising_body", row.provider),
        "entries": entries_text(ShareScope.from_json(row.scope)) or "目录外内容",
        "submitted_at": row.submitted_at,
        "due": due_of(row.due_on, today, calendar, provisional=row.provisional),
        "state": state_badge(row),
    }


def use_row(page: DeliveryPageRow, delivery: DeliveryRow) -> dict[str, Any]:
    """Return a line of the record of use."""
    del delivery
    return {
        "when": page.last_sent_at,
        "entry": label("share_entry", page.entry),
        "page": "数据包" if page.number == WHOLE else f"第 {page.number} 页",
        "records": str(page.records),
        "requester": page.requester_name,
        "purpose": page.purpose,
        "times": str(page.times_sent),
        "chain": page.chain,
    }


def state_badge(row: ShareRequestRow) -> Badge:
    """Return the state of a request."""
    state = ShareState(row.state)
    return Badge(label_of(state), TONES[state])


def entries_text(scope: ShareScope) -> str:
    """Return what is asked for, by name."""
    return "、".join(label_of(entry) for entry in scope.entries)


def catalogue_rows(pack: Pack) -> list[dict[str, Any]]:
    """Return the catalogue as the pack has it."""
    attributes = pack.sharing.attributes
    return [
        {
            "title": label_of(each.entry),
            "meaning": each.meaning,
            "provider": label_of(each.provider),
            "attribute": Badge(
                label_of(attributes[each.entry]), ATTRIBUTE_TONES[attributes[each.entry]]
            ),
            "columns": "、".join(column.title for column in each.fields),
        }
        for each in CATALOGUE.values()
    ]


def entry_fields(pack: Pack, actor: Actor) -> list[dict[str, Any]]:
    """Return the entries the actor's body may ask for, with their fields to tick."""
    own = {body for body, roles in BODY_ROLES.items() if not roles.isdisjoint(actor.roles)}
    attributes = pack.sharing.attributes
    return [
        {
            "name": entry.value,
            "title": f"{label_of(entry)}（{label_of(attributes[entry])}）",
            "hint": f"{each.meaning}；由{label_of(each.provider)}提供。",
            "choices": field_choices(entry),
        }
        for entry, each in CATALOGUE.items()
        if attributes[entry] is not ShareAttribute.WITHHELD and {each.provider} != own
    ]


def detail_context(
    detail: ShareDetail, actor: Actor, today: date, calendar: WorkingCalendar
) -> dict[str, Any]:
    """Return what the page of a request shows."""
    row, grant = detail.request, detail.grant
    scope = ShareScope.from_json(row.scope)
    is_grantee = grant is not None and not BODY_ROLES[RaisingBody(grant.grantee)].isdisjoint(
        actor.roles
    )
    is_alive = grant is not None and grant.revoked_at is None and grant.expires_on >= today
    return {
        "share": row,
        "grant": grant,
        "badge": state_badge(row),
        "due": due_of(row.due_on, today, calendar, provisional=row.provisional),
        "facts": _request_facts(row, scope, detail.names),
        "grant_facts": _grant_facts(grant, today, calendar) if grant else [],
        "acts": _acts(row, actor),
        "asked": [
            {"name": entry.value, "title": label_of(entry), "choices": field_choices(entry)}
            for entry in scope.entries
        ],
        "years": [Choice(str(year), f"{year}年度") for year in scope.years],
        "may_pull": is_grantee and is_alive and is_allowed(actor, "oversight.sharing.pull"),
        "may_receive": is_grantee and is_allowed(actor, "oversight.sharing.pull"),
        "deliveries": [_delivery(each, detail.names) for each in detail.deliveries],
        "here": link("oversight.share_request", year=row.fiscal_year, id=row.request_id),
    }


def _acts(row: ShareRequestRow, actor: Actor) -> set[str]:
    """Return the acts that are possible now and this actor's to do."""
    sides = {ShareParty.REQUESTER: row.requester, ShareParty.PROVIDER: row.provider}
    return {
        edge.act.value
        for edge in acts_from(ShareState(row.state))
        if is_allowed(actor, edge.permission)
        and not BODY_ROLES[RaisingBody(sides[edge.party])].isdisjoint(actor.roles)
    }


def _request_facts(
    row: ShareRequestRow, scope: ShareScope, names: Mapping[UUID, str]
) -> list[tuple[str, Any]]:
    fields = [
        (f"申请数据：{label_of(entry)}", _field_titles(entry, chosen))
        for entry, chosen in scope.entries.items()
    ]
    return [
        ("申请编号", row.number),
        ("申请方", label("raising_body", row.requester)),
        ("提供方", label("raising_body", row.provider)),
        ("用途", row.purpose),
        ("依据文书", row.basis),
        *fields,
        ("预算年度", "、".join(str(year) for year in scope.years)),
        ("单位范围", "、".join(names.get(each, "") for each in scope.unit_ids) or "全部单位"),
        ("项目范围", "、".join(names.get(each, "") for each in scope.project_ids) or "全部项目"),
        ("目录外内容", row.other_content or None),
        ("申请有效期止", row.wanted_until),
        ("提交", f"{row.submitted_by_name}"),
        ("答复", row.answered_by_name or None),
        ("理由", row.reason or None),
    ]


def _field_titles(entry: ShareEntry, chosen: tuple[str, ...]) -> str:
    return "、".join(each.title for each in CATALOGUE[entry].fields if each.name in chosen)


def _grant_facts(
    grant: ShareGrantRow, today: date, calendar: WorkingCalendar
) -> list[tuple[str, Any]]:
    scope = ShareScope.from_json(grant.scope)
    until: Due | Badge | None = due_of(grant.expires_on, today, calendar, provisional=False)
    if grant.revoked_at is not None:
        until = Badge("已撤销，不能再取数", "grey")
    elif grant.expires_on < today:
        until = Badge(f"已于 {grant.expires_on.isoformat()} 到期，不能再取数", "grey")
    return [
        ("授权数据", entries_text(scope)),
        *((label_of(entry), _field_titles(entry, names)) for entry, names in scope.entries.items()),
        ("预算年度", "、".join(str(year) for year in scope.years)),
        ("使用条件", grant.terms or None),
        ("有效期止", until),
        ("授权人", grant.granted_by_name),
    ]


def _delivery(shown: DeliveryShown, names: Mapping[UUID, str]) -> dict[str, Any]:
    delivery = shown.delivery
    project = names.get(delivery.project_id, "") if delivery.project_id else ""
    return {
        "id": delivery.delivery_id,
        "opened_at": delivery.opened_at,
        "opened_by": delivery.opened_by_name,
        "what": f"审计取证包：{project}" if delivery.project_id else "授权范围内全部数据",
        "pages": shown.pages,
        "records": shown.records,
        "received_at": delivery.received_at,
        "received_by": delivery.received_by_name,
    }
