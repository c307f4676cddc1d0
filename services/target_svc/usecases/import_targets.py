"""Act: take targets with their indicators from the budget platform's export, many at once.

YC23-1.1, SL21-5.2. What is imported becomes drafts: units check and submit them. A target that
has left its draft is not touched, and its rows are reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from services.target_svc.usecases.reading_targets import DraftTarget, KnownProject, TargetReading
from services.target_svc.usecases.target_sheet import TARGET_LAYOUT
from services.target_svc.usecases.writing_targets import write_drafts
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.bulk import collection_paused
from shared.db.unit_of_work import UnitOfWork
from shared.policy.active import policy_for
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.sheets.reading import table_opened


@dataclass(frozen=True, slots=True)
class ImportTargets:
    """An indicator list of one budget year."""

    fiscal_year: int
    file: ImportFile


def import_targets(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ImportTargets
) -> ImportOutcome:
    """Make or replace drafts; raise `InvalidInputError` when any row is wrong, saving nothing.

    Counts are of targets. A dry run changes nothing and raises nothing. Rows go to the server while
    the file is still being read: whoever catches a refusal has to give the transaction up.
    """
    require(actor, "target.project.import")
    with (
        collection_paused(),
        table_opened(command.file.content, TARGET_LAYOUT) as growing,
    ):
        pack = policy_for(uow.session, actor.scope.region, command.fiscal_year)
        reading = TargetReading(_known(uow, actor, command.fiscal_year), pack.target)
        drafts = reading.drafts(growing)
        if command.file.dry_run:
            for _ in drafts:
                pass  # only to hear of every problem
        else:
            accepted = _accepted(drafts, reading.outcome)
            write_drafts(uow, clock, actor, pack, command.fiscal_year, accepted)
            reading.outcome.saved = True
    return reading.outcome


def _known(uow: UnitOfWork, actor: Actor, fiscal_year: int) -> dict[str, KnownProject]:
    query = (
        select(
            ProjectRow.code,
            ProjectRow.project_id,
            ProjectRow.unit_id,
            ProjectRow.name,
            TargetRow.target_id,
            TargetRow.state,
        )
        .outerjoin(
            TargetRow,
            (TargetRow.region_code == ProjectRow.region_code)
            & (TargetRow.fiscal_year == ProjectRow.fiscal_year)
            & (TargetRow.project_id == ProjectRow.project_id),
        )
        .where(ProjectRow.region_code == actor.scope.region, ProjectRow.fiscal_year == fiscal_year)
    )
    return {
        code: KnownProject(project_id, unit_id, name, (target_id, state) if target_id else None)
        for code, project_id, unit_id, name, target_id, state in uow.session.execute(query)
    }


def _accepted(drafts: Iterator[DraftTarget], outcome: ImportOutcome) -> Iterator[DraftTarget]:
    """Yield all drafts, and refuse them where the whole list has an error.

    Raised while a COPY takes them, this breaks it off and the transaction with it.
    """
    yield from drafts
    outcome.refuse_errors()
