"""Every enum value a service stores has a Chinese label."""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum

import services
from shared.terms import kind_of, kinds


def service_enums() -> dict[str, type[StrEnum]]:
    found = {}
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if ".domain." in module.name:
            members = vars(importlib.import_module(module.name)).values()
            found |= {
                f"{member.__module__}.{member.__name__}": member
                for member in members
                if isinstance(member, type) and issubclass(member, StrEnum)
            }
    return {name: enum for name, enum in found.items() if enum is not StrEnum}


def test_every_stored_value_has_a_label() -> None:
    enums = service_enums()
    assert enums
    missing = [
        f"[{kind_of(enum)}] {member.value}  ({name})"
        for name, enum in enums.items()
        for member in enum
        if member.value not in kinds().get(kind_of(enum), {})
    ]
    assert not missing, "labels.toml lacks:\n" + "\n".join(missing)
