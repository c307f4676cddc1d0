"""Act: open an account; the one-time password is told once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.oversight_svc.store.passwords import hash_password, one_time_password
from services.oversight_svc.store.people import AccountRow, find_account_by_login
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,59}")


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A person's login (letters, digits, `. _ -`), name and telephone."""

    login: str
    name: str
    phone: str = ""


def create_account(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: CreateAccount
) -> tuple[AccountRow, str]:
    """Return the account and its one-time password; raise `InvalidInputError` by field."""
    require(actor, "oversight.account.create")
    login, name = command.login.strip().lower(), command.name.strip()
    problems = []
    if not _LOGIN.fullmatch(login):
        message = "用户名须以小写字母开头，3 至 60 位，只含字母、数字和 . _ -。"
        problems.append(FieldProblem("login", "malformed", message))
    elif find_account_by_login(uow.session, login):
        problems.append(FieldProblem("login", "taken", "这个用户名已被使用，请换一个。"))
    if not name:
        problems.append(FieldProblem("name", "missing", "请填写姓名。"))
    if problems:
        raise InvalidInputError(problems)
    password = one_time_password()
    account = AccountRow(
        region_code=actor.scope.region,
        account_id=new_id(),
        version=1,
        login=login,
        name=name,
        phone=command.phone.strip(),
        password_hash=hash_password(password),
        must_change_password=True,
        failed_attempts=0,
        locked_until=None,
        state="active",
        created_at=clock.now(),
    )
    uow.session.add(account)
    subject = ("oversight.account", account.account_id, name)
    record(uow, actor, "oversight.account.create", subject, after={"login": login})
    return account, password
