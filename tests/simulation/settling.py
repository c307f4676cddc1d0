"""Waits until everything told has been heard, judged by the exported ledgers."""

from __future__ import annotations

import json
from collections import Counter

from services.registry import all_modules
from tests.simulation.installation import Installation
from tests.simulation.person import await_it


def export(installation: Installation) -> list[str]:
    """Return the canonical ledgers of all services, line by line."""
    return installation.command("ledger", "export").splitlines()


def await_settled(installation: Installation) -> list[str]:
    """Return the ledgers once every event told has been applied by everybody who hears it."""
    return await_it("every event where it belongs", lambda: _settled(installation))


def _settled(installation: Installation) -> list[str] | None:
    lines = export(installation)
    rows = [json.loads(line) for line in lines if '"table":"outbox"' in line]
    told = Counter(row["event_type"] for row in rows)
    wanted = Counter(
        {
            (module.business, event_type): told[event_type]
            for module in all_modules()
            for event_type in module.handlers
            if told[event_type]
        }
    )
    rows = [json.loads(line) for line in lines if '"table":"inbox"' in line]
    applied = Counter((row["service"], row["event_type"]) for row in rows if row["state"] == "done")
    return lines if applied == wanted else None
