"""Act: save, rename, prefer or delete one's own view of the ledger.

Views are the account's own convenience and change nothing about a finding, so they leave no trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, update

from services.oversight_svc.store.rectification import LedgerViewRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError

RIGHT = "oversight.ledger.view"
MOST_VIEWS = 30
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SaveLedgerView:
    """Filters, order and columns under a name; an existing view of that name is replaced."""

    name: str
    query: Mapping[str, str]
    is_default: bool = False


def save_ledger_view(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SaveLedgerView
) -> LedgerViewRow:
    """Keep the view; raise `InvalidInputError` for a bad name or too many views."""
    require(actor, RIGHT)
    name = _checked(command.name)
    row = _find(uow, actor, name)
    if row is None:
        _check_room(uow, actor)
        row = LedgerViewRow(region_code=actor.scope.region, account_id=actor.account_id, name=name)
        uow.session.add(row)
    row.query = dict(command.query)
    row.saved_at = clock.now()
    row.is_default = False
    uow.session.flush()
    if command.is_default:
        _prefer(uow, actor, row)
    return row


def rename_ledger_view(uow: UnitOfWork, actor: Actor, name: str, new_name: str) -> None:
    """Give one's view another name; raise `InvalidInputError` when it is taken or bad."""
    require(actor, RIGHT)
    row = _required(uow, actor, name)
    wanted = _checked(new_name)
    if wanted != row.name and _find(uow, actor, wanted) is not None:
        raise InvalidInputError([FieldProblem("new_name", "taken", "已有同名视图，请换一个名称。")])
    row.name = wanted


def prefer_ledger_view(uow: UnitOfWork, actor: Actor, name: str) -> None:
    """Make one's view the one shown first; an empty name shows the whole ledger first."""
    require(actor, RIGHT)
    _prefer(uow, actor, _required(uow, actor, name) if name else None)


def delete_ledger_view(uow: UnitOfWork, actor: Actor, name: str) -> None:
    """Delete one's view."""
    require(actor, RIGHT)
    uow.session.delete(_required(uow, actor, name))


def _prefer(uow: UnitOfWork, actor: Actor, row: LedgerViewRow | None) -> None:
    uow.session.execute(
        update(LedgerViewRow)
        .where(
            LedgerViewRow.region_code == actor.scope.region,
            LedgerViewRow.account_id == actor.account_id,
        )
        .values(is_default=False)
    )
    if row is not None:
        row.is_default = True


def _checked(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or "\x00" in plain:
        message = f"请填写视图名称，不超过{LONGEST_NAME}个字。"
        raise InvalidInputError([FieldProblem("name", "bad_name", message)])
    return plain


def _check_room(uow: UnitOfWork, actor: Actor) -> None:
    count = uow.session.scalar(
        select(func.count())
        .select_from(LedgerViewRow)
        .where(
            LedgerViewRow.region_code == actor.scope.region,
            LedgerViewRow.account_id == actor.account_id,
        )
    )
    if (count or 0) >= MOST_VIEWS:
        message = f"最多保存{MOST_VIEWS}个视图，请先删除不用的。"
        raise InvalidInputError([FieldProblem("name", "too_many", message)])


def _find(uow: UnitOfWork, actor: Actor, name: str) -> LedgerViewRow | None:
    return uow.session.get(LedgerViewRow, (actor.scope.region, actor.account_id, name))


def _required(uow: UnitOfWork, actor: Actor, name: str) -> LedgerViewRow:
    row = None if "\x00" in name else _find(uow, actor, name)
    if row is None:
        raise NotFoundError
    return row
