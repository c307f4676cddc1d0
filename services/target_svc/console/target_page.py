"""One target: its unit fills it in, reviewers see everything side by side and decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.console.common import as_form_problem
from services.target_svc.console.forms import beside_review_fields, finding_from, review_schema
from services.target_svc.console.review_view import (
    PHRASES,
    Steps,
    grade_choices,
    panels_of,
    review_rows,
    revision_changes,
    steps_of,
)
from services.target_svc.console.showing import due_of, state_badge, timeline_of
from services.target_svc.console.target_form import draw_form
from services.target_svc.domain.review import SelfReviewError
from services.target_svc.domain.states import TargetAct, TargetState, acts_from
from services.target_svc.queries.target_view import TargetView, history_of, view_target
from services.target_svc.usecases.advance_target import ADVANCES, AdvanceTarget, advance_target
from services.target_svc.usecases.loading import TargetKey
from services.target_svc.usecases.review_target import ReviewTarget, review_target
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.calendar_store import load_calendar
from shared.errors import InvalidInputError, NotFoundError, RuleBrokenError, StaleVersionError
from shared.policy.active import policy_for
from shared.terms import label, labels
from shared.trail.queries import timeline
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, typed_version
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint(
    "target_page",
    __name__,
    template_folder="templates",
    url_prefix="/targets/<int:year>/<uuid:target_id>",
)

_BUDGET_MAKING = (
    "target.target.review_office",
    "target.target.review_perf",
    "target.target.table",
)
_REVIEWED_IN = {
    TargetState.DEPT_REVIEW: "target.target.review_dept",
    TargetState.FIN_OFFICE_REVIEW: "target.target.review_office",
    TargetState.AWAITING_RELAY: "target.target.review_office",
    TargetState.FIN_PERF_REVIEW: "target.target.review_perf",
    TargetState.JOINT_REVIEW: "target.target.review_perf",
}


@pages.get("")
@permission("target.target.view")
def target_page(year: int, target_id: UUID) -> str:
    """Show the form to who fills it in, the review page to everybody else."""
    actor = current_actor()
    with database().read() as session:
        view = view_target(session, actor, year, target_id)
        if may_edit(view, actor) and request.args.get("view") != "review":
            return draw_form(session, view, None)
        return _draw(session, view, actor, None)


@pages.post("/review")
@permission("target.target.view")
def review(year: int, target_id: UUID) -> BaseResponse | tuple[str, int]:
    """Review in the stage the target stands in; `act` is pass or return below 绩效中心."""
    actor = current_actor()
    with database().read() as session:
        policy = policy_for(session, actor.scope.region, year).review
    form, status = bind(review_schema(policy), request.form), 422
    if form.is_valid:
        key = TargetKey(year, target_id, typed_version())
        passing = request.form.get("act") != "return"
        command = ReviewTarget(key, finding_from(form.data), passing)
        try:
            with database().begin() as uow:
                state = review_target(uow, clock(), actor, command).target.state
        except InvalidInputError as error:
            form.refuse(beside_review_fields(error))
        except (StaleVersionError, RuleBrokenError) as error:
            form.refuse(as_form_problem(error))
            status = 412 if isinstance(error, StaleVersionError) else 409
        else:
            back = link("target.targets", {"year": year, "tab": "todo"})
            text = f"已办理，目标现为「{label('target_state', state)}」。"
            return redirect_with_notice(back, text)
    with database().read() as session:
        view = view_target(session, actor, year, target_id)
        return _draw(session, view, actor, form), status


@pages.post("/advance")
@permission("target.target.view")
def advance(year: int, target_id: UUID) -> BaseResponse:
    """Take a step without a form: joint review, session, issue, reopen, withdraw."""
    here = link("target.target", year=year, id=target_id)
    try:
        act = TargetAct(request.form.get("act", ""))
    except ValueError:
        raise NotFoundError from None
    key = TargetKey(year, target_id, typed_version())
    command = AdvanceTarget(key, act, request.form.get("reason", ""))
    try:
        with database().begin() as uow:
            advance_target(uow, clock(), current_actor(), command)
    except InvalidInputError as error:
        return redirect_with_notice(here, error.problems[0].message, "red")
    except (StaleVersionError, RuleBrokenError) as error:
        return redirect_with_notice(here, error.message, "red")
    return redirect_with_notice(here, f"已办理：{label('target_act', act.value)}。")


def may_edit(view: TargetView, actor: Actor) -> bool:
    """Tell whether this actor fills the target in now; a department reads its units' drafts."""
    own = actor.unit_id is None or actor.unit_id == view.target.unit_id
    is_draft = view.target.state == TargetState.DRAFT
    return is_draft and own and is_allowed(actor, "target.target.edit")


def may_review(view: TargetView, actor: Actor) -> bool:
    """Tell whether this actor decides in the stage the target stands in."""
    act = _REVIEWED_IN.get(TargetState(view.target.state))
    return act is not None and is_allowed(actor, act)


def _makes_budgets(actor: Actor) -> bool:
    """Tell whether decisions on a unit are for this actor's eyes: finance, never the unit."""
    return any(is_allowed(actor, act) for act in _BUDGET_MAKING)


def _draw(session: Session, view: TargetView, actor: Actor, form: Form | None) -> str:
    target, policy = view.target, view.pack.review
    state = TargetState(target.state)
    history = history_of(session, target)
    calendar, today = load_calendar(session), clock().today()
    by_grade = state in (TargetState.FIN_PERF_REVIEW, TargetState.JOINT_REVIEW)
    return render_template(
        "target/target.html",
        view=view,
        target=target,
        project=view.project,
        badge=state_badge(target.state, returned=bool(target.times_returned)),
        due=due_of(history.task, calendar, today),
        steps=steps_of(Steps(policy, view, history)),
        panels=panels_of(view, with_decisions=_makes_budgets(actor)),
        rows=review_rows(view),
        history=history,
        reviewing=may_review(view, actor),
        own=actor.account_id is not None and actor.account_id == target.submitted_by,
        self_review=SelfReviewError.sentence,
        form=form or blank(review_schema(policy)),
        by_grade=by_grade,
        relaying=state is TargetState.AWAITING_RELAY,
        checks=policy.mandatory_checks if state is TargetState.FIN_OFFICE_REVIEW else (),
        items=policy.items if by_grade else (),
        grades=grade_choices(policy),
        phrases=PHRASES,
        acts=_acts(state, actor),
        changes=dict(revision_changes(history.revisions)),
        state_labels=labels("target_state"),
        act_labels=labels("target_act"),
        grade_labels=labels("grade"),
        check_labels=labels("mandatory_check"),
        entries=timeline_of(timeline(session, target.target_id)),
        here=link("target.target", year=target.fiscal_year, id=target.target_id),
    )


def _acts(state: TargetState, actor: Actor) -> list[dict[str, Any]]:
    """Return the steps without a form this actor may take, with what is asked before."""
    reasoned = (TargetAct.REOPEN, TargetAct.WITHDRAW)
    return [
        {
            "act": edge.act.value,
            "label": label("target_act", edge.act.value),
            "reason": "原因" if edge.act in reasoned else "",
            "danger": edge.act is TargetAct.WITHDRAW,
        }
        for edge in acts_from(state)
        if edge.act in ADVANCES and is_allowed(actor, edge.permission)
    ]
