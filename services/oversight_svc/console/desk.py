"""The desk: what waits for whoever is signed in, and the duties of the three administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from services.oversight_svc.console.showing import due_of
from services.oversight_svc.console.today import tiles as today_tiles
from services.oversight_svc.domain.posts import ADMINISTRATOR_ROLES
from services.oversight_svc.queries.administration import Administration, count_administration
from services.oversight_svc.queries.desk import DeskCounts, count_desk, list_desk
from services.oversight_svc.queries.ledger_filters import ask
from services.oversight_svc.queries.today import TodayCounts, count_today
from services.oversight_svc.queries.upcoming import Upcoming, next_deadlines
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.clock import LOCAL_ZONE
from shared.terms import labels
from shared.web.api import current_resources
from shared.web.console.lists import Column, ListView, list_view
from shared.web.console.views import Link, Tab, Tile, Tone
from shared.web.identity import current_actor
from shared.web.links import LINKS, link
from shared.web.permissions import permission

pages = Blueprint("desk", __name__, template_folder="templates")

TABS = {"todo": "待办", "returned": "被退回", "review": "待审核", "done": "已办"}
DUES = {"overdue": "已逾期", "today": "今天到期", "week": "本周内到期"}
EMPTY = {
    "": ("没有符合条件的事项", "可以看看其他分类。"),
    "todo": ("没有待办事项", "轮到您办理时会自动出现在这里；接下来的时限见下方。"),
    "returned": ("没有被退回的事项", "审核意见退回时会出现在这里，并写明原因。"),
    "review": ("没有待审核的事项", "单位报送后会按审核顺序出现在这里。"),
    "done": ("还没有办结的事项", "您办结的事项会保留在这里，可以随时回看。"),
}
OPEN_COLUMNS = (
    Column("task", "事项", "link", frozen=True, width="wide"),
    Column("kind", "环节"),
    Column("unit", "单位"),
    Column("year", "预算年度"),
    Column("due", "办理期限", "due"),
)
DONE_COLUMNS = (*OPEN_COLUMNS[:4], Column("closed", "办结时间", "datetime"))


@pages.get("/")
@permission("oversight.desk.view")
def show_desk() -> str:
    """Show the actor's tasks; to an administrator, the state of the system."""
    actor = current_actor()
    if actor.roles & ADMINISTRATOR_ROLES:
        return _administrator_desk(actor)
    resources = current_resources()
    today = resources.clock.today()
    week_end = today + timedelta(days=7 - today.isoweekday())
    with resources.database.read() as session:
        calendar = load_calendar(session)
        counts = count_desk(session, actor, today, week_end)
        due = request.args.get("due", "")
        due = due if due in DUES else ""
        tab = _tab(counts, due)
        columns = DONE_COLUMNS if tab == "done" else OPEN_COLUMNS
        view = list_view(request.path, request.args, columns=columns, kept=("tab", "due"))
        page = list_desk(
            session,
            actor,
            tab=tab,
            due=due,
            today=today,
            week_end=week_end,
            cursor=view.cursor,
            limit=view.limit,
        )
        oversight = _oversight_tiles(session, actor, today, calendar)
        upcoming = next_deadlines(session, actor.scope.region, today, calendar)
        rows = [_row(task, unit, today, calendar) for task, unit in page.items]
    shown = _shown(upcoming, today, calendar)
    return _page(view, rows, page.next_cursor, counts, tab, due, shown, oversight)


def _tab(counts: DeskCounts, due: str) -> str:
    """Return the tab asked for, else the first with something in it; none when narrowed by due."""
    asked = request.args.get("tab", "")
    if asked in TABS or due:
        return asked if asked in TABS else ""
    return next((tab for tab in ("todo", "returned", "review") if getattr(counts, tab)), "todo")


def _page(
    view: ListView,
    rows: Sequence[Mapping[str, Any]],
    next_cursor: str | None,
    counts: DeskCounts,
    tab: str,
    due: str,
    upcoming: Sequence[tuple[str, Any]],
    oversight: Sequence[Tile],
) -> str:
    tabs = [
        Tab(
            title,
            f"/?tab={name}",
            getattr(counts, name),
            active=name == tab,
            tone="red" if name == "returned" and counts.returned else "grey",
        )
        for name, title in TABS.items()
    ]
    return render_template(
        "oversight/desk.html",
        view=view,
        rows=rows,
        next_cursor=next_cursor,
        tiles=[*_tiles(counts), *oversight],
        tabs=tabs,
        narrowed=DUES.get(due, ""),
        empty=EMPTY[tab],
        upcoming=upcoming,
    )


def _tiles(counts: DeskCounts) -> list[Tile]:
    def tile(name: str, count: int, tone: Tone, note: str) -> Tile:
        return Tile(
            DUES[name], str(count), f"/?due={name}", tone=tone if count else "grey", note=note
        )

    return [
        tile("overdue", counts.overdue, "red", "请先办理"),
        tile("today", counts.today, "orange", "今天内办结"),
        tile("week", counts.week, "blue", "今天之后至周日"),
    ]


def _oversight_tiles(
    session: Session, actor: Actor, today: date, calendar: WorkingCalendar
) -> list[Tile]:
    """Return the day's findings for those who drive them, nothing for everybody else."""
    if not is_allowed(actor, "oversight.finding.urge"):
        return []
    counts = count_today(session, actor, ask({}, today, calendar))
    return today_tiles(sum(counts.values(), TodayCounts()))


def _row(task: Any, unit: Any, today: date, calendar: WorkingCalendar) -> dict[str, Any]:  # noqa: ANN401 (rows)
    """Return one line of the list; the title leads to what the task is about."""
    href = (
        link(task.subject_kind, year=task.fiscal_year, id=task.subject_id)
        if task.subject_kind in LINKS
        else "/"
    )
    return {
        "task": Link(task.title, href),
        "kind": labels("task_kind").get(task.kind, task.kind),
        "unit": unit.name if unit else "—",
        "year": f"{task.fiscal_year}年度",
        "due": due_of(
            task.due_on,
            today,
            calendar,
            provisional=task.provisional,
            was_on=task.first_due_on,
        ),
        "closed": task.closed_at,
    }


def _shown(
    upcoming: Sequence[Upcoming], today: date, calendar: WorkingCalendar
) -> list[tuple[str, Any]]:
    return [
        (
            f"{each.fiscal_year}年度　{each.title}",
            due_of(each.deadline.due_on, today, calendar, provisional=each.deadline.provisional),
        )
        for each in upcoming
    ]


def _administrator_desk(actor: Actor) -> str:
    resources = current_resources()
    clock = resources.clock
    midnight = datetime.combine(clock.today(), time(), LOCAL_ZONE)
    with resources.database.read() as session:
        counts = count_administration(
            session,
            actor.scope.region,
            now=clock.now(),
            today=clock.today(),
            midnight=midnight,
        )
    duties = {
        "system_admin": _system_duties,
        "security_admin": _security_duties,
        "audit_admin": _audit_duties,
    }
    tiles = [
        tile for role in sorted(actor.roles & ADMINISTRATOR_ROLES) for tile in duties[role](counts)
    ]
    return render_template("oversight/administration.html", tiles=tiles)


def _system_duties(counts: Administration) -> list[Tile]:
    return [
        _duty("停放的事件", counts.parked, "/oversight/events", "件", "查明原因后重新投递或作废"),
        _duty("无法识别的消息", counts.undecodable, "/oversight/events", "件", "核对来源"),
        _duty("临时锁定的账号", counts.locked, "/oversight/accounts", "个", "可重置密码"),
        Tile("尚未改一次性密码", str(counts.one_time), "/oversight/accounts", unit="个"),
    ]


def _security_duties(counts: Administration) -> list[Tile]:
    return [
        _duty("无人任职的岗位", counts.vacant, "/oversight/posts", "个", "请任命或指定替补"),
        _duty("两周内到期的任职", counts.ending, "/oversight/posts", "个", "请安排接任或续期"),
        _duty("临时锁定的账号", counts.locked, "/oversight/accounts", "个", "核对是否有人试探密码"),
        Tile("已停用的账号", str(counts.disabled), "/oversight/accounts?state=disabled", unit="个"),
        Tile("接入系统", str(counts.clients), "/oversight/clients", unit="个"),
    ]


def _audit_duties(counts: Administration) -> list[Tile]:
    return [
        Tile(
            "待封存的轨迹",
            str(counts.unsealed),
            "/oversight/trail",
            unit="条",
            note="通常数秒内封存",
        ),
        Tile(
            "今天登录",
            str(counts.sign_ins),
            "/oversight/trail?act=oversight.session.sign_in",
            unit="次",
        ),
    ]


def _duty(label: str, count: int, href: str, unit: str, note: str) -> Tile:
    return Tile(label, str(count), href, unit=unit, tone="red" if count else "green", note=note)
