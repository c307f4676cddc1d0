"""Loads a self-evaluation for an act: right, scope and version before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.eval_svc.store.self_evaluations import SelfEvaluationRow, find_self_evaluation
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import NotFoundError, StaleVersionError


@dataclass(frozen=True, slots=True)
class SelfEvaluationKey:
    """Names a self-evaluation inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    self_evaluation_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class LoadedSelfEvaluation:
    """A self-evaluation with the unit that owes it."""

    form: SelfEvaluationRow
    unit: UnitRow


def load_self_evaluation(
    uow: UnitOfWork, actor: Actor, key: SelfEvaluationKey, permission: str
) -> LoadedSelfEvaluation:
    """Return a self-evaluation the actor may act on, locked.

    Raises `ForbiddenError` without the right, `NotFoundError` outside the scope, and
    `StaleVersionError` when it changed since the actor read it.
    """
    require(actor, permission)
    region = actor.scope.region
    form = find_self_evaluation(
        uow.session, region, key.fiscal_year, key.self_evaluation_id, lock=True
    )
    if form is None:
        raise NotFoundError
    unit = find_unit(uow.session, region, form.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if form.version != key.version:
        raise StaleVersionError
    return LoadedSelfEvaluation(form, unit)
