"""A reading process that dies, raves or dawdles in the middle of its answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.sheets.books import xlsx

from shared import confined
from shared.sheets.errors import HeadersNotFoundError, SheetTooBigError, UnreadableSheetError
from shared.sheets.layout import Column, Layout
from shared.sheets.model import Limits
from shared.sheets.reading import read_table, read_workbook

LAYOUT = Layout("表", (Column("name", ("名称",), required=True),))
CONTENT = xlsx([["名称"], ["甲"]])


def line(content: object) -> bytes:
    return json.dumps(content).encode() + b"\n"


def piece(texts: list[str], **other: object) -> bytes:
    blob = "\x1f".join(texts).encode()
    described = {"rows": len(texts), "columns": [[len(blob), "s"]], **other}
    return line(described) + blob


HEAD = line(
    {
        "sheets": [{"name": "a", "rows": 42, "columns": 1, "merged": []}],
        "knows_formats": True,
    }
)
FIRST = HEAD + piece(["名称", *["甲"] * 39])
GOOD = FIRST + piece(["乙", "丙"])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes a test starts: none may be left, nor any file of theirs."""
    processes: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    before = open_files()
    yield processes
    assert processes
    assert all(process.returncode is not None for process in processes)
    assert open_files() == before


def says(monkeypatch: pytest.MonkeyPatch, answer: bytes, then: str = "") -> None:
    """Put a process in the place of the reading one that says `answer` and then does `then`."""
    act = f"out = sys.stdout.buffer; out.write({answer!r}); out.flush()\n{then}"
    monkeypatch.setattr(confined, "_START", f"import os, sys, time\n{act}")


def read(limits: Limits | None = None) -> None:
    """Read in both ways, which must agree."""
    limits = limits or Limits()
    with pytest.raises(UnreadableSheetError) as whole:
        read_workbook(CONTENT, "a.xlsx", limits)
    with pytest.raises(UnreadableSheetError) as table:
        read_table(CONTENT, LAYOUT, limits)
    assert table.value.code == whole.value.code
    raise table.value


def test_an_answer_in_pieces_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, GOOD)
    assert read_workbook(CONTENT, "a.xlsx").sheets[0].texts == (["名称", *["甲"] * 39, "乙", "丙"],)
    assert read_table(CONTENT, LAYOUT).columns == {"name": [*["甲"] * 39, "乙", "丙"]}


@pytest.mark.parametrize(
    "answer",
    [b"", HEAD, HEAD[:-1], FIRST[:-1], FIRST, FIRST + b'{"rows": 2', GOOD[:-1], GOOD],
    ids=range(8),
)
@pytest.mark.parametrize(
    ("end", "error"),
    [("os.kill(os.getpid(), 9)", SheetTooBigError), ("os._exit(3)", UnreadableSheetError)],
    ids=["killed", "confused"],
)
def test_a_process_that_dies_says_why_wherever_it_was(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, end: str, error: type[UnreadableSheetError]
) -> None:
    says(monkeypatch, answer, end)
    with pytest.raises(UnreadableSheetError) as caught:
        read()
    assert type(caught.value) is error


RAVING = {
    "no line": b"\x00\xff\n",
    "no object": b"[]\n",
    "no piece": b"{}\n",
    "no rows": piece([], rows=0),
    "rows below none": piece(["乙"], rows=-1),
    "rows in words": piece(["乙"], rows="1"),
    "rows beyond number": b'{"rows": Infinity, "columns": []}\n',
    "more rows than told": piece(["乙", "丙", "丁"]),
    "fewer texts than rows": piece(["乙"], rows=2),
    "more texts than rows": piece(["乙", "丙"], rows=1),
    "no columns": piece(["乙"], columns=[]),
    "columns that are none": piece(["乙"], columns=7),
    "a length below nothing": piece(["乙"], columns=[[-3, "s"]]),
    "a length in words": piece(["乙"], columns=[["3", "s"]]),
    "a length past the end": piece(["乙"], columns=[[10**15, "s"]]),
    "half a letter": piece(["乙"], columns=[[2, "s"]]),
    "too many kinds": piece(["乙"], columns=[[3, "ss"]]),
    "no kind": piece(["乙"], columns=[[3, ""]]),
    "more after the end": piece(["乙", "丙"]) + b"!",
}


@pytest.mark.parametrize("second", RAVING.values(), ids=RAVING)
def test_no_piece_is_believed(monkeypatch: pytest.MonkeyPatch, second: bytes) -> None:
    says(monkeypatch, FIRST + second)
    with pytest.raises(UnreadableSheetError):
        read()


def test_a_first_piece_too_short_for_a_heading_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(monkeypatch, HEAD + piece(["名称"] * 39) + piece(["甲"] * 3))
    with pytest.raises(UnreadableSheetError):
        read()


def test_a_failure_may_be_told_in_the_place_of_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, FIRST + line({"error": "sheet_too_big", "facts": {"rows": 1, "columns": 1}}))
    with pytest.raises(SheetTooBigError):
        read()


@pytest.mark.parametrize(
    "endless",
    [b"", HEAD, FIRST + b'{"rows": 2, "columns": [[999999999, "s"]]}\n', GOOD],
    ids=["line", "first piece", "second piece", "rest"],
)
def test_an_answer_without_end_is_broken_off(
    monkeypatch: pytest.MonkeyPatch, endless: bytes
) -> None:
    monkeypatch.setattr(confined, "_ANSWER_LIMIT", 1_000_000)
    says(monkeypatch, endless, "while True: out.write(b'x' * 65536)")
    with pytest.raises(SheetTooBigError):
        read()


def test_an_answer_longer_than_allowed_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_ANSWER_LIMIT", len(GOOD) - 1)
    says(monkeypatch, GOOD)
    with pytest.raises(SheetTooBigError):
        read()


@pytest.mark.parametrize("answer", [FIRST, GOOD], ids=["in the middle", "at the end"])
@pytest.mark.parametrize("then", ["", "os.close(1); "], ids=["silent", "hung up"])
def test_waiting_for_a_process_has_an_end(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, then: str
) -> None:
    says(monkeypatch, answer, f"{then}time.sleep(600)")
    with pytest.raises(SheetTooBigError):
        read_table(CONTENT, LAYOUT, Limits(cpu_seconds=1))


def test_a_reader_that_gives_up_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, FIRST, "while True: out.write(b'x' * 65536)")
    with pytest.raises(HeadersNotFoundError):
        read_table(CONTENT, Layout("表", (Column("code", ("编码",), required=True),)))


def test_an_answer_that_nobody_hears_to_the_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, started: list[subprocess.Popen[bytes]]
) -> None:
    says(monkeypatch, FIRST, "while True: out.write(b'x' * 65536)")
    with confined.confined("shared.sheets.worker", {}, CONTENT, cpu_seconds=1) as answer:
        assert answer.line()["knows_formats"] is True
        assert started[0].poll() is None
    assert started[0].returncode == -9
