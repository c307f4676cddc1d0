"""Batches of targets: pass what raises no doubt, pick, table, approve, issue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.target_svc.domain.review import ReviewFinding
from services.target_svc.domain.states import TargetAct, TargetState
from services.target_svc.queries.targets import TargetLine, doubts_of, targets_by_id
from services.target_svc.usecases.advance_target import AdvanceTarget, advance_target
from services.target_svc.usecases.approve_target import ApproveTarget, approve_target
from services.target_svc.usecases.batch import RowOutcome, run_batch
from services.target_svc.usecases.loading import LoadedTarget, TargetKey
from services.target_svc.usecases.review_target import ReviewTarget, review_target
from shared.access.rights import require
from shared.db.unit_of_work import UnitOfWork
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.terms.vocabulary import Grade
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database, ids_of
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("target_batches", __name__, template_folder="templates")

Doing = Callable[[UnitOfWork, TargetKey], LoadedTarget]
_PASSABLE = {
    TargetState.FIN_OFFICE_REVIEW: "target.target.review_office",
    TargetState.FIN_PERF_REVIEW: "target.target.review_perf",
}


class ApproveForm(ApiSchema):
    """Document number and date of the budget's approval."""

    document_number = fields.String(required=True, metadata={"label": "批复文号"})
    approved_on = fields.Date(required=True, metadata={"label": "批复日期"})


@pages.post("/targets/<int:year>/pass")
@permission("target.target.view")
def pass_many(year: int) -> str | BaseResponse:
    """Pass the ticked targets that raise no doubt; the others are listed with the reason."""
    actor = current_actor()
    with database().begin() as uow:
        pack = policy_for(uow.session, actor.scope.region, year)
        lines = targets_by_id(uow.session, actor, year, ids_of(request.form.getlist("ids")))
        doubts = doubts_of(uow.session, pack.target, lines)
        clear = [line for line in lines if not doubts[line.target.target_id]]
        left_out = [
            RowOutcome(
                key_of(line),
                is_done=False,
                reason="有疑点，请逐份审核："
                + "".join(each.sentence for each in doubts[line.target.target_id]),
            )
            for line in lines
            if doubts[line.target.target_id]
        ]
        states = {line.target.target_id: TargetState(line.target.state) for line in clear}
        keys = [key_of(line) for line in clear]
        done = run_batch(uow, keys, lambda key: _pass(uow, key, states, pack))
    return _outcome("批量通过", year, lines, [*done, *left_out])


@pages.post("/targets/<int:year>/pick-joint")
@permission("target.target.pick_joint")
def pick_many(year: int) -> str | BaseResponse:
    """Send the ticked targets to the joint review."""
    return _advance_many("转集中会审", year, TargetAct.PICK_JOINT)


@pages.post("/targets/<int:year>/table")
@permission("target.target.table")
def table_many(year: int) -> str | BaseResponse:
    """Record that the ticked targets go to the session together with the budget."""
    return _advance_many("批量上会", year, TargetAct.TABLE)


@pages.post("/targets/<int:year>/issue")
@permission("target.target.issue")
def issue_many(year: int) -> str | BaseResponse:
    """Issue the ticked targets to the units."""
    return _advance_many("批量下达", year, TargetAct.ISSUE)


@pages.post("/targets/<int:year>/approve")
@permission("target.target.approve")
def approve_many(year: int) -> str | BaseResponse:
    """Ask for the document once, then approve all ticked targets with it."""
    form = blank(ApproveForm())
    if "document_number" not in request.form:
        return _ask_document(year, form)
    form = bind(ApproveForm(), request.form)
    if not form.is_valid:
        asked = _ask_document(year, form)
        return make_response(asked, 422) if isinstance(asked, str) else asked

    def act(uow: UnitOfWork, key: TargetKey) -> LoadedTarget:
        return approve_target(uow, clock(), current_actor(), ApproveTarget(key, **form.data))

    return _run("批量批复", year, act)


def _pass(
    uow: UnitOfWork, key: TargetKey, states: Mapping[UUID, TargetState], pack: Pack
) -> LoadedTarget:
    """Pass one target without doubt: the office confirms the checks, 绩效中心 grades 良."""
    state = states[key.target_id]
    actor = current_actor()
    if state in _PASSABLE:
        require(actor, _PASSABLE[state])
    finding = ReviewFinding(
        opinion="批量审核通过，无系统疑点。",
        checks=dict.fromkeys(pack.review.mandatory_checks, True),
        items={},
        grade=Grade.GOOD if state is TargetState.FIN_PERF_REVIEW else None,
        cut_amount=Decimal("0.00"),
    )
    return review_target(uow, clock(), actor, ReviewTarget(key, finding, passing=True))


def _advance_many(title: str, year: int, act: TargetAct) -> str | BaseResponse:
    def advance(uow: UnitOfWork, key: TargetKey) -> LoadedTarget:
        return advance_target(uow, clock(), current_actor(), AdvanceTarget(key, act))

    return _run(title, year, advance)


def _run(title: str, year: int, doing: Doing) -> str | BaseResponse:
    actor = current_actor()
    with database().begin() as uow:
        lines = targets_by_id(uow.session, actor, year, ids_of(request.form.getlist("ids")))
        done = run_batch(uow, [key_of(line) for line in lines], lambda key: doing(uow, key))
    return _outcome(title, year, lines, done)


def key_of(line: TargetLine) -> TargetKey:
    """Return what names a target as it was read."""
    target = line.target
    return TargetKey(target.fiscal_year, target.target_id, target.version)


def _outcome(
    title: str, year: int, lines: Sequence[TargetLine], outcomes: list[RowOutcome]
) -> str | BaseResponse:
    if not outcomes:
        back = link("target.targets", {"year": year, "tab": "todo"})
        return redirect_with_notice(back, "没有选中任何目标，请先勾选。", "yellow")
    done = sum(each.is_done for each in outcomes)
    return render_template(
        "target/batch_outcome.html",
        title=title,
        year=year,
        outcomes=sorted(outcomes, key=lambda each: each.is_done),
        lines={line.target.target_id: line for line in lines},
        done=done,
        left=len(outcomes) - done,
    )


def _ask_document(year: int, form: Form) -> str | BaseResponse:
    actor = current_actor()
    with database().read() as session:
        ids = ids_of(request.form.getlist("ids"))
        lines = targets_by_id(session, actor, year, ids)
    if not lines:
        return _outcome("批量批复", year, [], [])
    return render_template(
        "target/approve_many.html", year=year, lines=lines, form=form, total=_total(lines)
    )


def _total(lines: list[TargetLine]) -> Decimal:
    return sum((line.project.initial_amount - line.target.cut_amount for line in lines), Decimal(0))
