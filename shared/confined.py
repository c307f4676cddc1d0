"""A process of its own for content that strangers wrote: limited memory, time, files and output.

One fresh process for each piece (about 60 ms): nothing of one upload can reach the next. Input is
an unnamed temporary file, output a pipe that is read as the process writes, so that both work at
once. What it says is counted, lines of JSON and bytes; whoever asks checks it like other input.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

_ROOT: Final = str(Path(__file__).resolve().parents[1])
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from importlib import import_module; import_module(sys.argv[2]).main();"
    " import os; sys.stdout.flush(); os._exit(0)"  # no tidying up: it would only take time
)
_LINE_LIMIT: Final = 64 * 1024 * 1024
_ANSWER_LIMIT: Final = 512 * 1024 * 1024
_AT_ONCE: Final = 1024 * 1024
_OPEN_FILES: Final = 32


class ConfinedError(Exception):
    """The process ended without an answer.

    `ran_out` tells that it met a limit (memory, time, output); otherwise the content confused it.
    """

    def __init__(self, *, ran_out: bool) -> None:
        """Keep what happened."""
        super().__init__("ran out" if ran_out else "confused")
        self.ran_out = ran_out


class Answer:
    """What a confined process says, read while it says it.

    Every method raises `ConfinedError` when the process dies, keeps its reader waiting for too
    long in all, says too much, or says something else than is asked for.
    """

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes], seconds: float) -> None:
        """Read from `output`, the near end of the pipe the process writes to."""
        self._process, self._output, self._seconds = process, output.fileno(), seconds
        self._heard = 0
        self._kept = bytearray()  # heard, but not yet asked for

    def line(self) -> dict[str, object]:
        """Return the next line, a JSON object."""
        looked = 0
        while (at := self._kept.find(b"\n", looked)) < 0:
            looked = len(self._kept)
            if looked > _LINE_LIMIT or not self._hear():
                raise _broken_off(self._returned())
        try:
            said = json.loads(self._cut(at + 1))
        except (ValueError, RecursionError) as error:
            raise ConfinedError(ran_out=False) from error
        if not isinstance(said, dict):
            raise ConfinedError(ran_out=False)
        return said

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        while len(self._kept) < size:
            if not self._hear():
                raise _broken_off(self._returned())
        return self._cut(size)

    def rest(self) -> bytes:
        """Return all that is still to come, once the process has ended well."""
        while self._hear():
            pass
        if (returned := self._returned()) != 0:
            raise _broken_off(returned)
        return self._cut(len(self._kept))

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._kept[:size])
        del self._kept[:size]
        return cut

    def _hear(self) -> bool:
        """Wait for more and keep it; tell whether there was any before the end."""
        self._wait_for(self._output)
        said = os.read(self._output, _AT_ONCE)
        self._heard += len(said)
        if self._heard > _ANSWER_LIMIT:
            raise ConfinedError(ran_out=True)
        self._kept += said
        return bool(said)

    def _returned(self) -> int:
        """Return the exit code of a process that has nothing more to say.

        `Popen.wait` would look every so often, and see the end a twentieth of a second late.
        """
        handle = os.pidfd_open(self._process.pid)
        try:
            self._wait_for(handle)
        finally:
            os.close(handle)
        return self._process.wait()

    def _wait_for(self, handle: int) -> None:
        """Wait until there is something to read; only waiting counts, not what is done between."""
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        began = time.monotonic()
        ready = poller.poll(max(self._seconds, 0) * 1000)
        self._seconds -= time.monotonic() - began
        if not ready:
            raise ConfinedError(ran_out=True)


@contextmanager
def confined(
    worker: str, request: Mapping[str, object], content: bytes, *, cpu_seconds: int
) -> Iterator[Answer]:
    """Let module `worker` answer `request` about `content`; it has ended when the block is left.

    Whoever wants the whole answer to count asks for its `rest`, if only to see that it is empty.
    """
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryDirectory(prefix="confined-") as folder,
    ):
        given.write(json.dumps(request).encode() + b"\n")
        given.write(content)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-c", _START, _ROOT, worker],
            stdin=given,
            stdout=subprocess.PIPE,
            bufsize=0,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"TMPDIR": folder, "LC_ALL": "C.UTF-8"},
        )
        with process:  # closes the pipe and waits
            try:
                yield Answer(process, cast("IO[bytes]", process.stdout), cpu_seconds * 2)
            finally:
                process.kill()


def _broken_off(returned: int) -> ConfinedError:
    # A limit reached is a signal, a reader confused by the content an exit code.
    return ConfinedError(ran_out=returned < 0)


def run_confined(
    worker: str, request: Mapping[str, object], content: bytes, *, cpu_seconds: int
) -> tuple[dict[str, object], bytes]:
    """Let module `worker` answer `request` about `content`; return its first line and the rest.

    Raises `ConfinedError` when the process dies, takes too long, or answers with something else.
    """
    with confined(worker, request, content, cpu_seconds=cpu_seconds) as answer:
        return answer.line(), answer.rest()


def confine_self(*, memory: int, cpu_seconds: int) -> None:
    """Limit this process for good: bytes of memory, CPU seconds, files and their size, no core."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, _ANSWER_LIMIT),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
