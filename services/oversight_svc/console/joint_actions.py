"""联合行动: list, start, one action with its parties, minutes and tasks (Y25-6.12, JN22-5.1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.accountability_forms import DoneForm
from services.oversight_svc.console.accountability_showing import case_history
from services.oversight_svc.console.finding_new import unit_choices, uuid_or_none, year_choices
from services.oversight_svc.console.finding_showing import choices_of
from services.oversight_svc.console.joint_action_forms import (
    ActionForm,
    ActionMinutesForm,
    EndForm,
    PartyForm,
)
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.accountability import OFFICERS
from services.oversight_svc.domain.accountability_members import MemberBody
from services.oversight_svc.domain.joint_actions import AssignedTask, JointActionState, Party
from services.oversight_svc.queries.joint_actions import (
    ActionDetail,
    action_detail,
    find_action_task,
    list_actions,
    may_work,
)
from services.oversight_svc.store.joint_action_sight import party_of, speaks_for
from services.oversight_svc.store.joint_actions import JointActionRow
from services.oversight_svc.usecases.lead_joint_action import (
    ActionKey,
    EndAction,
    InviteParty,
    StartAction,
    end_action,
    invite_party,
    start_action,
)
from services.oversight_svc.usecases.work_joint_action import (
    WORK,
    FinishActionTask,
    KeepActionMinutes,
    finish_action_task,
    keep_action_minutes,
)
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.errors import NotFoundError
from shared.terms import label, label_of
from shared.terms.vocabulary import RaisingBody
from shared.web.console.files import show_file
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, Filter, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Badge, Choice, EditorColumn, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("joint_actions", __name__, template_folder="templates")
ACTION = "/joint-actions/<int:year>/<uuid:action_id>"
TASK = "/joint-actions/tasks/<int:year>/<uuid:action_task_id>"
LEAD = "oversight.joint_action.lead"
COLUMNS = (
    Column("action", "联合行动", "link", frozen=True, width="wide"),
    Column("unit", "涉及单位"),
    Column("lead", "牵头"),
    Column("starts", "开始", "date"),
    Column("ends", "计划结束", "date"),
    Column("state", "状态", "badge"),
)


@pages.get("/joint-actions")
@permission("oversight.joint_action.view")
def list_all() -> str:
    """Show the actions one takes part in, the newest first."""
    filters = (
        Filter("q", "关键词", "text", placeholder="名称或单位"),
        Filter("state", "状态", choices=choices_of("joint_action_state")),
        Filter("lead", "牵头", choices=choices_of("raising_body")),
    )
    view = list_view(request.path, request.args, columns=COLUMNS, filters=filters)
    with database().read() as session:
        page = list_actions(
            session, current_actor(), view.values, cursor=view.cursor, limit=view.limit
        )
    rows = [
        {
            "action": Link(f"{row.number} {row.title}", _here(row.fiscal_year, row.action_id)),
            "unit": unit.name,
            "lead": label("raising_body", row.lead),
            "starts": row.starts_on,
            "ends": row.ends_on,
            "state": _badge(row),
        }
        for row, unit in page.items
    ]
    return render_template(
        "oversight/joint_actions.html", view=view, rows=rows, next_cursor=page.next_cursor
    )


@pages.get("/joint-actions/new")
@permission(LEAD)
def ask_action() -> str:
    """Show the form of an action."""
    today = clock().today()
    return _new_page(blank(ActionForm(), {"fiscal_year": today.year, "starts_on": today}))


@pages.post("/joint-actions/new")
@permission(LEAD)
def start() -> BaseResponse | tuple[str, int]:
    """Start an action."""
    form, row = bind(ActionForm(), request.form), None
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            row = start_action(uow, clock(), current_actor(), StartAction(**form.data))
    if row is None or not form.is_valid:
        return _new_page(form), 422
    here = _here(row.fiscal_year, row.action_id)
    return redirect_with_notice(here, "联合行动已发起，请邀请参加单位。")


@pages.get(ACTION)
@permission("oversight.joint_action.view")
def show_action(year: int, action_id: UUID) -> str:
    """Show one action."""
    return _action_page(year, action_id)


@pages.get(f"{ACTION}/files/<action_file>/view")
@permission("oversight.joint_action.view")
def view_file(year: int, action_id: UUID, action_file: str) -> Response | str:
    """Show the scan of minutes in place."""
    detail = _detail(year, action_id)
    names = {row.scan_digest: row.scan_name for row in detail.minutes if row.scan_digest}
    if action_file not in names:
        raise NotFoundError
    crumbs = [Link(detail.action.number, _here(year, action_id))]
    return show_file(action_file, names[action_file], crumbs=crumbs)


@pages.post(f"{ACTION}/members")
@permission(LEAD)
def invite(year: int, action_id: UUID) -> BaseResponse | tuple[str, int]:
    """Let a party take part."""
    form = bind(PartyForm(), request.form)
    if form.is_valid:
        data = form.data
        with shown_in(form), database().begin() as uow:
            command = InviteParty(
                _key(year, action_id), _party(data["party"]), data["rights"], data["basis"]
            )
            invite_party(uow, clock(), current_actor(), command)
    if form.is_valid:
        return redirect_with_notice(_here(year, action_id), "参加单位已登记，可以查看本行动。")
    return _action_page(year, action_id, party_form=form), 422


@pages.get(f"{ACTION}/minutes")
@permission(WORK)
def ask_minutes(year: int, action_id: UUID) -> str:
    """Show the form for minutes."""
    form = blank(ActionMinutesForm(), {"held_on": clock().today()})
    return _minutes_page(year, action_id, form)


@pages.post(f"{ACTION}/minutes")
@permission(WORK)
def enter_minutes(year: int, action_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep minutes and hand out their tasks."""
    form = bind(ActionMinutesForm(), request.form)
    if form.is_valid:
        data = form.data
        tasks = tuple(
            AssignedTask(_party(row["party"]), row["person"], row["what"], row["workdays"])
            for row in data["tasks"]
        )
        with shown_in(form), database().begin() as uow:
            command = KeepActionMinutes(
                _key(year, action_id),
                tasks,
                held_on=data["held_on"],
                attendees=data["attendees"],
                text=data["text"],
                scan_digest=data["scan"],
            )
            keep_action_minutes(uow, clock(), current_actor(), command)
    if form.is_valid:
        notice = "纪要已登记，任务按工作日期限进入承担单位工作台。"
        return redirect_with_notice(_here(year, action_id), notice)
    return _minutes_page(year, action_id, form), 422


@pages.post(f"{ACTION}/end")
@permission(LEAD)
def end(year: int, action_id: UUID) -> BaseResponse | tuple[str, int]:
    """End the action with its result."""
    form = bind(EndForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = EndAction(_key(year, action_id), form.data["result"])
            end_action(uow, clock(), current_actor(), command)
    if form.is_valid:
        return redirect_with_notice(_here(year, action_id), "联合行动已结束，结果已登记。")
    return _action_page(year, action_id, end_form=form), 422


@pages.get(TASK)
@permission("oversight.joint_action.view")
def show_task(year: int, action_task_id: UUID) -> str:
    """Show one task."""
    return _task_page(year, action_task_id, blank(DoneForm()))


@pages.post(TASK)
@permission(WORK)
def report_done(year: int, action_task_id: UUID) -> BaseResponse | tuple[str, int]:
    """Report a task as done."""
    form = bind(DoneForm(), request.form)
    with database().read() as session:
        action, _ = find_action_task(session, current_actor(), year, action_task_id)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            key = _key(year, action.action_id)
            command = FinishActionTask(key, action_task_id, form.data["note"])
            finish_action_task(uow, clock(), current_actor(), command)
    if form.is_valid:
        return redirect_with_notice(_here(year, action.action_id), "任务已完成。")
    return _task_page(year, action_task_id, form), 422


def _party(typed: str) -> Party:
    """Return the party a choice names: a body, else a department by its id."""
    if typed in {body.value for body in MemberBody}:
        return Party(MemberBody(typed))
    return Party(None, uuid_or_none(typed) or UUID(int=0))


def _value(party: Party) -> str:
    return party.body.value if party.body else str(party.unit_id)


def _key(year: int, action_id: UUID) -> ActionKey:
    return ActionKey(year, action_id, typed_version())


def _here(year: int, action_id: UUID) -> str:
    return link("oversight.joint_action", year=year, id=action_id)


def _badge(row: JointActionRow) -> Badge:
    state = JointActionState(row.state)
    return Badge(label_of(state), "blue" if state is JointActionState.UNDER_WAY else "green")


def _detail(year: int, action_id: UUID) -> ActionDetail:
    with database().read() as session:
        return action_detail(session, current_actor(), year, action_id)


def _new_page(form: Form) -> str:
    with database().read() as session:
        units = unit_choices(session, current_actor())
    return render_template(
        "oversight/joint_action_new.html", form=form, years=year_choices(), units=units
    )


def _leads(actor: Actor, row: JointActionRow) -> bool:
    return not OFFICERS[RaisingBody(row.lead)].isdisjoint(actor.roles)


def _action_page(
    year: int, action_id: UUID, *, party_form: Form | None = None, end_form: Form | None = None
) -> str:
    actor, today = current_actor(), clock().today()
    with database().read() as session:
        detail = action_detail(session, actor, year, action_id)
        works = may_work(session, actor, detail)
        units = unit_choices(session, actor) if _leads(actor, detail.action) else []
        calendar = load_calendar(session)
    action = detail.action
    return render_template(
        "oversight/joint_action.html",
        action=action,
        here=_here(year, action_id),
        badge=_badge(action),
        unit=detail.names[action.unit_id],
        facts=_facts(detail),
        is_lead=_leads(actor, action),
        is_open=action.state == JointActionState.UNDER_WAY.value,
        works=works,
        members=[(_name(detail, row.body, row.unit_id), row) for row in detail.members],
        parties=[*choices_of("member_body"), *units],
        minutes=detail.minutes,
        tasks=[
            (
                _name(detail, row.body, row.unit_id),
                due_of(row.due_on, today, calendar, provisional=False),
                row,
            )
            for row in detail.tasks
        ],
        party_form=party_form or blank(PartyForm(exclude=("party", "rights"))),
        end_form=end_form or blank(EndForm()),
        choices_of=choices_of,
        entries=case_history(detail.trail),
    )


def _facts(detail: ActionDetail) -> list[tuple[str, Any]]:
    action = detail.action
    return [
        ("牵头单位", f"{label('raising_body', action.lead)}　{action.starter_name}"),
        ("涉及单位", detail.names[action.unit_id]),
        ("行动内容", action.purpose),
        ("依据", action.basis),
        ("开始日期", action.starts_on),
        ("计划结束", action.ends_on),
        ("结果", action.result),
        ("结束日期", action.ended_on),
    ]


def _name(detail: ActionDetail, body: str, unit_id: UUID) -> str:
    party = party_of(body, unit_id)
    return label_of(party.body) if party.body else detail.names[unit_id]


def _minutes_page(year: int, action_id: UUID, form: Form) -> str:
    detail = _detail(year, action_id)
    parties = [
        Choice(_value(party_of(row.body, row.unit_id)), _name(detail, row.body, row.unit_id))
        for row in detail.members
    ]
    columns = (
        EditorColumn("party", "承担单位", "select", choices=parties, required=True),
        EditorColumn("person", "责任人", required=True),
        EditorColumn("what", "任务", width="wide", required=True),
        EditorColumn("workdays", "几个工作日内完成", "number", required=True),
    )
    return render_template(
        "oversight/joint_minutes.html",
        home=_home(),
        work=detail.action,
        here=_here(year, action_id),
        form=form,
        columns=columns,
    )


def _home() -> dict[str, str]:
    return {"label": "联合行动", "href": link("oversight.joint_actions")}


def _task_page(year: int, action_task_id: UUID, form: Form) -> str:
    actor = current_actor()
    with database().read() as session:
        action, task = find_action_task(session, actor, year, action_task_id)
        detail = action_detail(session, actor, year, action.action_id)
        may_finish = is_allowed(actor, WORK) and speaks_for(
            session, actor, party_of(task.body, task.unit_id)
        )
        calendar = load_calendar(session)
    return render_template(
        "oversight/joint_task.html",
        home=_home(),
        work=action,
        task=task,
        party=_name(detail, task.body, task.unit_id),
        here=_here(year, action.action_id),
        address=link("oversight.joint_action_task", year=year, id=action_task_id),
        due=due_of(task.due_on, clock().today(), calendar, provisional=False),
        may_finish=may_finish and task.done_on is None,
        form=form,
    )
