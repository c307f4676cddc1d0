"""填报: the target's form with last year beside it, the library picker, and the WPS round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import as_form_problem
from services.target_svc.console.forms import (
    TargetForm,
    editor_columns,
    indicators_from,
    row_from_library,
    rows_for_form,
)
from services.target_svc.console.indicator_sheet import filled_sheet, read_sheet, typed_sheet
from services.target_svc.console.showing import due_of, value_text
from services.target_svc.domain.indicators import expected_weight
from services.target_svc.domain.submission import check_content
from services.target_svc.queries.library import find_published, search_published
from services.target_svc.queries.target_view import TargetView, history_of, view_target
from services.target_svc.store.targets import TargetIndicatorRow
from services.target_svc.usecases.loading import TargetKey
from services.target_svc.usecases.save_target import SaveTarget, save_target
from shared.calendar_store import load_calendar
from shared.errors import InvalidInputError, RuleBrokenError, StaleVersionError
from shared.money import number_text
from shared.policy.active import policy_for
from shared.terms import label
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.console.views import Panel
from shared.web.files import attachment
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint(
    "target_form",
    __name__,
    template_folder="templates",
    url_prefix="/targets/<int:year>/<uuid:target_id>",
)


@pages.post("/draft")
@permission("target.target.edit")
def save_draft(year: int, target_id: UUID) -> BaseResponse | tuple[str, int]:
    """Keep what was typed; `act` says whether to go on to the submission."""
    form, status = bind(TargetForm(), request.form), 422
    if form.is_valid:
        command = SaveTarget(
            key=TargetKey(year, target_id, typed_version()),
            annual_goal=form.data["annual_goal"],
            midterm_goal=form.data["midterm_goal"],
            money_note=form.data["money_note"],
            indicators=indicators_from(form.data["indicators"]),
        )
        try:
            with database().begin() as uow:
                save_target(uow, clock(), current_actor(), command)
        except InvalidInputError as error:
            form.refuse(error)
        except (StaleVersionError, RuleBrokenError) as error:
            form.refuse(as_form_problem(error))
            status = 412 if isinstance(error, StaleVersionError) else 409
        else:
            if request.form.get("act") == "submit":
                return _go_on(year, target_id)
            return redirect_with_notice(link("target.target", year=year, id=target_id), "已暂存。")
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        return draw_form(session, view, form), status


def _go_on(year: int, target_id: UUID) -> BaseResponse | tuple[str, int]:
    """Lead to the signature; the saved draft with what is wrong beside its fields comes first."""
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        problems = check_content(
            view.pack.target,
            annual_goal=view.target.annual_goal,
            midterm_goal=view.target.midterm_goal,
            period_years=view.project.period_years,
            indicators=[row.to_domain() for row in view.indicators],
        )
        if problems:
            form = kept_form(view)
            form.problems = tuple(problems)
            return draw_form(session, view, form), 422
    here = link("target.target", year=year, id=target_id)
    return redirect_with_notice(f"{here}/submit", "已保存，请核对后报送。")


@pages.get("/picker")
@permission("target.indicator.view")
def picker(year: int, target_id: UUID) -> str:
    """Search the published entries of the library, for the form's picker."""
    text = request.args.get("library_q", "")
    with database().read() as session:
        entries = search_published(session, current_actor(), text) if text.strip() else []
    return render_template(
        "target/picker.html", entries=entries, text=text, year=year, target_id=target_id
    )


@pages.post("/rows")
@permission("target.target.edit")
def add_from_library(year: int, target_id: UUID) -> str:
    """Return the editor with the picked entry as a further row; nothing is saved."""
    actor = current_actor()
    typed: MultiDict[str, str] = MultiDict(request.form)
    with database().read() as session:
        entry = find_published(session, actor, request.form.get("pick", ""))
        policy = policy_for(session, actor.scope.region, year).target
    if entry is not None:
        at = len(bind(TargetForm(), typed).rows("indicators"))
        form = bind(TargetForm(), typed)
        for name, value in row_from_library(entry).items():
            form.typed[f"indicators.{at}.{name}"] = (value,)
    else:
        form = bind(TargetForm(), typed)
    return _editor(Form(form.schema, form.typed), policy, year, target_id)


@pages.get("/indicators.xlsx")
@permission("target.target.view")
def download_indicators(year: int, target_id: UUID) -> BaseResponse:
    """Give the indicators as a filled form to be edited in WPS or Excel."""
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        rows = rows_for_form(view.indicators)
    return attachment(filled_sheet(rows), f"{view.project.name}绩效指标.xlsx")


@pages.post("/sheet")
@permission("target.target.edit")
def upload_indicators(year: int, target_id: UUID) -> BaseResponse | str | tuple[str, int]:
    """Put an edited file's rows into the form; a faulty file comes back marked.

    Nothing is saved: the form shows what the file said, and what was typed before stays beside it.
    """
    form = bind(TargetForm(), request.form)
    upload = request.files.get("sheet")
    content, name = (upload.read(), upload.filename or "") if upload else (b"", "")
    status = 200
    try:
        read = read_sheet(content, name)
    except InvalidInputError as error:
        form.refuse(error)
        status = 422
    else:
        if read.errors and request.form.get("act") == "marked":
            return attachment(read.marked(), f"{name.rpartition('.')[0]}（问题标注）.xlsx")
        kept = {key: texts for key, texts in form.typed.items() if not _is_row(key)}
        form = Form(form.schema, {**kept, **typed_sheet(read.rows)})
        if read.errors:
            form.refuse(InvalidInputError(read.problems_of_form()))
            status = 422
    with database().read() as session:
        view = view_target(session, current_actor(), year, target_id)
        note = "" if status != 200 else f"已读入 {len(form.rows('indicators'))} 条指标，尚未保存。"  # noqa: PLR2004
        return make_response(draw_form(session, view, form, note), status)


def draw_form(session: Session, view: TargetView, form: Form | None, note: str = "") -> str:
    """Return the form's page; `form` is what was typed, or the kept draft when there is none."""
    target, policy = view.target, view.pack.target
    history = history_of(session, target)
    return render_template(
        "target/form.html",
        view=view,
        target=target,
        project=view.project,
        form=form or kept_form(view),
        note=note,
        editor=editor_columns(policy),
        expected=expected_weight(policy),
        due=due_of(history.task, load_calendar(session), clock().today()),
        before=_last_year_panel(view),
        needs_money_note=view.project.initial_amount >= policy.money_match_from,
        target_id=target.target_id,
        year=target.fiscal_year,
    )


def kept_form(view: TargetView) -> Form:
    """Return the form with the draft as it was kept."""
    target = view.target
    kept = {
        "annual_goal": target.annual_goal,
        "midterm_goal": target.midterm_goal,
        "money_note": target.money_note,
        "indicators": rows_for_form(view.indicators),
    }
    return blank(TargetForm(), kept)


def indicator_lines(rows: Sequence[TargetIndicatorRow]) -> list[tuple[str, str]]:
    """Return indicators as (name, value) lines of a panel."""
    return [
        (
            f"{label('indicator_level2', row.level2)} · {row.name}"
            if row.level2
            else row.name or "（未填名称）",
            f"{value_text(row)}，{number_text(row.weight)} 分",
        )
        for row in rows
    ]


def _last_year_panel(view: TargetView) -> Panel | None:
    previous = view.previous
    if previous is None or previous.target is None:
        return None
    lines: list[tuple[str, Any]] = [
        ("年初预算", previous.project.initial_amount),
        ("年度总体目标", previous.target.annual_goal),
        *indicator_lines(previous.indicators),
    ]
    return Panel(f"上年（{previous.project.fiscal_year}年）", tuple(lines))


def _editor(form: Form, policy: Any, year: int, target_id: UUID) -> str:  # noqa: ANN401
    return render_template(
        "target/editor.html",
        form=form,
        editor=editor_columns(policy),
        expected=expected_weight(policy),
        year=year,
        target_id=target_id,
    )


def _is_row(name: str) -> bool:
    return name.startswith("indicators.")
