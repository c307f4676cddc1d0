"""Act: keep a draft as it is typed; nothing but the form's limits is checked until submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.target_svc.domain.indicators import Indicator
from services.target_svc.domain.states import TargetAct, TargetState, next_state
from services.target_svc.store.targets import TargetRow, indicators_of, replace_indicators
from services.target_svc.usecases.loading import LoadedTarget, TargetKey, load_target
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.trail.record import Act

MAX_INDICATORS = 200


@dataclass(frozen=True, slots=True)
class SaveTarget:
    """The form's content as typed."""

    key: TargetKey
    annual_goal: str
    midterm_goal: str
    money_note: str
    indicators: tuple[Indicator, ...]


def save_target(uow: UnitOfWork, clock: Clock, actor: Actor, command: SaveTarget) -> LoadedTarget:
    """Save the draft; raise `TransitionRefusedError` when it is no draft any more."""
    loaded = load_target(uow, actor, command.key, "target.target.edit")
    target = loaded.target
    next_state(TargetState(target.state), TargetAct.EDIT)
    if len(command.indicators) > MAX_INDICATORS:
        message = f"一份目标最多 {MAX_INDICATORS} 条指标，请合并后再保存。"
        raise InvalidInputError([FieldProblem("indicators", "too_many", message)])
    before = target_content(target, [row.to_domain() for row in indicators_of(uow.session, target)])
    target.annual_goal = command.annual_goal.strip()
    target.midterm_goal = command.midterm_goal.strip()
    target.money_note = command.money_note.strip()
    target.version += 1
    target.changed_at = clock.now()
    replace_indicators(uow.session, target, command.indicators)
    uow.record(
        actor,
        Act(
            name="target.target.edit",
            object_kind="target.target",
            object_id=target.target_id,
            object_title=loaded.project.name,
            region=target.region_code,
            fiscal_year=target.fiscal_year,
            unit_id=target.unit_id,
            before=before,
            after=target_content(target, command.indicators),
        ),
    )
    return loaded


def target_content(
    target: TargetRow, rows: tuple[Indicator, ...] | list[Indicator]
) -> dict[str, Any]:
    """Return a target's content in JSON form: for the trail, submissions and revisions."""
    return {
        "annual_goal": target.annual_goal,
        "midterm_goal": target.midterm_goal,
        "money_note": target.money_note,
        "indicators": [
            {
                "level1": row.level1,
                "level2": row.level2,
                "name": row.name,
                "operator": row.operator.value,
                "value": row.value,
                "unit": row.unit,
                "weight": str(row.weight),
            }
            for row in rows
        ],
    }
