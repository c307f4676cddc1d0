"""A climbed rung in words and badges: for the list, its own page and the finding's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.ladder import EscalationState, answers_for
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.domain.urging import OVERDUE_WORDS, Reminded, reminder_text
from services.oversight_svc.queries.escalations import Climbed
from services.oversight_svc.queries.ledger_cells import Telling
from services.oversight_svc.queries.ledger_choices import YEARS_BACK, Places
from services.oversight_svc.store.escalations import EscalationRow
from shared.access.actor import Actor
from shared.access.rights import role_label
from shared.policy.escalation import RungWay
from shared.terms import label
from shared.terms.vocabulary import Role
from shared.web.console.formats import date_zh
from shared.web.console.lists import Column, Filter
from shared.web.console.views import Badge, Choice, Due, Link, Tone
from shared.web.links import LINKS, link

COLUMNS = (
    Column("subject", "逾期事项", "link", frozen=True, width="wide"),
    Column("unit", "单位", width="medium"),
    Column("office", "归口股室"),
    Column("due", "办理期限", "due"),
    Column("rung", "升级到", "link", width="medium"),
    Column("state", "状态", "badge"),
    Column("who", "等待谁或谁办理", width="medium"),
)
TONES: Mapping[EscalationState, Tone] = {
    EscalationState.DONE: "blue",
    EscalationState.WAITING: "orange",
    EscalationState.TAKEN: "green",
    EscalationState.SKIPPED: "grey",
    EscalationState.LAPSED: "grey",
}
ASKED = (Role.FIN_OFFICE, Role.FIN_PERF, Role.AUDIT_OFFICER, Role.DISCIPLINE_OFFICER)


def escalation_filters(places: Places, this_year: int) -> tuple[Filter, ...]:
    """Return the filters of the list, the everyday ones first."""
    years = range(this_year + 1, this_year - YEARS_BACK, -1)
    return (
        Filter("q", "关键词", "text", placeholder="事项、编号或单位"),
        Filter("kind", "类别", choices=choices_of("overdue_kind")),
        Filter("way", "升级方式", choices=choices_of("rung_way")),
        Filter("office", "归口股室", choices=_choices(places.offices)),
        Filter("role", "等待谁", choices=[Choice(each, role_label(each)) for each in ASKED]),
        Filter("state", "状态", choices=choices_of("escalation_state"), more=True),
        Filter("unit", "单位", choices=_choices(places.units), more=True),
        Filter("year", "预算年度", choices=[Choice(str(y), f"{y}年度") for y in years], more=True),
    )


def list_row(climbed: Climbed, telling: Telling, actor: Actor) -> dict[str, Any]:
    """Return one line; only what the actor is asked for can be ticked."""
    row, unit = climbed.row, climbed.unit
    is_waiting = row.state == EscalationState.WAITING
    return {
        "id": LedgerKey(row.fiscal_year, row.escalation_id).to_text(),
        "selectable": is_waiting and answers_for(row.role or "", actor.roles),
        "subject": replace(subject_link(row), note=label("overdue_kind", row.kind)),
        "unit": unit.name,
        "office": telling.offices.get(unit.lead_office or "", unit.lead_office_name),
        "due": due_at(row, telling),
        "rung": Link(
            row.title,
            link("oversight.escalation", year=row.fiscal_year, id=row.escalation_id),
            note=f"{date_zh(row.reached_on)}到级",
        ),
        "state": state_badge(row),
        "who": _who(row),
    }


def subject_link(row: EscalationRow) -> Link:
    """Return the overdue thing, as a link where it has a page."""
    known = row.subject_kind in LINKS
    href = link(row.subject_kind, year=row.fiscal_year, id=row.subject_id) if known else ""
    return Link(row.subject_title, href)


def due_at(row: EscalationRow, telling: Telling) -> Due | None:
    """Return the date of the episode; nothing is counted once the rung needs nobody."""
    due = due_of(row.due_on, telling.today, telling.calendar, provisional=False)
    is_over = row.state in (EscalationState.LAPSED, EscalationState.SKIPPED)
    return due and Due(due.on, due.workdays_left, done=is_over)


def state_badge(row: EscalationRow) -> Badge:
    """Return how far the rung is."""
    return Badge(label("escalation_state", row.state), TONES[EscalationState(row.state)])


def _who(row: EscalationRow) -> str:
    if row.state == EscalationState.WAITING:
        return f"等待{role_label(row.role or '')}"
    if row.settled_at is None or not row.settler_name:
        return "系统"
    return " ".join(
        part for part in (row.settler_name, date_zh(row.settled_at), row.document_number) if part
    )


def facts_of(climbed: Climbed, telling: Telling) -> list[tuple[str, Any]]:
    """Return the head of a rung's page."""
    row, unit = climbed.row, climbed.unit
    return [
        ("逾期事项", subject_link(row)),
        ("类别", label("overdue_kind", row.kind)),
        ("单位", unit.name),
        ("归口股室", telling.offices.get(unit.lead_office or "", unit.lead_office_name)),
        ("单位联系人", " ".join(part for part in (unit.contact, unit.phone) if part)),
        ("办理期限", due_at(row, telling)),
        ("到级日期", row.reached_on),
        ("请谁办理", role_label(row.role) if row.role else "系统自动"),
        ("要求", row.demand),
        ("规则依据", f"{row.pack_code} 第 {row.pack_version} 版，第{row.place}级"),
    ]


def letter_about(row: EscalationRow) -> str:
    """Return the finding a letter can be drafted about, as a list posts it; empty for none."""
    is_letter = row.way == RungWay.LETTER and row.subject_kind == "oversight.finding"
    return LedgerKey(row.fiscal_year, row.subject_id).to_text() if is_letter else ""


def settled_facts(row: EscalationRow, here: str) -> list[tuple[str, Any]]:
    """Return how the rung ended; nothing while it waits."""
    if row.state in (EscalationState.WAITING, EscalationState.DONE):
        return []
    is_skipped = row.state == EscalationState.SKIPPED
    return [
        ("办理人", row.settler_name or "系统"),
        ("办理时间", row.settled_at),
        ("文号", row.document_number),
        ("发文日期", row.document_on if row.is_paper else None),
        ("扫描件", Link(row.scan_name, f"{here}/scan") if row.scan_name else ""),
        ("同意的领导" if is_skipped else "接听人", row.person),
        ("原因" if is_skipped else "办理情况", row.note),
    ]


def ladder_rows(rungs: Sequence[EscalationRow]) -> list[dict[str, Any]]:
    """Return what a subject has climbed, line by line, the latest first."""
    return [
        {
            "rung": row.title,
            "href": link("oversight.escalation", year=row.fiscal_year, id=row.escalation_id),
            "kind": label("overdue_kind", row.kind),
            "due": row.due_on,
            "reached": row.reached_on,
            "badge": state_badge(row),
            "who": _who(row),
            "note": row.note,
        }
        for row in reversed(rungs)
    ]


def reminder_of(climbed: Sequence[Climbed], telling: Telling) -> str:
    """Return the words to paste into the group chat about these rungs."""
    reminded = []
    for each in climbed:
        due = due_at(each.row, telling)
        reminded.append(
            Reminded(
                unit=each.unit.name,
                contact=each.unit.contact,
                phone=each.unit.phone,
                number=label("overdue_kind", each.row.kind),
                title=each.row.subject_title,
                due_on=each.row.due_on,
                workdays_left=due.workdays_left if due else 0,
            )
        )
    return reminder_text(telling.today, reminded, OVERDUE_WORDS)


def _choices(names: Mapping[str, str]) -> list[Choice]:
    return [Choice(code, name) for code, name in names.items()]
