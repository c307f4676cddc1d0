"""Password hashes (argon2id) and one-time passwords."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz"


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password or client secret."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Tell whether `password` fits the stored hash."""
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def waste_time(password: str) -> None:
    """Spend the time of a verification, so that unknown names answer no faster."""
    verify_password(_nobodys(), password)


def one_time_password() -> str:
    """Return a password to be told once and changed at the first sign-in."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(6))
    digits = "".join(secrets.choice("23456789") for _ in range(4))
    return f"Wx-{letters}-{digits}"


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(16))
