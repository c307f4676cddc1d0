"""A process of one service loads that service, and pages only where it serves them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from shared.events.registry import BUSINESS_NAMES

LOADED = """
import json, sys
from services.registry import module_named
from shared.events.registry import REGISTRY
module = module_named(sys.argv[1])
print(json.dumps(sorted(name for name in sys.modules if name.startswith("services."))))
print(json.dumps([each.name for each in REGISTRY.all()]))
"""


@pytest.mark.parametrize("service", BUSINESS_NAMES)
def test_a_service_comes_alone_and_without_its_pages(service: str) -> None:
    said = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-c", LOADED, service], capture_output=True, check=True, text=True
    )
    loaded, events = map(json.loads, said.stdout.splitlines())
    assert {f"{business}.task.opened.v1" for business in BUSINESS_NAMES.values()} <= set(events)
    menus = {f"services.{name}{part}" for name in BUSINESS_NAMES for part in ("", ".console")}
    menus |= {f"services.{name}.console.menu" for name in BUSINESS_NAMES}
    rooms = {
        name for name in loaded if name.startswith(tuple(f"services.{n}" for n in BUSINESS_NAMES))
    }
    own = {name for name in rooms if name.startswith(f"services.{service}.")}
    assert f"services.{service}.module" in own
    assert not {name for name in own - menus if name.split(".")[2] in ("app", "api", "console")}
    assert rooms - own <= menus
