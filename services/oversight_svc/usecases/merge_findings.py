"""Act: merge a finding into another that is about the same thing; both numbers stay visible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select

from services.oversight_svc.domain.finding_states import VOID_STATES, FindingAct, FindingState
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow, finding_units
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
    record_act,
    tell_change,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError
from shared.terms.vocabulary import UnitDuty


class MergeRefusedError(RuleBrokenError):
    """The two findings cannot be one."""

    code: ClassVar[str] = "merge_refused"
    sentence: ClassVar[str] = "不能并入 {number}：{why}"


@dataclass(frozen=True, slots=True)
class MergeFinding:
    """The finding that goes, and the number of the one that stays."""

    key: FindingKey
    into: str


def merge_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: MergeFinding
) -> LoadedFinding:
    """Merge and return the finding that stays; units of the other assist from now on.

    Raises `InvalidInputError` for an unknown number, `MergeRefusedError` when the two cannot be
    one.
    """
    loaded, kept = _both(uow, actor, command)
    check_turn(actor, loaded, FindingAct.MERGE)
    _check(loaded.finding, kept.finding)
    gone = loaded.finding
    gone.merged_into_year, gone.merged_into = kept.finding.fiscal_year, kept.finding.finding_id
    gone.notice_id = None
    _share(uow, gone, kept.finding)
    number = kept.finding.number
    move(
        uow,
        clock,
        actor,
        loaded,
        FindingAct.MERGE,
        comment=f"并入 {number}",
        after={"merged_into": number},
    )
    tell_change(uow, clock, actor, kept.finding)
    record_act(
        uow,
        actor,
        kept.finding,
        "absorb",
        comment=f"{gone.number} 并入本问题",
        after={"absorbed": gone.number},
    )
    return kept


def _both(
    uow: UnitOfWork, actor: Actor, command: MergeFinding
) -> tuple[LoadedFinding, LoadedFinding]:
    """Load both, always in the same order, so that two merges crosswise wait instead of failing."""
    query = select(FindingRow.fiscal_year, FindingRow.finding_id).where(
        FindingRow.region_code == actor.scope.region, FindingRow.number == command.into.strip()
    )
    found = uow.session.execute(query).first()
    if found is None:
        load_finding(uow, actor, command.key)  # outside the scope nothing else is told
        message = "没有这个编号的问题，请按“2023-0001”的格式填写。"
        raise InvalidInputError([FieldProblem("into", "unknown_number", message)])
    keys = {command.key, FindingKey(found.fiscal_year, found.finding_id)}
    loaded = {
        key.finding_id: load_finding(uow, actor, key)
        for key in sorted(keys, key=lambda key: key.finding_id)
    }
    return loaded[command.key.finding_id], loaded[found.finding_id]


def _check(gone: FindingRow, kept: FindingRow) -> None:
    if gone.finding_id == kept.finding_id:
        raise MergeRefusedError(number=kept.number, why="这是同一个问题。")
    if FindingState(kept.state) in VOID_STATES:
        raise MergeRefusedError(number=kept.number, why="该问题已合并或已撤销，请选择有效的问题。")
    same_project = gone.project_id is not None and gone.project_id == kept.project_id
    same_name = bool(gone.project_name) and gone.project_name == kept.project_name
    if gone.unit_id != kept.unit_id and not (same_project or same_name):
        raise MergeRefusedError(number=kept.number, why="责任单位和项目都不相同。")


def _share(uow: UnitOfWork, gone: FindingRow, kept: FindingRow) -> None:
    present = {row.unit_id for row in finding_units(uow.session, kept)}
    for row in finding_units(uow.session, gone):
        if row.unit_id not in present:
            uow.session.add(
                FindingUnitRow(
                    region_code=kept.region_code,
                    fiscal_year=kept.fiscal_year,
                    finding_id=kept.finding_id,
                    unit_id=row.unit_id,
                    duty=UnitDuty.ASSISTING.value,
                )
            )
