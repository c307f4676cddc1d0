"""Self-evaluations by API: list, one, fill, submit, review and recheck, publish, refer, paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from services.eval_svc.api.schemas import (
    FillSchema,
    FormQuery,
    FormSchema,
    FormSummarySchema,
    PublicationSchema,
    ReferralSchema,
    ReviewSchema,
    SubmissionSchema,
)
from services.eval_svc.api.shown import detail_json, form_json
from services.eval_svc.domain.states import SelfEvaluationAct
from services.eval_svc.queries.detail import form_detail
from services.eval_svc.queries.self_evaluations import FormFilter, list_forms
from services.eval_svc.usecases.fill_self_evaluation import (
    FillSelfEvaluation,
    TypedFile,
    TypedFund,
    TypedIndicator,
    TypedTask,
    fill_self_evaluation,
)
from services.eval_svc.usecases.loading import LoadedSelfEvaluation, SelfEvaluationKey
from services.eval_svc.usecases.publish_self_evaluation import (
    PublishSelfEvaluation,
    publish_self_evaluation,
)
from services.eval_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.eval_svc.usecases.refer_problem import ReferProblem, refer_problem
from services.eval_svc.usecases.review_self_evaluation import (
    ReviewSelfEvaluation,
    review_self_evaluation,
)
from services.eval_svc.usecases.submit_self_evaluation import (
    SubmitSelfEvaluation,
    submit_self_evaluation,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.duties.schemas import PaperSchema
from shared.web.api import Given, Reply, changes, current_resources, reads
from shared.web.paging import Page
from shared.web.permissions import permission

api = Blueprint("self_evaluations_api", __name__, url_prefix="/api/v1/self-evaluations")
ONE = "/<int:year>/<uuid:self_evaluation_id>"


@api.get("")
@permission("evaluation.self_evaluation.view")
@reads("单位自评列表", reply=FormSummarySchema, query=FormQuery, many=True)
def list_all(session: Session, actor: Actor, query: Given) -> Page[Any]:
    """Return a page of the self-evaluations in scope, the nearest due date first."""
    cursor, limit = query.pop("cursor"), query.pop("limit")
    is_overdue = query.pop("overdue")
    wanted = FormFilter(
        fiscal_year=query.pop("year"),
        overdue_on=current_resources().clock.today() if is_overdue else None,
        **query,
    )
    page = list_forms(session, actor, wanted, cursor=cursor, limit=limit)
    return Page(tuple(form_json(*row) for row in page.items), page.next_cursor)


@api.get(ONE)
@permission("evaluation.self_evaluation.view")
@reads("单位自评表", reply=FormSchema)
def get_one(session: Session, actor: Actor, year: int, self_evaluation_id: UUID) -> Reply:
    """Return one self-evaluation with its funds and indicators."""
    detail = form_detail(session, actor, year, self_evaluation_id)
    return Reply(detail_json(detail), version=detail.form.version)


@api.put(ONE)
@permission("evaluation.self_evaluation.fill")
@changes("保存自评草稿", reply=FormSchema, body=FillSchema, versioned=True)
def fill(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Keep the draft; every score is computed."""
    command = FillSelfEvaluation(
        key=SelfEvaluationKey(year, self_evaluation_id, version),
        funds=tuple(TypedFund(**row) for row in body.pop("funds")),
        indicators=tuple(TypedIndicator(**row) for row in body.pop("indicators")),
        tasks=tuple(TypedTask(**row) for row in body.pop("tasks")),
        files=tuple(TypedFile(**row) for row in body.pop("files")),
        **body,
    )
    return _reply(uow, actor, fill_self_evaluation(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/submission")
@permission("evaluation.self_evaluation.submit")
@changes("报送自评", reply=FormSchema, body=SubmissionSchema, versioned=True)
def submit(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Hand table, report and attachments in; each time they get a new version code."""
    command = SubmitSelfEvaluation(SelfEvaluationKey(year, self_evaluation_id, version), **body)
    loaded = submit_self_evaluation(uow, current_resources().clock, actor, command)
    return _reply(uow, actor, loaded)


@api.post(f"{ONE}/reviews")
@permission("evaluation.self_evaluation.view")
@changes("审核或复核自评", reply=FormSchema, body=ReviewSchema, versioned=True)
def review(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Pass, return, confirm, correct, order again or relay; who may is told by the state."""
    key = SelfEvaluationKey(year, self_evaluation_id, version)
    act = SelfEvaluationAct(body["act"])
    command = ReviewSelfEvaluation(key, act, body["opinion"], body["score"])
    loaded = review_self_evaluation(uow, current_resources().clock, actor, command)
    return _reply(uow, actor, loaded)


@api.post(f"{ONE}/publication")
@permission("evaluation.self_evaluation.publish")
@changes("登记自评报告公开", reply=FormSchema, body=PublicationSchema, versioned=True)
def publish(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Record where and when the report was published."""
    command = PublishSelfEvaluation(SelfEvaluationKey(year, self_evaluation_id, version), **body)
    loaded = publish_self_evaluation(uow, current_resources().clock, actor, command)
    return _reply(uow, actor, loaded)


@api.post(f"{ONE}/referrals")
@permission("evaluation.self_evaluation.refer")
@changes("移交自评发现的问题", reply=FormSchema, body=ReferralSchema, versioned=True, status=201)
def refer(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Hand a problem to oversight."""
    command = ReferProblem(SelfEvaluationKey(year, self_evaluation_id, version), **body)
    return _reply(uow, actor, refer_problem(uow, current_resources().clock, actor, command))


@api.post(f"{ONE}/paper")
@permission("evaluation.self_evaluation.receive_paper")
@changes("登记收到纸质件", reply=FormSchema, body=PaperSchema, versioned=True)
def take_paper(
    uow: UnitOfWork, actor: Actor, body: Given, version: int, year: int, self_evaluation_id: UUID
) -> Reply:
    """Record the paper copy; an older version code is refused."""
    clock = current_resources().clock
    key = SelfEvaluationKey(year, self_evaluation_id, version)
    command = ReceivePaper(key, body["print_code"], body["received_on"] or clock.today())
    return _reply(uow, actor, receive_paper(uow, clock, actor, command))


def _reply(uow: UnitOfWork, actor: Actor, loaded: LoadedSelfEvaluation) -> Reply:
    form = loaded.form
    uow.session.flush()
    detail = form_detail(uow.session, actor, form.fiscal_year, form.self_evaluation_id)
    return Reply(detail_json(detail), version=form.version)
