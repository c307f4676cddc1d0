"""Acts on the indicator library: propose, publish, retire (HC5.2, SL21-12.1).

A proposed entry is picked by nobody; a retired one stays readable where it was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select

from services.target_svc.store.library import LibraryIndicatorRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import (
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    RuleBrokenError,
    StaleVersionError,
)
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.trail.record import Act

COMMON = "common"


class LibraryStateError(RuleBrokenError):
    """The entry is not in the state the act starts from."""

    code: ClassVar[str] = "library_state"
    sentence: ClassVar[str] = "这条指标的状态已经改变，不能进行这一步；请刷新列表后核对。"


@dataclass(frozen=True, slots=True)
class ProposeIndicator:
    """A proposed entry; `sector` "common" fits any project."""

    sector: str
    level1: str
    level2: str
    name: str
    operator: str
    standard_value: str
    unit: str
    definition: str
    basis_source: str


@dataclass(frozen=True, slots=True)
class MoveIndicator:
    """Names an entry as the actor saw it."""

    indicator_id: UUID
    version: int


def propose_indicator(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ProposeIndicator
) -> LibraryIndicatorRow:
    """Enter a proposal; raise `InvalidInputError` when level 2 does not belong to level 1."""
    require(actor, "target.indicator.propose")
    region = actor.scope.region
    levels = policy_for(uow.session, region, clock.today().year).target.levels
    groups = {level.code: dict(level.level2) for level in levels}
    problems = []
    if command.level2 not in groups.get(command.level1, {}):
        problems.append(
            FieldProblem("level2", "unknown_level2", "二级指标不属于所选的一级指标，请重新选择。")
        )
    if not command.name.strip():
        problems.append(FieldProblem("name", "missing", "请填写指标名称。"))
    if problems:
        raise InvalidInputError(problems)
    row = LibraryIndicatorRow(
        region_code=region,
        indicator_id=new_id(),
        version=1,
        code=_next_code(uow, region),
        sector=command.sector.strip() or COMMON,
        level1=command.level1,
        level2=command.level2,
        name=command.name.strip(),
        operator=command.operator,
        standard_value=command.standard_value.strip(),
        unit=command.unit.strip(),
        definition=command.definition.strip(),
        basis_source=command.basis_source.strip(),
        state="proposed",
        changed_at=clock.now(),
    )
    uow.session.add(row)
    _record(uow, actor, row, "propose", None)
    return row


def publish_indicator(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: MoveIndicator
) -> LibraryIndicatorRow:
    """Let units pick a proposed entry; raise `LibraryStateError` when it is none."""
    return _move(uow, clock, actor, command, ("publish", "proposed", "published"))


def retire_indicator(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: MoveIndicator
) -> LibraryIndicatorRow:
    """Take a published entry out of the picker; raise `LibraryStateError` when it is not."""
    return _move(uow, clock, actor, command, ("retire", "published", "retired"))


def _move(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: MoveIndicator, step: tuple[str, str, str]
) -> LibraryIndicatorRow:
    verb, before, after = step
    require(actor, f"target.indicator.{verb}")
    query = select(LibraryIndicatorRow).where(
        LibraryIndicatorRow.region_code == actor.scope.region,
        LibraryIndicatorRow.indicator_id == command.indicator_id,
    )
    row = uow.session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError
    if row.state != before:
        raise LibraryStateError
    if row.version != command.version:
        raise StaleVersionError
    row.state = after
    row.version += 1
    row.changed_at = clock.now()
    _record(uow, actor, row, verb, {"state": before})
    return row


def _next_code(uow: UnitOfWork, region: str) -> str:
    """Return the code after the highest; the unique index catches two at once."""
    query = select(func.max(LibraryIndicatorRow.code)).where(
        LibraryIndicatorRow.region_code == region, LibraryIndicatorRow.code.regexp_match(r"^ZB\d+$")
    )
    highest = uow.session.scalar(query) or "ZB0000"
    return f"ZB{int(highest[2:]) + 1:04d}"


def _record(
    uow: UnitOfWork,
    actor: Actor,
    row: LibraryIndicatorRow,
    verb: str,
    before: dict[str, str] | None,
) -> None:
    uow.record(
        actor,
        Act(
            name=f"target.indicator.{verb}",
            object_kind="target.indicator",
            object_id=row.indicator_id,
            object_title=f"{row.code} {row.name}",
            region=row.region_code,
            before=before,
            after={"state": row.state},
        ),
    )
