"""Act: ask the budget gate; every question is logged with its answer (SL21-5.4, SL21-5.5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from uuid import UUID

from services.target_svc.domain.gate import GateAnswer, GateQuestion, decide_gate
from services.target_svc.domain.states import TargetState
from services.target_svc.store.gate import GateQueryRow
from services.target_svc.store.projects import ProjectRow, find_project_by_code
from services.target_svc.store.targets import TargetRow, find_target_of_project
from services.target_svc.usecases.loading import load_unit_in_scope
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import NotFoundError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.model import PackRef


@dataclass(frozen=True, slots=True)
class AskGate:
    """May this project receive budget? `requested` in 元; `None` asks for its initial budget."""

    fiscal_year: int
    project_code: str
    requested: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GateReply:
    """The answer with what it was computed from."""

    query_id: UUID
    project: ProjectRow
    target: TargetRow | None
    requested: Decimal
    answer: GateAnswer
    pack: PackRef


def ask_gate(uow: UnitOfWork, clock: Clock, actor: Actor, command: AskGate) -> GateReply:
    """Answer and log the question; raise `NotFoundError` for a project outside the scope."""
    require(actor, "target.gate.ask")
    session, region = uow.session, actor.scope.region
    project = find_project_by_code(session, region, command.fiscal_year, command.project_code)
    if project is None:
        raise NotFoundError
    load_unit_in_scope(uow, actor, project.unit_id)
    return _answer(uow, clock, actor, project, command)


def _answer(
    uow: UnitOfWork, clock: Clock, actor: Actor, project: ProjectRow, command: AskGate
) -> GateReply:
    session = uow.session
    pack = policy_for(session, project.region_code, project.fiscal_year)
    target = find_target_of_project(
        session, project.region_code, project.fiscal_year, project.project_id
    )
    requested = project.initial_amount if command.requested is None else command.requested
    answer = decide_gate(
        pack.gate,
        GateQuestion(
            state=TargetState(target.state) if target else None,
            requested=requested,
            cut_amount=target.cut_amount if target else Decimal("0.00"),
            is_new=project.nature == "new",
            flags=frozenset(project.flags),
            ex_ante_conclusion=project.ex_ante_conclusion,
        ),
    )
    row = GateQueryRow(
        region_code=project.region_code,
        fiscal_year=project.fiscal_year,
        query_id=new_id(),
        project_id=project.project_id,
        target_id=target.target_id if target else None,
        asked_at=clock.now(),
        asked_by=actor.name,
        is_machine=actor.is_machine,
        requested=requested,
        mode=answer.mode.value,
        verdict=answer.verdict.value,
        allowed=answer.allowed,
        reasons=[asdict(reason) for reason in answer.reasons],
        pack_code=pack.ref.code,
        pack_version=pack.ref.version,
    )
    session.add(row)
    return GateReply(row.query_id, project, target, requested, answer, pack.ref)
