"""What every duty begins with: its deadline with where that came from, and nothing handed in."""

from __future__ import annotations

from typing import Any

from shared.clock import Clock
from shared.policy.model import Deadline


def opening_values(clock: Clock, deadline: Deadline) -> dict[str, Any]:
    """Return the columns of a new duty that do not depend on what it is about."""
    return {
        "version": 1,
        "due_on": deadline.due_on,
        "first_due_on": deadline.due_on,
        "buffer_on": deadline.buffer_on,
        "provisional": deadline.provisional,
        "deadline_rule": deadline.rule_id,
        "pack_code": deadline.pack.code,
        "pack_version": deadline.pack.version,
        "opened_at": clock.now(),
        "changed_at": clock.now(),
        "submitted_at": None,
        "submitted_by": None,
        "is_late": False,
        "times_returned": 0,
        "return_reason": "",
        "print_code": "",
        "paper_received_on": None,
        "paper_print_code": "",
    }
