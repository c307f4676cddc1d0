"""Act: hand in the plan of rectification, and note how far it has come (YC23-6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.rectifying import PlannedMeasure, check_plan
from services.oversight_svc.store.findings import FindingRow, MeasureRow, finding_measures
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keeping_proof import attach
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError

WHOLE = 100


@dataclass(frozen=True, slots=True)
class PlanRectification:
    """The measures, each with owner and day; `evidence` are digests of own uploads."""

    key: FindingKey
    measures: tuple[PlannedMeasure, ...]
    responsible_person: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteProgress:
    """How far it has come in %, and which measures (by position) are done."""

    key: FindingKey
    progress: int
    note: str
    done: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()


def plan_rectification(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: PlanRectification
) -> LoadedFinding:
    """Keep the plan in place of an earlier one; raise `InvalidInputError` when it has gaps.

    A measure written the same way again stays done.
    """
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    check_turn(actor, loaded, FindingAct.PLAN)
    problems = check_plan(command.measures, finding.due_on)
    if problems:
        raise InvalidInputError(problems)
    former = finding_measures(uow.session, finding)
    before = [row.measure for row in former]
    _replace(uow, finding, former, command)
    if command.responsible_person.strip():
        finding.responsible_person = command.responsible_person.strip()
    finding.measures_summary = "；".join(each.measure.strip() for each in command.measures)
    attach(uow, clock, actor, finding, AttachedTo.PLAN, command.evidence)
    move(
        uow,
        clock,
        actor,
        loaded,
        FindingAct.PLAN,
        before={"measures": before} if before else None,
        after={"measures": [each.measure.strip() for each in command.measures]},
    )
    return loaded


def note_progress(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: NoteProgress
) -> LoadedFinding:
    """Note the progress; raise `InvalidInputError` without a word about it or beyond 0 to 100."""
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    check_turn(actor, loaded, FindingAct.NOTE_PROGRESS)
    problems = []
    if not 0 <= command.progress <= WHOLE:
        problems.append(FieldProblem("progress", "out_of_range", "进度应在0至100之间。"))
    if not command.note.strip():
        problems.append(FieldProblem("note", "missing", "请写明目前的进展。"))
    if problems:
        raise InvalidInputError(problems)
    was = finding.progress
    finding.progress = command.progress
    finding.progress_note = command.note.strip()
    for row in finding_measures(uow.session, finding):
        row.done_on = _done_on(row, command.done, clock.today())
    attach(uow, clock, actor, finding, AttachedTo.PROGRESS, command.evidence)
    move(
        uow,
        clock,
        actor,
        loaded,
        FindingAct.NOTE_PROGRESS,
        comment=finding.progress_note,
        before={"progress": was},
        after={"progress": finding.progress},
    )
    return loaded


def _done_on(row: MeasureRow, done: tuple[int, ...], today: date) -> date | None:
    return (row.done_on or today) if row.position in done else None


def _replace(
    uow: UnitOfWork,
    finding: FindingRow,
    former: Sequence[MeasureRow],
    command: PlanRectification,
) -> None:
    done = {row.measure: row.done_on for row in former}
    for row in former:
        uow.session.delete(row)
    uow.session.flush()
    for position, each in enumerate(command.measures):
        uow.session.add(
            MeasureRow(
                region_code=finding.region_code,
                fiscal_year=finding.fiscal_year,
                finding_id=finding.finding_id,
                position=position,
                measure=each.measure.strip(),
                owner=each.owner.strip(),
                due_on=each.due_on,
                is_wider=each.is_wider,
                done_on=done.get(each.measure.strip()),
                note="",
            )
        )
