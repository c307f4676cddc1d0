"""The process that opens uploaded sheets: everything hostile happens here, under limits.

Started by `shared.sheets.child` with the file on standard input. It limits its own memory, CPU
time, open files and output before it reads a byte, and answers on standard output with one line
of JSON and then the columns. It never unpickles, never writes outside its folder and never runs
what a file contains.
"""

from __future__ import annotations

import gc
import json
import sys

from shared.confined import confine_self
from shared.sheets.errors import SheetTooBigError, UnreadableSheetError
from shared.sheets.model import Limits


def _answer(task: str, request: dict[str, object], content: bytes, limits: Limits) -> list[bytes]:
    if task == "mark":
        from shared.sheets.marking_work import mark  # noqa: PLC0415 - heavy, and only here

        return [b"{}", mark(content, request, limits)]
    if task == "print":
        from shared.sheets.printed_work import encode_printed  # noqa: PLC0415 - likewise

        return encode_printed(content, limits)
    from shared.sheets.reading_work import encode_workbook  # noqa: PLC0415 - likewise

    return encode_workbook(content, limits)


def main() -> None:
    """Do one task: `read`, `print` or `mark`."""
    request = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**request["limits"])
    confine_self(memory=limits.memory, cpu_seconds=limits.cpu_seconds)
    gc.disable()  # a process of one task: collecting a million cells only costs time
    content = sys.stdin.buffer.read()
    try:
        parts = _answer(request["task"], request, content, limits)
    except MemoryError:
        error: UnreadableSheetError = SheetTooBigError(rows=limits.rows, columns=limits.columns)
        parts = [_failure(error)]
    except UnreadableSheetError as caught:
        parts = [_failure(caught)]
    out = sys.stdout.buffer
    out.write(parts[0] + b"\n")
    for part in parts[1:]:
        out.write(part)
    out.flush()


def _failure(error: UnreadableSheetError) -> bytes:
    return json.dumps({"error": error.code, "facts": error.facts}).encode()
