"""What a campaign of a budget year covers: the objects owed, and which of them are open already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from services.eval_svc.domain.scope import ScopeItem, ScopeProject, ScopeUnit, build_scope
from services.eval_svc.store.objects import EvaluationObjectRow, ProjectCopyRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.access.actor import Actor
from shared.access.scope import scope_filter
from shared.directory.tables import UnitRow
from shared.money import sum_yuan
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.terms.vocabulary import SelfEvaluationKind, UnitState

Amounts = tuple[Decimal, Decimal, Decimal]
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Scope:
    """The objects of a campaign with what is known of them, by project."""

    pack: Pack
    items: Sequence[ScopeItem]
    opened: frozenset[tuple[str, UUID]]
    projects: Mapping[UUID, ProjectCopyRow]
    objects: Mapping[UUID, EvaluationObjectRow]
    departments: Mapping[UUID, Sequence[UUID]]
    """Department → its projects, those of the units below it counted in."""

    @property
    def missing(self) -> list[ScopeItem]:
        """The objects whose duty is not open yet."""
        return [
            item for item in self.items if (item.kind.value, item.subject_id) not in self.opened
        ]

    def money_of(self, item: ScopeItem) -> Amounts:
        """Return initial budget, adjusted budget and payments known, in 元."""
        if item.kind is SelfEvaluationKind.PROJECT:
            return self._money(item.subject_id)
        rows = [self._money(project) for project in self.departments.get(item.subject_id, ())]
        return (
            sum_yuan(row[0] for row in rows),
            sum_yuan(row[1] for row in rows),
            sum_yuan(row[2] for row in rows),
        )

    def _money(self, project_id: UUID) -> Amounts:
        project, found = self.projects[project_id], self.objects.get(project_id)
        executed = found.executed if found and found.executed is not None else NOTHING
        return project.initial_amount, project.adjusted_amount, executed


def load_scope(session: Session, actor: Actor, fiscal_year: int) -> Scope:
    """Return the scope of `fiscal_year` within the actor's scope, in five queries."""
    pack = policy_for(session, actor.scope.region, fiscal_year)
    units = session.scalars(
        select(UnitRow)
        .where(scope_filter(actor, UnitRow), UnitRow.state == UnitState.ACTIVE.value)
        .order_by(UnitRow.code)
    ).all()
    department_of = {unit.unit_id: unit.department_id for unit in units}
    projects = {
        row.project_id: row
        for row in _projects(session, actor, fiscal_year)
        if row.unit_id in department_of
    }
    objects = {row.project_id: row for row in _objects(session, actor, fiscal_year)}
    departments: dict[UUID, list[UUID]] = {}
    for row in projects.values():
        departments.setdefault(department_of[row.unit_id], []).append(row.project_id)
    items = build_scope(
        pack.self_evaluation,
        [ScopeUnit(unit.unit_id, unit.name, unit.is_department) for unit in units],
        [
            ScopeProject(
                project_id=row.project_id,
                unit_id=row.unit_id,
                department_id=department_of[row.unit_id],
                name=row.name,
                amount=row.adjusted_amount,
                flags=tuple(row.flags),
                has_target=row.project_id in objects,
            )
            for row in projects.values()
        ],
    )
    return Scope(pack, items, _opened(session, actor, fiscal_year), projects, objects, departments)


def _projects(session: Session, actor: Actor, fiscal_year: int) -> Sequence[ProjectCopyRow]:
    row = ProjectCopyRow
    return session.scalars(
        select(row)
        .where(
            row.region_code == actor.scope.region,
            row.fiscal_year == fiscal_year,
            row.state == "active",
        )
        .order_by(row.code)
    ).all()


def _objects(session: Session, actor: Actor, fiscal_year: int) -> Sequence[EvaluationObjectRow]:
    row = EvaluationObjectRow
    return session.scalars(
        select(row).where(row.region_code == actor.scope.region, row.fiscal_year == fiscal_year)
    ).all()


def _opened(session: Session, actor: Actor, fiscal_year: int) -> frozenset[tuple[str, UUID]]:
    row = SelfEvaluationRow
    query = select(row.kind, row.subject_id).where(
        and_(row.region_code == actor.scope.region, row.fiscal_year == fiscal_year)
    )
    return frozenset((kind, subject) for kind, subject in session.execute(query))
