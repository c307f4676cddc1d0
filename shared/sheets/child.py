"""Start the process that opens a sheet, hand it the bytes, take back its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from shared.confined import ConfinedError, run_confined
from shared.sheets.errors import ERRORS, SheetTooBigError, UnreadableSheetError
from shared.sheets.model import Limits

_FACT_LENGTH: Final = 60


def run_task(
    task: str, content: bytes, limits: Limits, extra: Mapping[str, object] | None = None
) -> tuple[dict[str, object], bytes]:
    """Run `task` over `content` in a limited process; return the head of its answer and the rest.

    Raises the `UnreadableSheetError` the process reports; a process that dies or runs out of time
    means `SheetTooBigError`.
    """
    request = {"task": task, "limits": asdict(limits), **(extra or {})}
    try:
        head, rest = run_confined(
            "shared.sheets.worker", request, content, cpu_seconds=limits.cpu_seconds
        )
    except ConfinedError as error:
        if error.ran_out:
            raise SheetTooBigError(rows=limits.rows, columns=limits.columns) from None
        raise UnreadableSheetError from None
    if "error" in head:
        raise _reported(head)
    return head, rest


def _reported(head: dict[str, object]) -> UnreadableSheetError:
    kind = ERRORS.get(str(head["error"]), UnreadableSheetError)
    facts = head.get("facts")
    texts = {}
    if isinstance(facts, dict):
        texts = {str(name): str(value)[:_FACT_LENGTH] for name, value in facts.items()}
    try:
        return kind(**texts)
    except KeyError:
        return UnreadableSheetError()
