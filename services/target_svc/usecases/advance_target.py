"""Act: steps without a form: pick for joint review, table, issue, reopen, withdraw (YC23-2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.target_svc.domain.states import TargetAct, TargetState, next_state
from services.target_svc.usecases.loading import LoadedTarget, TargetKey, load_target
from services.target_svc.usecases.moving import move
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError

ADVANCES = frozenset(
    {
        TargetAct.PICK_JOINT,
        TargetAct.TABLE,
        TargetAct.ISSUE,
        TargetAct.REOPEN,
        TargetAct.WITHDRAW,
    }
)
_NEED_REASON = frozenset({TargetAct.REOPEN, TargetAct.WITHDRAW})


class NotAnAdvanceError(RuleBrokenError):
    """The act needs its own form."""

    code: ClassVar[str] = "not_an_advance"
    sentence: ClassVar[str] = "这一步需要填写内容，请在目标页面办理。"


@dataclass(frozen=True, slots=True)
class AdvanceTarget:
    """One step of one target; `reason` is required for reopening and withdrawing."""

    key: TargetKey
    act: TargetAct
    reason: str = ""


def advance_target(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: AdvanceTarget
) -> LoadedTarget:
    """Take the step; raise `TransitionRefusedError` when the state does not allow it."""
    if command.act not in ADVANCES:
        raise NotAnAdvanceError
    loaded = load_target(uow, actor, command.key, "target.target.view")
    next_state(TargetState(loaded.target.state), command.act)
    reason = command.reason.strip()
    if command.act in _NEED_REASON and not reason:
        raise InvalidInputError([FieldProblem("reason", "missing", "请写明原因。")])
    move(uow, clock, actor, loaded, command.act, comment=reason)
    return loaded
