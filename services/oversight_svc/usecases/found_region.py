"""Act: open the first accounts of a new installation: its three administrators (HC5.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from services.oversight_svc.store.people import AccountRow
from services.oversight_svc.usecases.assign_post import AssignPost, assign_post
from services.oversight_svc.usecases.create_account import CreateAccount, create_account
from services.oversight_svc.usecases.create_post import CreatePost, create_post
from shared.access.actor import Actor, Scope
from shared.access.rights import role_label
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import ConflictError, FieldProblem, InvalidInputError

FIRST_ROLES = ("system_admin", "security_admin", "audit_admin")
"""系统、安全、审计: kept apart from the first day, and able to set up everybody else."""
_REGION = re.compile(r"\d{6}(\d{3})?")
_FOUNDING = 4_206_900_001  # any number that no other advisory lock uses


class AlreadyFoundedError(ConflictError):
    """There are accounts already."""

    code = "already_founded"
    sentence = "系统中已有账号，不能再初始化；请由系统管理员新建账号或重置密码。"


@dataclass(frozen=True, slots=True)
class FoundRegion:
    """行政区划代码 (6 or 9 digits), and a login for each of `FIRST_ROLES`."""

    region: str
    logins: tuple[str, str, str]
    basis: str


def found_region(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: FoundRegion
) -> list[tuple[AccountRow, str]]:
    """Return the administrators' accounts with their one-time passwords, to be told once.

    Raises `AlreadyFoundedError` when any account exists, `InvalidInputError` for a bad region code
    or login.
    """
    if not _REGION.fullmatch(command.region):
        message = "行政区划代码须为 6 位或 9 位数字。"
        raise InvalidInputError([FieldProblem("region", "malformed", message)])
    uow.session.execute(select(func.pg_advisory_xact_lock(_FOUNDING)))
    if uow.session.scalar(select(func.count()).select_from(AccountRow)):
        raise AlreadyFoundedError
    # Nobody holds an administrator's duty yet, so whoever installs stands in for this one act.
    founder = replace(
        actor,
        roles=frozenset(FIRST_ROLES),
        scope=Scope(region=command.region, whole_region=True),
    )
    return [
        _administrator(uow, clock, founder, role, login, command.basis)
        for role, login in zip(FIRST_ROLES, command.logins, strict=True)
    ]


def _administrator(
    uow: UnitOfWork, clock: Clock, founder: Actor, role: str, login: str, basis: str
) -> tuple[AccountRow, str]:
    title = role_label(role)
    account, password = create_account(uow, clock, founder, CreateAccount(login, title))
    post = create_post(uow, clock, founder, CreatePost(title, None, None, (role,)))
    uow.session.flush()
    appointment = AssignPost(
        post_id=post.post_id,
        account_id=account.account_id,
        started_on=clock.today(),
        ended_on=None,
        is_substitute=False,
        basis=basis,
    )
    assign_post(uow, clock, founder, appointment)
    return account, password
