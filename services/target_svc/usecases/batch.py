"""One act on many targets: each row stands alone, and each has its outcome in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.target_svc.usecases.loading import TargetKey
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError, WenxiaoError


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What happened to one target of a batch."""

    key: TargetKey
    is_done: bool
    reason: str = ""


def run_batch(
    uow: UnitOfWork, keys: Sequence[TargetKey], act: Callable[[TargetKey], object]
) -> list[RowOutcome]:
    """Do `act` with each target in a savepoint of its own; a refused one leaves the rest alone."""
    outcomes = []
    for key in keys:
        try:
            with uow.savepoint():
                act(key)
                uow.session.flush()
        except InvalidInputError as error:
            reason = "".join(problem.message for problem in error.problems)
            outcomes.append(RowOutcome(key, is_done=False, reason=reason))
        except WenxiaoError as error:
            outcomes.append(RowOutcome(key, is_done=False, reason=error.message))
        else:
            outcomes.append(RowOutcome(key, is_done=True))
    return outcomes
