"""Give an uploaded file back with its problem cells red and commented: nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Final

from shared.sheets.child import run_task
from shared.sheets.model import DEFAULT_LIMITS, Limits, SheetProblem

_PATIENCE: Final = 3  # writing a copy takes that much longer than reading it


def mark_copy(
    content: bytes,
    filename: str,
    problems: Sequence[SheetProblem],
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Return `content` as .xlsx with every problem cell filled and commented.

    Errors are red, warnings amber; the sheet 问题清单 is appended. Marks of an earlier round are
    taken off first.

    An .xlsx keeps its formats, formulas and merged cells. An .xls or .et, and an .xlsx too large to
    be edited within the limits, is rebuilt from its values, and the list of problems says so.
    Raises a subclass of `UnreadableSheetError` like reading does.
    """
    extra = {"problems": [asdict(problem) for problem in problems], "filename": filename}
    patient = replace(limits, cpu_seconds=limits.cpu_seconds * _PATIENCE)
    return run_task("mark", content, patient, extra)[1]
