"""Threads of the program take memory from one pool: what one gives back another can use."""

from __future__ import annotations

import subprocess
import sys

import pytest

POOLS = """
import ctypes, sys, threading
from services import cli
if sys.argv[1] == "program":
    cli._share_memory_between_threads()
libc = ctypes.CDLL(None)
gate = threading.Barrier(4)
def take():
    libc.malloc(100)
    gate.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.parametrize(("who", "is_one"), [("program", True), ("anybody", False)])
def test_threads_share_one_pool(who: str, is_one: bool) -> None:  # noqa: FBT001
    said = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-c", POOLS, who], capture_output=True, check=True, text=True
    )
    pools = said.stdout.count("<heap nr=")
    assert pools >= 1
    assert (pools == 1) == is_one
