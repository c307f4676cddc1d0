"""Act: open the self-evaluation of a budget year: one duty for each object of the scope.

Y25-5.1, Y25-5.2, Y25-5.3, Y25-7.2, YC23-5.1. Opening again adds only what is missing. The deadline
keeps the rule, pack and version it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.eval_svc.domain.funds import SOURCES, FundSource
from services.eval_svc.domain.scope import ScopeItem
from services.eval_svc.domain.states import SelfEvaluationState
from services.eval_svc.store.campaigns import CampaignRow
from services.eval_svc.store.scope import Scope, load_scope
from services.eval_svc.store.self_evaluations import FundRow, IndicatorRow, SelfEvaluationRow
from services.eval_svc.usecases.moving import state_task
from services.eval_svc.usecases.scoring_form import rescore
from shared.access.actor import Actor
from shared.access.rights import require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.opening import opening_values
from shared.duties.recording import record_act
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id
from shared.policy.deadlines import compute_deadline
from shared.policy.model import Deadline
from shared.policy.names import DeadlineName
from shared.tasks.bulk import open_tasks
from shared.terms.vocabulary import QualityMark
from shared.trail.record import Act

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class OpenCampaign:
    """The budget year to be self-evaluated."""

    fiscal_year: int


@dataclass(frozen=True, slots=True)
class Opened:
    """How many duties were added, how many were there already."""

    added: int
    existing: int


def open_campaign(uow: UnitOfWork, clock: Clock, actor: Actor, command: OpenCampaign) -> Opened:
    """Open what is missing; raise `InvalidInputError` while the budget year has not ended."""
    require(actor, "evaluation.campaign.open")
    year = command.fiscal_year
    if year >= clock.today().year:
        message = f"{year}年度预算执行尚未结束，次年才能启动自评；请选择以前年度。"
        raise InvalidInputError([FieldProblem("fiscal_year", "not_ended", message)])
    scope = load_scope(uow.session, actor, year)
    calendar = load_calendar(uow.session)
    deadline = compute_deadline(scope.pack, DeadlineName.SELF_EVALUATION_REPORT, year, calendar)
    forms = [_form(clock, actor, year, item, scope, deadline) for item in scope.missing]
    uow.session.add_all(forms)
    uow.session.flush()
    for form, item in zip(forms, scope.missing, strict=True):
        _fill_in(uow, form, item, scope)
        note = {"due_on": form.due_on.isoformat(), "reason": form.scope_reason}
        record_act(uow, actor, form, "open", title=form.name, after=note)
    tasks = [state_task(form, form.due_on, provisional=form.provisional) for form in forms]
    open_tasks(uow, clock, actor, [task for task in tasks if task is not None])
    _keep_campaign(uow, clock, actor, year, deadline, len(forms))
    return Opened(len(forms), len(scope.items) - len(forms))


def _form(
    clock: Clock, actor: Actor, year: int, item: ScopeItem, scope: Scope, deadline: Deadline
) -> SelfEvaluationRow:
    project = scope.projects.get(item.subject_id)
    found = scope.objects.get(item.subject_id)
    return SelfEvaluationRow(
        region_code=actor.scope.region,
        fiscal_year=year,
        self_evaluation_id=new_id(),
        kind=item.kind.value,
        subject_id=item.subject_id,
        object_id=found.object_id if found else None,
        unit_id=item.unit_id,
        name=item.name,
        code=project.code if project else "",
        scope_reason=item.reason.value,
        scope_note=item.explanation,
        state=SelfEvaluationState.OPEN.value,
        known_budget=project.adjusted_amount if project else None,
        known_executed=found.executed if found else None,
        known_as_of=found.monitored_as_of if found else None,
        annual_goal=found.annual_goal if found else "",
        project_owner=project.owner_name if project else "",
        quality_mark=QualityMark.UNCHECKED.value,
        paper_required=item.paper_required,
        **opening_values(clock, deadline),
        **_unfilled(),
    )


def _unfilled() -> dict[str, Any]:
    """Return what a form holds before anybody has filled it."""
    texts = (
        "result",
        "overview",
        "executed_note",
        "conclusion",
        "problems",
        "measures",
        "finance_person",
        "execution_explanation",
        "grade",
        "published_url",
    )
    unknown = (
        "execution_rate",
        "total",
        "recheck_score",
        "published_on",
    )
    amounts = ("budget", "executed", "execution_score", "execution_points")
    return {
        **dict.fromkeys(texts, ""),
        **dict.fromkeys(unknown),
        **dict.fromkeys(amounts, NOTHING),
        "tasks": [],
        "files": [],
        "explained": {},
        "is_finished": False,
        "problems_referred": 0,
    }


def _fill_in(uow: UnitOfWork, form: SelfEvaluationRow, item: ScopeItem, scope: Scope) -> None:
    """Put in what is known: funds from project and treasury, indicators from the target."""
    key = (form.region_code, form.fiscal_year, form.self_evaluation_id)
    funds = [_fund(key, at, source, item, scope) for at, source in enumerate(SOURCES[item.kind])]
    found = scope.objects.get(item.subject_id)
    rows = [_indicator(key, each) for each in found.indicators] if found else []
    rescore(scope.pack, form, funds, rows)
    uow.session.add_all([*funds, *rows])


def _fund(
    key: tuple[str, int, UUID], position: int, source: FundSource, item: ScopeItem, scope: Scope
) -> FundRow:
    amounts = scope.money_of(item) if source in (FundSource.FISCAL, FundSource.PROJECT) else None
    initial, budget, executed = amounts or (NOTHING, NOTHING, NOTHING)
    return FundRow(
        region_code=key[0],
        fiscal_year=key[1],
        self_evaluation_id=key[2],
        position=position,
        source=source.value,
        initial=initial,
        budget=budget,
        executed=executed,
    )


def _indicator(key: tuple[str, int, UUID], approved: dict[str, Any]) -> IndicatorRow:
    return IndicatorRow(
        region_code=key[0],
        fiscal_year=key[1],
        self_evaluation_id=key[2],
        position=approved["position"],
        level1=approved["level1"],
        level2=approved["level2"],
        name=approved["name"],
        operator=approved["operator"],
        target_value=approved["value"],
        unit=approved["unit"],
        points=Decimal(approved["weight"]),
        actual="",
        band="",
        chosen=None,
        reason="",
        score=None,
        achieved=None,
        over_fulfilled=False,
        explanation="",
        explained={},
    )


def _keep_campaign(
    uow: UnitOfWork, clock: Clock, actor: Actor, year: int, deadline: Deadline, added: int
) -> None:
    region = actor.scope.region
    row = uow.session.get(CampaignRow, (region, year))
    if row is None:
        row = CampaignRow(
            region_code=region,
            fiscal_year=year,
            due_on=deadline.due_on,
            opened_at=clock.now(),
            opened_by=actor.name,
        )
        uow.session.add(row)
    uow.record(
        actor,
        Act(
            name="evaluation.campaign.open",
            object_kind="evaluation.campaign",
            object_id=UUID(int=year),
            object_title=f"{year}年度单位自评",
            region=region,
            fiscal_year=year,
            after={"added": added, "due_on": deadline.due_on.isoformat()},
        ),
    )
