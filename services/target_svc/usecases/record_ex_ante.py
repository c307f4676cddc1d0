"""Act: record the conclusion of an ex-ante assessment on its project (YC23-3.1, SL21-1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.target_svc.store.projects import ProjectRow
from services.target_svc.usecases.loading import load_project
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, StaleVersionError
from shared.trail.record import Act

CONCLUSIONS = ("support", "partial", "oppose")


@dataclass(frozen=True, slots=True)
class RecordExAnte:
    """Conclusion (support, partial, oppose) and the report it stands in."""

    fiscal_year: int
    project_id: UUID
    version: int
    conclusion: str
    document: str


def record_ex_ante(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: RecordExAnte
) -> ProjectRow:
    """Keep the conclusion; the gate asks for it. Raise `InvalidInputError` without a document."""
    require(actor, "target.project.record_ex_ante")
    project, _ = load_project(uow, actor, command.fiscal_year, command.project_id)
    if project.version != command.version:
        raise StaleVersionError
    problems = []
    if command.conclusion not in CONCLUSIONS:
        problems.append(FieldProblem("conclusion", "missing", "请选择评估结论。"))
    if not command.document.strip():
        problems.append(FieldProblem("document", "missing", "请填写评估报告名称或文号。"))
    if problems:
        raise InvalidInputError(problems)
    before = {"conclusion": project.ex_ante_conclusion, "document": project.ex_ante_document}
    project.ex_ante_conclusion = command.conclusion
    project.ex_ante_document = command.document.strip()
    uow.record(
        actor,
        Act(
            name="target.project.record_ex_ante",
            object_kind="target.project",
            object_id=project.project_id,
            object_title=project.name,
            region=project.region_code,
            fiscal_year=project.fiscal_year,
            unit_id=project.unit_id,
            before=before,
            after={"conclusion": project.ex_ante_conclusion, "document": project.ex_ante_document},
        ),
    )
    return project
