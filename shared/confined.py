"""A process of its own for content that strangers wrote: limited memory, time, files and output.

One fresh process for each piece (about 60 ms): nothing of one upload can reach the next. Input and
output are unnamed temporary files, so that the kernel's file-size limit bounds the answer. The
answer is one line of JSON and then bytes; whoever asks checks it like any other input.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ROOT: Final = str(Path(__file__).resolve().parents[1])
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from importlib import import_module; import_module(sys.argv[2]).main()"
)
_HEAD_LIMIT: Final = 64 * 1024 * 1024
_ANSWER_LIMIT: Final = 512 * 1024 * 1024
_OPEN_FILES: Final = 32


class ConfinedError(Exception):
    """The process ended without an answer.

    `ran_out` tells that it met a limit (memory, time, output); otherwise the content confused it.
    """

    def __init__(self, *, ran_out: bool) -> None:
        """Keep what happened."""
        super().__init__("ran out" if ran_out else "confused")
        self.ran_out = ran_out


def run_confined(
    worker: str, request: Mapping[str, object], content: bytes, *, cpu_seconds: int
) -> tuple[dict[str, object], bytes]:
    """Let module `worker` answer `request` about `content`; return the head and the rest.

    Raises `ConfinedError` when the process dies, takes too long, or answers with something else.
    """
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as taken,
        tempfile.TemporaryDirectory(prefix="confined-") as folder,
    ):
        given.write(json.dumps(request).encode() + b"\n")
        given.write(content)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-c", _START, _ROOT, worker],
            stdin=given,
            stdout=taken,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"TMPDIR": folder, "LC_ALL": "C.UTF-8"},
        )
        returned = _returned(process, cpu_seconds * 2)
        if returned is None:
            raise ConfinedError(ran_out=True)
        if returned != 0:
            # A limit reached is a signal, a reader confused by the content an exit code.
            raise ConfinedError(ran_out=returned < 0)
        taken.seek(0)
        return _head(taken.readline(_HEAD_LIMIT)), taken.read()


def _returned(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Wait for the process and return its exit code; end it and return none when time is up.

    `Popen.wait` would look every so often, and see the end up to a twentieth of a second late.
    """
    handle = os.pidfd_open(process.pid)
    try:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        ended = poller.poll(seconds * 1000)
    finally:
        os.close(handle)
        if process.poll() is None:
            process.kill()
        returned = process.wait()
    return returned if ended else None


def confine_self(*, memory: int, cpu_seconds: int) -> None:
    """Limit this process for good: bytes of memory, CPU seconds, open files, output, no core."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, _ANSWER_LIMIT),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _head(line: bytes) -> dict[str, object]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfinedError(ran_out=False) from error
    if not isinstance(head, dict):
        raise ConfinedError(ran_out=False)
    return head
