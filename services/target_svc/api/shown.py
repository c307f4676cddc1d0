"""Rows as the API's schemas write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.target_svc.domain.doubts import Doubt
from services.target_svc.queries.gate_log import GateLine
from services.target_svc.queries.projects import ProjectLine
from services.target_svc.queries.targets import TargetLine
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetIndicatorRow, TargetRow
from shared.directory.tables import UnitRow

_PROJECT = (
    "project_id",
    "fiscal_year",
    "version",
    "code",
    "name",
    "budget_book",
    "nature",
    "project_class",
    "flags",
    "initial_amount",
    "adjusted_amount",
    "ex_ante_conclusion",
)
_TARGET = (
    "target_id",
    "fiscal_year",
    "version",
    "state",
    "project_id",
    "due_on",
    "is_late",
    "times_returned",
    "return_reason",
    "grade",
    "cut_amount",
    "revision",
    "document_number",
    "approved_on",
)


def project_json(line: ProjectLine) -> dict[str, Any]:
    """Return a project with its unit and the state of its target."""
    return {
        **{name: getattr(line.project, name) for name in _PROJECT},
        "unit": line.unit,
        "target_id": line.target.target_id if line.target else None,
        "target_state": line.target.state if line.target else None,
    }


def summary_json(target: TargetRow, project: ProjectRow, unit: UnitRow) -> dict[str, Any]:
    """Return a target as lists show it."""
    return {
        **{name: getattr(target, name) for name in _TARGET},
        "project_code": project.code,
        "project_name": project.name,
        "initial_amount": project.initial_amount,
        "unit": unit,
    }


def line_json(line: TargetLine) -> dict[str, Any]:
    """Return a line of a list."""
    return summary_json(line.target, line.project, line.unit)


def target_json(
    line: TargetLine, rows: Sequence[TargetIndicatorRow], doubts: Sequence[Doubt]
) -> dict[str, Any]:
    """Return a whole target."""
    target = line.target
    return {
        **line_json(line),
        "annual_goal": target.annual_goal,
        "midterm_goal": target.midterm_goal,
        "money_note": target.money_note,
        "indicators": rows,
        "doubts": doubts,
        "pack_code": target.pack_code,
        "pack_version": target.pack_version,
    }


def question_json(line: GateLine) -> dict[str, Any]:
    """Return a question with its answer as it was given."""
    row = line.query
    return {
        "query_id": row.query_id,
        "fiscal_year": row.fiscal_year,
        "project_code": line.project.code,
        "project_name": line.project.name,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "requested": row.requested,
        "mode": row.mode,
        "verdict": row.verdict,
        "allowed_amount": row.allowed,
        "reasons": row.reasons,
        "pack_code": row.pack_code,
        "pack_version": row.pack_version,
    }
