"""The job that lets overdue things climb their ladder."""

from __future__ import annotations

from services.oversight_svc.usecases.climb_ladders import climb_ladders
from shared.runtime.module import Job

CLIMB_LADDERS = Job("oversight.escalation.climb", 60, climb_ladders)
"""Every minute: a rung's day begins at midnight, and who hands in late is soon let go."""
