"""Names, labels and limits that the descriptions of the processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.registry import EVERY_ROLE
from shared.runtime.processes import STOP_SECONDS

if TYPE_CHECKING:
    from services.registry import Role
    from shared.runtime.module import Module

Object = dict[str, Any]
"""One Kubernetes object, as it is written to YAML."""

ROLES: tuple[Role, ...] = tuple(sorted(EVERY_ROLE))
PORT = 8080
USER = 10001
"""The image's own user; it owns nothing but its data folder."""
LEAVE_SECONDS = 10
"""From being told to end until no router sends anything any more."""
GRACE_SECONDS = LEAVE_SECONDS + round(STOP_SECONDS) + 5
"""Leaving, finishing what is in flight, and some air before the process is killed."""


def name_of(module: Module, role: str = "") -> str:
    """Return the name of a service's object: its Service, or one of its Deployments."""
    return "-".join(part for part in ("wenxiao", module.business, role) if part)


def labels_of(module: Module, role: str) -> dict[str, str]:
    """Return the labels that select the pods of one process; network rules go by `component`."""
    return {
        "app.kubernetes.io/name": "wenxiao",
        "app.kubernetes.io/component": role,
        "wenxiao.dev/service": module.business,
    }


def described(api: str, kind: str, name: str, labels: dict[str, str] | None = None) -> Object:
    """Return the head of an object."""
    metadata: Object = {"name": name}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": api, "kind": kind, "metadata": metadata}
