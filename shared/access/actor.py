"""Who acts: passed by hand into every use case; nothing below HTTP looks for a current user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows an actor may see and act on.

    A unit is in scope when its path starts with one of `unit_paths`, or its lead office (归口股室)
    is one of `offices`, or `whole_region` is set. Nothing set means nothing is in scope.
    """

    region: str
    unit_paths: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    whole_region: bool = False

    def covers(self, *, region: str, unit_path: str, lead_office: str | None) -> bool:
        """Tell whether a unit lies in this scope (same rule as `scope_filter` in SQL)."""
        if region != self.region:
            return False
        return (
            self.whole_region
            or any(unit_path.startswith(path) for path in self.unit_paths)
            or (lead_office is not None and lead_office in self.offices)
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a post, a machine client, or the system itself.

    `name` and `post_name` are copied into trail and history, so they stay when posts change hands.
    """

    account_id: UUID | None
    name: str
    post_id: UUID | None
    post_name: str
    roles: frozenset[str]
    scope: Scope
    unit_id: UUID | None = None
    session_id: UUID | None = None
    is_machine: bool = False
    correlation_id: str = ""

    @classmethod
    def system(cls, service: str, region: str, correlation_id: str = "") -> Actor:
        """Return the actor of scheduled and event-driven acts of `service`."""
        return cls(
            account_id=None,
            name=f"system:{service}",
            post_id=None,
            post_name="系统",
            roles=frozenset({"system"}),
            scope=Scope(region=region, whole_region=True),
            is_machine=True,
            correlation_id=correlation_id,
        )

    def to_claims(self) -> dict[str, Any]:
        """Return this actor as the claims of a signed token (JSON types only)."""
        return {
            "sub": str(self.account_id) if self.account_id else "",
            "name": self.name,
            "post": str(self.post_id) if self.post_id else "",
            "post_name": self.post_name,
            "roles": sorted(self.roles),
            "unit": str(self.unit_id) if self.unit_id else "",
            "sid": str(self.session_id) if self.session_id else "",
            "machine": self.is_machine,
            "scope": {
                "region": self.scope.region,
                "paths": list(self.scope.unit_paths),
                "offices": list(self.scope.offices),
                "all": self.scope.whole_region,
            },
        }

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], correlation_id: str = "") -> Actor:
        """Read an actor from verified claims; raise `KeyError` or `ValueError` for others."""
        scope = claims["scope"]
        return cls(
            account_id=_uuid(claims["sub"]),
            name=claims["name"],
            post_id=_uuid(claims["post"]),
            post_name=claims["post_name"],
            roles=frozenset(claims["roles"]),
            scope=Scope(
                region=scope["region"],
                unit_paths=tuple(scope["paths"]),
                offices=tuple(scope["offices"]),
                whole_region=bool(scope["all"]),
            ),
            unit_id=_uuid(claims["unit"]),
            session_id=_uuid(claims["sid"]),
            is_machine=bool(claims["machine"]),
            correlation_id=correlation_id,
        )


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


NOBODY = Actor(
    account_id=None,
    name="",
    post_id=None,
    post_name="",
    roles=frozenset(),
    scope=Scope(region=""),
)
"""An actor without any right, for requests before sign-in."""
