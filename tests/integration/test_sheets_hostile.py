"""No upload may crash the reader, exceed its limits or leave a person without a sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.sheets.books import xlsx
from fixtures.sheets.corpus import ROWS, Odd, corpus

from shared import confined
from shared.sheets.errors import SheetTooBigError, UnreadableSheetError
from shared.sheets.marking import mark_copy
from shared.sheets.model import Limits, SheetProblem
from shared.sheets.reading import read_workbook

CORPUS = list(corpus())
CHINESE = range(0x4E00, 0x9FFF)


def test_the_corpus_is_large_and_its_names_differ() -> None:
    assert len(CORPUS) >= 60
    assert len({odd.name for odd in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("odd", CORPUS, ids=lambda odd: odd.name)
def test_reading_answers_with_rows_or_with_a_sentence(odd: Odd) -> None:
    if odd.code is None:
        assert read_workbook(odd.content, odd.filename).sheets
        return
    with pytest.raises(UnreadableSheetError) as caught:
        read_workbook(odd.content, odd.filename)
    assert caught.value.code == odd.code
    assert caught.value.message.endswith("。")
    assert sum(ord(letter) in CHINESE for letter in caught.value.message) > 15
    assert caught.value.problems[0].path == "file"


@pytest.mark.parametrize("odd", CORPUS, ids=lambda odd: odd.name)
def test_marking_answers_likewise(odd: Odd) -> None:
    problem = SheetProblem("Sheet1", 2, "A", "name", "missing", "请补填。")
    if odd.code is None:
        assert read_workbook(mark_copy(odd.content, odd.filename, [problem]), "a.xlsx").sheets
        return
    try:
        mark_copy(odd.content, odd.filename, [problem])
    except UnreadableSheetError as error:
        assert error.message.endswith("。")  # noqa: PT017 - an odd file may also be markable


MEASURED = """
import resource, sys
sys.path[:0] = sys.argv[1:]
from fixtures.sheets.corpus import corpus
from shared.sheets.errors import UnreadableSheetError
from shared.sheets.reading import read_workbook
for odd in corpus():
    if odd.name in {"a million rows", "declared size lies", "last corner", "deep nesting"}:
        try:
            read_workbook(odd.content, odd.filename)
        except UnreadableSheetError:
            continue
        sys.exit(odd.name)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss * 1024, used.ru_utime)
"""


def test_children_stayed_within_memory_and_time() -> None:
    tests = Path(__file__).parents[1]
    # A process of its own: the figures are those of all children a process ever had.
    done = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", MEASURED, str(tests), str(tests.parent)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    memory, seconds = (float(figure) for figure in done.stdout.split())
    assert memory <= 512 * 1024 * 1024
    assert seconds < 4 * Limits().cpu_seconds


def test_a_process_out_of_memory_means_too_big() -> None:
    tight = Limits(memory=60 * 1024 * 1024)
    big = xlsx([[f"文字{r}-{c}" for c in range(20)] for r in range(8000)])
    with pytest.raises(UnreadableSheetError):
        read_workbook(big, "a.xlsx", tight)


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_START", "import time; time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(SheetTooBigError):
        read_workbook(xlsx(ROWS), "a.xlsx", Limits(cpu_seconds=1))
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json\n",
        b"[]\n",
        b'{"sheets": 1}\n',
        b'{"sheets": [{"name": "a", "rows": 99999999, "columns": [], "merged": []}]}\n',
        (
            b'{"sheets": [{"name": "a", "rows": 2, "columns": [[9, "s"]], "merged": []}],'
            b' "knows_formats": true}\nab'
        ),
        b'{"error": "sheet_too_big", "facts": {}}\n',
        b'{"error": "unknown", "facts": 7}\n',
        b"[" * 100_000,
    ],
)
def test_the_answer_of_the_process_is_not_trusted(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = f"import sys; sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(confined, "_START", start)
    with pytest.raises(UnreadableSheetError):
        read_workbook(xlsx(ROWS), "a.xlsx")
