"""One accountability case: its page, its steps, members, minutes, tasks and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.accountability_forms import (
    STEP_PAGES,
    DoneForm,
    MemberForm,
    MinutesForm,
    StepPage,
)
from services.oversight_svc.console.accountability_papers import case_document, case_paper_title
from services.oversight_svc.console.accountability_showing import (
    case_badge,
    case_chain,
    case_facts,
    case_history,
    case_turn,
    decision_facts,
    file_links,
    is_own_body,
    measures_shown,
    step_pages,
)
from services.oversight_svc.console.finding_showing import choices_of, related
from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.accountability_members import MinutesTask, NotMemberError
from services.oversight_svc.domain.accountability_proof import (
    NEEDS_NUMBER,
    NEEDS_TEXT,
    AccountabilityMeasure,
)
from services.oversight_svc.queries.accountability import (
    CaseDetail,
    case_detail,
    case_files,
    find_case_task,
)
from services.oversight_svc.usecases.accountability_moving import CaseKey, Step
from services.oversight_svc.usecases.advance_accountability import (
    AdvanceAccountability,
    advance_accountability,
)
from services.oversight_svc.usecases.join_accountability import (
    WORK,
    FinishTask,
    InviteMember,
    KeepMinutes,
    finish_task,
    invite_member,
    keep_minutes,
)
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.errors import NotFoundError
from shared.files.media import DOCX
from shared.terms import label, label_of
from shared.web.api import current_resources
from shared.web.console.files import show_file
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Choice, EditorColumn, Link
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("accountability_page", __name__, template_folder="templates")
CASE = "/accountability/<int:year>/<uuid:case_id>"
TASK = "/accountability/tasks/<int:year>/<uuid:case_task_id>"


@pages.get(CASE)
@permission("oversight.accountability.view")
def show_case(year: int, case_id: UUID) -> str:
    """Show the chain, whose turn it is, papers, people, members, and what happened."""
    return _case_page(year, case_id)


@pages.get(f"{CASE}/files/<case_file>/view")
@permission("oversight.accountability.view")
def view_file(year: int, case_id: UUID, case_file: str) -> Response | str:
    """Show a file of the case in place."""
    with database().read() as session:
        detail = case_detail(session, current_actor(), year, case_id)
    name = case_files(detail).get(case_file)
    if name is None:
        raise NotFoundError
    crumbs = [
        Link("问责事项", link("oversight.accountability_cases")),
        Link(detail.case.number, _here(year, case_id)),
    ]
    return show_file(case_file, name, crumbs=crumbs)


@pages.get(f"{CASE}/document")
@permission("oversight.accountability.send")
def download_paper(year: int, case_id: UUID) -> BaseResponse:
    """Hand out the paper the case leaves by as Word, to be edited, numbered and stamped."""
    detail = _detail(year, case_id)
    if not is_own_body(current_actor(), detail.case.proposed_by_body):
        raise NotMemberError
    content = case_document(detail, current_resources().settings.region_name)
    name = f"{case_paper_title(detail.case.receiver)}（{detail.case.number}）.docx"
    return attachment(content, name, DOCX)


@pages.post(f"{CASE}/members")
@permission("oversight.accountability.send")
def invite(year: int, case_id: UUID) -> BaseResponse | tuple[str, int]:
    """Let another body take part."""
    form = bind(MemberForm(), request.form)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            command = InviteMember(_key(year, case_id), **form.data)
            invite_member(uow, clock(), current_actor(), command)
    if form.is_valid:
        return redirect_with_notice(_here(year, case_id), "成员已登记，可以查看本事项。")
    return _case_page(year, case_id, form), 422


@pages.get(f"{CASE}/minutes")
@permission("oversight.accountability.work")
def ask_minutes(year: int, case_id: UUID) -> str:
    """Show the form for minutes."""
    return _minutes_page(year, case_id, blank(MinutesForm(), {"held_on": clock().today()}))


@pages.post(f"{CASE}/minutes")
@permission("oversight.accountability.work")
def enter_minutes(year: int, case_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep minutes and hand out their tasks."""
    form = bind(MinutesForm(), request.form)
    if form.is_valid:
        data = form.data
        tasks = tuple(
            MinutesTask(row["body"], row["person"], row["what"], row["due_on"])
            for row in data["tasks"]
        )
        with shown_in(form), database().begin() as uow:
            command = KeepMinutes(
                _key(year, case_id),
                tasks,
                held_on=data["held_on"],
                attendees=data["attendees"],
                text=data["text"],
                scan_digest=data["scan"],
            )
            keep_minutes(uow, clock(), current_actor(), command)
    if form.is_valid:
        return redirect_with_notice(_here(year, case_id), "纪要已登记，任务已进入承担单位工作台。")
    return _minutes_page(year, case_id, form), 422


@pages.get(TASK)
@permission("oversight.accountability.view")
def show_task(year: int, case_task_id: UUID) -> str:
    """Show one task of a case."""
    return _task_page(year, case_task_id, blank(DoneForm()))


@pages.post(TASK)
@permission("oversight.accountability.work")
def report_done(year: int, case_task_id: UUID) -> BaseResponse | tuple[str, int]:
    """Report a task as done."""
    form = bind(DoneForm(), request.form)
    with database().read() as session:
        case, _, _ = find_case_task(session, current_actor(), year, case_task_id)
    if form.is_valid:
        with shown_in(form), database().begin() as uow:
            key = _key(year, case.case_id)
            finish_task(
                uow, clock(), current_actor(), FinishTask(key, case_task_id, form.data["note"])
            )
    if form.is_valid:
        return redirect_with_notice(_here(year, case.case_id), "任务已完成。")
    return _task_page(year, case_task_id, form), 422


def _mount(page: StepPage) -> None:
    """Give a step its two addresses: the form, and where it goes."""
    address, short = f"{CASE}/{page.name}", page.name.replace("-", "_")
    guard = permission(page.permission)
    pages.get(address, endpoint=f"show_{short}")(guard(_shower(page)))
    pages.post(address, endpoint=f"do_{short}")(guard(_doer(page)))


def _shower(page: StepPage) -> Callable[..., Any]:
    def show(year: int, case_id: UUID) -> str:
        return _step_page(page, year, case_id)

    return show


def _doer(page: StepPage) -> Callable[..., Any]:
    def do(year: int, case_id: UUID) -> BaseResponse | tuple[str, int]:
        form = bind(page.schema(), request.form)
        if form.is_valid:
            with shown_in(form), database().begin() as uow:
                command = AdvanceAccountability(
                    _key(year, case_id), form.data["act"], _step(form.data)
                )
                advance_accountability(uow, clock(), current_actor(), command)
        if form.is_valid:
            return redirect_with_notice(_here(year, case_id), page.done)
        return _step_page(page, year, case_id, form), 422

    return do


def _step(data: dict[str, Any]) -> Step:
    return Step(
        data["document_number"],
        data["dated_on"],
        data["scan"],
        data["text"],
        data["leader_name"],
        tuple(data["measures"]),
        data["term_on"],
    )


def _key(year: int, case_id: UUID) -> CaseKey:
    return CaseKey(year, case_id, typed_version())


def _here(year: int, case_id: UUID) -> str:
    return link("oversight.accountability", year=year, id=case_id)


def _detail(year: int, case_id: UUID) -> CaseDetail:
    with database().read() as session:
        return case_detail(session, current_actor(), year, case_id)


def _case_page(year: int, case_id: UUID, member_form: Form | None = None) -> str:
    actor = current_actor()
    with database().read() as session:
        detail = case_detail(session, actor, year, case_id)
        calendar = load_calendar(session)
    today = clock().today()
    offered, hint = step_pages(actor, detail.case)
    return render_template(
        "oversight/accountability_case.html",
        detail=detail,
        case=detail.case,
        here=_here(year, case_id),
        badge=case_badge(detail.case),
        chain=case_chain(detail.case),
        turn=case_turn(detail.case),
        offered=offered,
        hint=hint,
        facts=case_facts(detail),
        decision=decision_facts(detail.case),
        findings=related("依据的问题", detail.findings)[1],
        files=file_links(detail),
        unit_names={unit.unit_id: unit.name for unit in detail.units},
        is_proposer=is_own_body(actor, detail.case.proposed_by_body),
        paper=case_paper_title(detail.case.receiver),
        works=any(row.rights == "work" and is_own_body(actor, row.body) for row in detail.members),
        member_form=member_form or blank(MemberForm(exclude=("body", "rights"))),
        dues={
            row.case_task_id: due_of(row.due_on, today, calendar, provisional=False)
            for row in detail.tasks
        },
        entries=case_history(detail.trail),
        measures_shown=measures_shown,
        choices_of=choices_of,
        today=today,
    )


def _step_page(page: StepPage, year: int, case_id: UUID, form: Form | None = None) -> str:
    detail = _detail(year, case_id)
    offered, _ = step_pages(current_actor(), detail.case)
    initial = {"dated_on": clock().today(), "act": page.acts[0]}
    return render_template(
        "oversight/accountability_step.html",
        page=page,
        case=detail.case,
        unit=detail.unit,
        here=_here(year, case_id),
        badge=case_badge(detail.case),
        is_offered=page in offered,
        form=form or blank(page.schema(), initial),
        acts=[Choice(act.value, label_of(act)) for act in page.acts],
        measures=[Choice(each.value, label_of(each)) for each in AccountabilityMeasure],
        needs_number=all(act in NEEDS_NUMBER for act in page.acts),
        needs_text=all(act in NEEDS_TEXT for act in page.acts),
        facts=case_facts(detail),
    )


def _minutes_page(year: int, case_id: UUID, form: Form) -> str:
    detail = _detail(year, case_id)
    bodies = [each for each in choices_of("member_body") if each.value in _bodies(detail)]
    columns = (
        EditorColumn("body", "承担单位", "select", choices=bodies, required=True),
        EditorColumn("person", "责任人", required=True),
        EditorColumn("what", "任务", width="wide", required=True),
        EditorColumn("due_on", "完成时间", "date", required=True),
    )
    return render_template(
        "oversight/joint_minutes.html",
        home=_home(),
        work=detail.case,
        here=_here(year, case_id),
        form=form,
        columns=columns,
    )


def _home() -> dict[str, str]:
    return {"label": "问责事项", "href": link("oversight.accountability_cases")}


def _bodies(detail: CaseDetail) -> set[str]:
    return {row.body for row in detail.members}


def _task_page(year: int, case_task_id: UUID, form: Form) -> str:
    actor = current_actor()
    with database().read() as session:
        case, _, task = find_case_task(session, actor, year, case_task_id)
        calendar = load_calendar(session)
    may_finish = is_own_body(actor, task.body) and is_allowed(actor, WORK)
    return render_template(
        "oversight/joint_task.html",
        home=_home(),
        work=case,
        task=task,
        party=label("member_body", task.body),
        here=_here(year, case.case_id),
        address=link("oversight.accountability_task", year=year, id=case_task_id),
        due=due_of(task.due_on, clock().today(), calendar, provisional=False),
        may_finish=may_finish and task.done_on is None,
        form=form,
    )


for each_page in STEP_PAGES:
    _mount(each_page)
