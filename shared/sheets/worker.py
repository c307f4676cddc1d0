"""The process that opens uploaded sheets: everything hostile happens here, under limits.

Started by `shared.sheets.child` with the file on standard input. It limits its own memory, CPU
time and open files before it reads a byte, and answers on standard output with one line of JSON
and then pieces of columns, each after a line that describes it. It never unpickles, never writes
outside its folder and never runs what a file contains.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable

from shared.confined import confine_self
from shared.sheets.errors import SheetTooBigError, UnreadableSheetError
from shared.sheets.model import Limits


def _answer(
    task: str, request: dict[str, object], content: bytes, limits: Limits
) -> Iterable[bytes]:
    if task == "mark":
        from shared.sheets.marking_work import mark  # noqa: PLC0415 - heavy, and only here

        return [b"{}\n", mark(content, request, limits)]
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
    out = sys.stdout.buffer
    try:
        for part in _answer(request["task"], request, content, limits):
            out.write(part)
            out.flush()  # the reader works on it meanwhile
    except MemoryError:
        out.write(_failure(SheetTooBigError(rows=limits.rows, columns=limits.columns)))
    except UnreadableSheetError as caught:
        out.write(_failure(caught))
    out.flush()


def _failure(error: UnreadableSheetError) -> bytes:
    """Return the line that may stand in the place of any other."""
    return json.dumps({"error": error.code, "facts": error.facts}).encode() + b"\n"
