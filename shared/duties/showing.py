"""Small pieces the pages of every kind of duty show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.calendar import WorkingCalendar
from shared.duties.tables import DutyColumns, ExtensionColumns
from shared.web.console.formats import date_zh
from shared.web.console.lists import Filter, ListView
from shared.web.console.showing import due_of
from shared.web.console.views import Badge, Choice, Due, Step, Tab, TimelineEntry, Tone

_YES = (Choice("1", "是"),)
_TAB_TONES: Mapping[str, Tone] = {"returned": "red", "review": "orange"}


@dataclass(frozen=True, slots=True)
class Decision:
    """One button of the review form."""

    act: str
    label: str
    passing: bool


def duty_due(duty: DutyColumns, today: date, calendar: WorkingCalendar) -> Due:
    """Return the due date as it is shown, with the first one where it was extended."""
    return due_of(
        duty.due_on,
        today,
        calendar,
        provisional=duty.provisional,
        was_on=duty.first_due_on,
        done=duty.is_submitted,
    )


def paper_badge(duty: DutyColumns) -> Badge | None:
    """Return where the paper copy stands; none when none is required."""
    if duty.has_paper:
        return Badge("已收", "green")
    if not duty.paper_required:
        return None
    return Badge("旧版待换" if duty.paper_print_code else "未收", "orange")


def paper_line(duty: DutyColumns) -> str:
    """Return where the paper copy stands, in words."""
    if duty.has_paper and duty.paper_received_on:
        return f"{date_zh(duty.paper_received_on)}收到"
    return "须报送，尚未收到最新版" if duty.paper_required else "不要求"


def submission_line(duty: DutyColumns, signer: str, print_code: str) -> str:
    """Return what is said of one submission: who signed, its code, whether its paper came."""
    current = "（最新版）" if print_code == duty.print_code else "（旧版）"
    paper = ""
    if duty.paper_received_on and print_code == duty.paper_print_code:
        paper = f"，纸质件{date_zh(duty.paper_received_on)}收到"
    return f"签字：{signer}；版本码{print_code}{current}{paper}"


def extension_entry(extension: ExtensionColumns) -> TimelineEntry:
    """Return an extension as part of the duty's life."""
    return TimelineEntry(
        "延长报送期限",
        extension.extended_by,
        "",
        extension.extended_at,
        f"由{date_zh(extension.previous_due_on)}延至{date_zh(extension.due_on)}，"
        f"依据{extension.document_number}：{extension.reason}",
        "orange",
    )


def steps_of(
    stages: Sequence[tuple[str, Sequence[str]]], state: str, *, note: str, is_over: bool
) -> list[Step]:
    """Return the stages (title, states) with the one `state` is in; `note` stands at that one."""
    at = next(place for place, (_, states) in enumerate(stages) if state in states)
    return [
        Step(title, "done", note=note if place == at else "")
        if place < at or is_over
        else Step(title, "current", note=note)
        if place == at
        else Step(title, "waiting")
        for place, (title, _) in enumerate(stages)
    ]


def tab_titles(done: str) -> Mapping[str, str]:
    """Return the titles of a list's tabs; `done` is what a duty past review is called."""
    return {"todo": "待填报", "returned": "被退回", "review": "待审核", "done": done, "all": "全部"}


def duty_filters(
    years: Sequence[Choice], offices: Sequence[tuple[str, str]], *own: Filter
) -> tuple[Filter, ...]:
    """Return the filters of a list; those of one kind of duty stand in the middle."""
    return (
        Filter("year", "预算年度", choices=years),
        Filter("q", "关键词", "text", placeholder="项目、编码或单位"),
        *own,
        Filter("office", "归口股室", choices=[Choice(code, name) for code, name in offices]),
        Filter("unit", "单位编码", "text", placeholder="如 124001"),
        Filter("overdue", "逾期未报", choices=_YES),
        Filter("paper", "缺纸质件", choices=_YES),
    )


def duty_tabs(
    view: ListView, titles: Mapping[str, str], counts: Mapping[str, int], active: str
) -> list[Tab]:
    """Return the tabs of a list with their counts; what needs somebody is coloured."""
    return [
        Tab(
            title,
            view.href(tab=tab),
            counts[tab],
            active=tab == active,
            tone=_TAB_TONES.get(tab, "grey") if counts[tab] else "grey",
        )
        for tab, title in titles.items()
    ]


def asked_of(view: ListView, titles: Mapping[str, str], today: date) -> dict[str, Any]:
    """Return what the list of any kind of duty is narrowed to, by name of `DutyFilter`'s fields."""
    tab = view.kept.get("tab", "")
    return {
        "tab": tab if tab in titles else "all",
        "text": view.value("q"),
        "state": view.value("state"),
        "office": view.value("office"),
        "unit_code": view.value("unit"),
        "overdue_on": today if view.value("overdue") else None,
        "paper_missing": bool(view.value("paper")),
    }
