"""May this actor do this act, to this unit's things? The one answer for routes and use cases."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from shared.access.actor import Actor
from shared.errors import ForbiddenError, NotFoundError

TABLE = Path(__file__).with_name("rights.toml")


class PlacedUnit(Protocol):
    """What deciding about scope needs to know of a unit."""

    @property
    def region_code(self) -> str:
        """Region the unit belongs to."""
        ...

    @property
    def path(self) -> str:
        """Codes from the department down to the unit, `219/219001/`."""
        ...

    @property
    def lead_office(self) -> str | None:
        """Finance office in charge (归口股室)."""
        ...


@dataclass(frozen=True, slots=True)
class Right:
    """One act: its Chinese name and the roles that may do it."""

    label: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rights:
    """The whole table: every role with its Chinese name, every act with its roles.

    `recorded` names acts of the trail that ask for no right of their own.
    """

    roles: Mapping[str, str]
    acts: Mapping[str, Right]
    recorded: Mapping[str, str]


@cache
def load_rights() -> Rights:
    """Read the table once; raise `ValueError` when an act names a role that does not exist."""
    content = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    roles: dict[str, str] = content["roles"]
    acts = {
        name: Right(label=entry["label"], roles=frozenset(entry["roles"]))
        for name, entry in content["acts"].items()
    }
    for name, right in acts.items():
        if unknown := right.roles - roles.keys():
            raise ValueError(f"act {name} names unknown roles {sorted(unknown)}")
    return Rights(roles=roles, acts=acts, recorded=content["recorded"])


def is_allowed(actor: Actor, act: str) -> bool:
    """Tell whether one of the actor's roles may do `act`; an unknown act is denied."""
    right = load_rights().acts.get(act)
    return right is not None and not right.roles.isdisjoint(actor.roles)


def require(actor: Actor, act: str) -> None:
    """Raise `ForbiddenError`, naming the act in Chinese, unless the actor may do it."""
    if not is_allowed(actor, act):
        raise ForbiddenError(act=act_label(act))


def act_label(act: str) -> str:
    """Return the Chinese name of `act`, or the act itself when the table has none."""
    rights = load_rights()
    right = rights.acts.get(act)
    return right.label if right else rights.recorded.get(act, act)


def role_label(role: str) -> str:
    """Return the Chinese name of `role`; raise `KeyError` when there is no such role."""
    return load_rights().roles[role]


def require_scope(actor: Actor, unit: PlacedUnit) -> None:
    """Raise `NotFoundError` unless `unit` lies in the actor's scope.

    What is out of scope looks the same as what does not exist, so ids cannot be probed.
    """
    if not actor.scope.covers(
        region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
    ):
        raise NotFoundError
