"""Act: open the target of a project, empty or copied from last year (YC23-1.1, YC23-2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from services.target_svc.domain.states import TargetState
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import (
    TargetRow,
    find_target_of_project,
    indicators_of,
    replace_indicators,
)
from services.target_svc.usecases.loading import LoadedTarget, load_project
from services.target_svc.usecases.moving import open_state_task
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import ConflictError, RuleBrokenError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.model import Pack
from shared.trail.record import Act

DECLARATION_WINDOW = "target_declaration"


class NothingToCopyError(RuleBrokenError):
    """There is no target of last year to copy."""

    code = "nothing_to_copy"
    sentence = "没有找到这个项目上年的绩效目标，请从空白或指标库开始填报。"


class TargetExistsError(ConflictError):
    """The project has its target already."""

    code = "target_exists"
    sentence = "这个项目已有绩效目标，请打开已有的目标继续填报。"


@dataclass(frozen=True, slots=True)
class CreateTarget:
    """Open the target of a project; `copy_last_year` takes over last year's content."""

    fiscal_year: int
    project_id: UUID
    copy_last_year: bool = False


def create_target(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: CreateTarget
) -> LoadedTarget:
    """Open a draft; raise `TargetExistsError` or `NothingToCopyError`."""
    require(actor, "target.target.edit")
    project, unit = load_project(uow, actor, command.fiscal_year, command.project_id)
    session = uow.session
    if find_target_of_project(
        session, project.region_code, project.fiscal_year, project.project_id
    ):
        raise TargetExistsError
    pack = policy_for(session, project.region_code, project.fiscal_year)
    previous = _last_year(uow, project) if command.copy_last_year else None
    if command.copy_last_year and previous is None:
        raise NothingToCopyError
    target = _draft(clock, project, pack, previous)
    session.add(target)
    session.flush()
    if previous:
        replace_indicators(
            session, target, [row.to_domain() for row in indicators_of(session, previous)]
        )
    loaded = LoadedTarget(target, project, unit)
    open_state_task(uow, clock, actor, loaded, returned=False)
    _record(uow, actor, loaded)
    return loaded


def _draft(clock: Clock, project: ProjectRow, pack: Pack, previous: TargetRow | None) -> TargetRow:
    """Return a draft with the goals of `previous`; the money note is written anew each year."""
    return TargetRow(
        region_code=project.region_code,
        fiscal_year=project.fiscal_year,
        target_id=new_id(),
        version=1,
        project_id=project.project_id,
        unit_id=project.unit_id,
        state=TargetState.DRAFT.value,
        annual_goal=previous.annual_goal if previous else "",
        midterm_goal=previous.midterm_goal if previous else "",
        money_note="",
        copied_from=previous.target_id if previous else None,
        created_at=clock.now(),
        changed_at=clock.now(),
        due_on=pack.windows[DECLARATION_WINDOW].dates(project.fiscal_year)[1],
        pack_code=pack.ref.code,
        pack_version=pack.ref.version,
        submitted_at=None,
        submitted_by=None,
        is_late=False,
        times_returned=0,
        return_reason="",
        grade=None,
        cut_amount=Decimal("0.00"),
        revision=0,
        document_number="",
        approved_on=None,
    )


def _last_year(uow: UnitOfWork, project: ProjectRow) -> TargetRow | None:
    query = (
        select(TargetRow)
        .join(
            ProjectRow,
            (ProjectRow.region_code == TargetRow.region_code)
            & (ProjectRow.fiscal_year == TargetRow.fiscal_year)
            & (ProjectRow.project_id == TargetRow.project_id),
        )
        .where(
            TargetRow.region_code == project.region_code,
            TargetRow.fiscal_year == project.fiscal_year - 1,
            ProjectRow.unit_id == project.unit_id,
            ProjectRow.name == project.name,
        )
        .limit(1)
    )
    return uow.session.scalars(query).one_or_none()


def _record(uow: UnitOfWork, actor: Actor, loaded: LoadedTarget) -> None:
    target = loaded.target
    uow.record(
        actor,
        Act(
            name="target.target.create",
            object_kind="target.target",
            object_id=target.target_id,
            object_title=loaded.project.name,
            region=target.region_code,
            fiscal_year=target.fiscal_year,
            unit_id=target.unit_id,
            after={
                "state": target.state,
                "copied_from": str(target.copied_from) if target.copied_from else None,
            },
        ),
    )
