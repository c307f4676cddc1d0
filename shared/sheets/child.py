"""Start the process that opens a sheet, hand it the bytes, hear its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

from shared.confined import Answer, ConfinedError, confined
from shared.sheets.errors import ERRORS, SheetTooBigError, UnreadableSheetError
from shared.sheets.model import Limits

_FACT_LENGTH: Final = 60


@contextmanager
def task_started(
    task: str, content: bytes, limits: Limits, extra: Mapping[str, object] | None = None
) -> Iterator[Answer]:
    """Give the answer of a limited process that does `task` over `content`, to be heard at once.

    The process has ended when the block is left. One that died or ran out of time or output is
    told in the block as `SheetTooBigError`, one that made no sense as `UnreadableSheetError`.
    """
    request = {"task": task, "limits": asdict(limits), **(extra or {})}
    try:
        with confined(
            "shared.sheets.worker", request, content, cpu_seconds=limits.cpu_seconds
        ) as answer:
            yield answer
    except ConfinedError as error:
        if error.ran_out:
            raise SheetTooBigError(rows=limits.rows, columns=limits.columns) from None
        raise UnreadableSheetError from None


def next_line(answer: Answer) -> dict[str, object]:
    """Return the next line of an answer; raise the `UnreadableSheetError` it may report."""
    line = answer.line()
    if "error" in line:
        raise _reported(line)
    return line


def run_task(
    task: str, content: bytes, limits: Limits, extra: Mapping[str, object] | None = None
) -> tuple[dict[str, object], bytes]:
    """Do `task` over `content` in a limited process; return the head of its answer and the rest.

    Raises the `UnreadableSheetError` the process reports; a process that dies or runs out of time
    means `SheetTooBigError`.
    """
    with task_started(task, content, limits, extra) as answer:
        return next_line(answer), answer.rest()


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
