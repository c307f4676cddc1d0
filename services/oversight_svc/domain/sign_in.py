"""Sign-in rules: lock-out after repeated failures, password strength, session length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from shared.errors import FieldProblem, NotSignedInError, RuleBrokenError

MAX_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
SESSION_TIME = timedelta(hours=10)
COOKIE_TIME = timedelta(minutes=30)
MACHINE_TOKEN_TIME = timedelta(minutes=10)
IDLE_TIME = timedelta(hours=2)
"""How long a session left alone may go on without the password: a lunch break, not a day."""
PASSWORD_ONLY = "password_only"  # noqa: S105 (a role, no password)
"""Role of who must change a one-time password first; no act is granted to it."""
MIN_PASSWORD = 10


class SignInRefusedError(NotSignedInError):
    """Wrong name or password; the answer does not say which."""

    code: ClassVar[str] = "sign_in_refused"
    sentence: ClassVar[str] = "用户名或密码不正确；连续 5 次错误将锁定 15 分钟。"


class AccountLockedError(NotSignedInError):
    """Too many failures."""

    code: ClassVar[str] = "account_locked"
    sentence: ClassVar[str] = "账号已临时锁定，请 15 分钟后再试，或请系统管理员重置密码。"


class NoPostError(RuleBrokenError):
    """The account holds no post today."""

    code: ClassVar[str] = "no_post"
    sentence: ClassVar[str] = "您的账号今天没有任职岗位，请联系安全管理员。"


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed attempts of an account since the last success."""

    count: int
    locked_until: datetime | None


def is_locked(failures: Failures, now: datetime) -> bool:
    """Tell whether the account is locked at `now`."""
    return failures.locked_until is not None and now < failures.locked_until


def after_failure(failures: Failures, now: datetime) -> Failures:
    """Return the counters after one more failure; the fifth locks and starts counting anew."""
    count = failures.count + 1
    if count >= MAX_FAILURES:
        return Failures(0, now + LOCK_TIME)
    return Failures(count, None)


def may_go_on(token_expired_at: datetime, now: datetime) -> bool:
    """Tell whether a session whose last token ended at `token_expired_at` may be renewed."""
    return now - token_expired_at < IDLE_TIME


def check_password(password: str, login: str) -> list[FieldProblem]:
    """Return what is wrong with a new password; empty when it is good."""
    kinds = sum(
        (
            any(sign.islower() for sign in password),
            any(sign.isupper() for sign in password),
            any(sign.isdigit() for sign in password),
            any(not sign.isalnum() for sign in password),
        )
    )
    if len(password) < MIN_PASSWORD or kinds < 3:  # noqa: PLR2004 (three of four kinds)
        message = f"密码至少 {MIN_PASSWORD} 位，并含大写、小写、数字、符号中的三种。"
        return [FieldProblem("password", "weak", message)]
    if login.lower() in password.lower():
        return [FieldProblem("password", "contains_login", "密码不能包含用户名。")]
    return []
