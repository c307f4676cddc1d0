"""Read an uploaded workbook: .xlsx, .xls and .et, told apart by content and never by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.confined import Answer
from shared.sheets.child import task_started
from shared.sheets.errors import EmptyFileError, FileTooLargeError, UnreadableSheetError
from shared.sheets.hearing import HeardBook
from shared.sheets.layout import Layout
from shared.sheets.model import DEFAULT_LIMITS, Limits, Workbook
from shared.sheets.table import ParsedTable, parse_pieces, parse_table, whole

_MEBIBYTE: Final = 1024 * 1024
FORM_LIMITS: Final = Limits(rows=5_000, columns=200)
"""A form is a page or two; a whole county's forms in one workbook fit as well."""


def read_workbook(content: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Return the worksheets of `content` as columns of texts.

    `filename` is kept for messages only. The file is opened in a process of its own with limited
    memory and time. Numbers come as their shortest exact text, dates as ISO, percentages as
    `98%`, merged areas filled. An earlier 问题清单 is left out.

    Raises a subclass of `UnreadableSheetError` with a sentence for the uploader.
    """
    return _read("read", content, filename, limits)


def read_printed(content: bytes, filename: str, limits: Limits = FORM_LIMITS) -> Workbook:
    """Return the visible worksheets of `content` with every text as it is printed.

    For forms whose figures matter as they stand: 0.8619 shown under `0.00%` is `86.19%`. A formula
    without a result has kind `UNCALCULATED`, `#DIV/0!` and its like `FAULT`.

    Raises a subclass of `UnreadableSheetError` with a sentence for the uploader.
    """
    return _read("print", content, filename, limits)


def read_table(content: bytes, layout: Layout, limits: Limits = DEFAULT_LIMITS) -> ParsedTable:
    """Return `parse_table` of `read_workbook`, sooner: rows are parsed while more are being read.

    Raises a subclass of `UnreadableSheetError` with a sentence for the uploader.
    """
    with table_opened(content, layout, limits) as growing:
        return whole(growing)


@contextmanager
def table_opened(
    content: bytes, layout: Layout, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Iterator[ParsedTable]]:
    """Give the table of `read_table` as it grows, to be taken to its end within the block.

    The file is being opened meanwhile. Each step and the end of the block raise what `read_table`
    raises: nothing that was read counts before.
    """
    with _started("read", content, limits) as answer:
        yield _growing(answer, layout, limits)


def _growing(answer: Answer, layout: Layout, limits: Limits) -> Iterator[ParsedTable]:
    heard = HeardBook(answer, limits)
    if len(heard.heads) == 1:
        yield from parse_pieces(heard.pieces(heard.heads[0]), layout)
    else:
        yield parse_table(Workbook("", heard.sheets()), layout)


def _read(task: str, content: bytes, filename: str, limits: Limits) -> Workbook:
    with _started(task, content, limits) as answer:
        return Workbook(filename, HeardBook(answer, limits).sheets())


@contextmanager
def _started(task: str, content: bytes, limits: Limits) -> Iterator[Answer]:
    """Give the answer, to be heard in whole; the process must then have ended well."""
    if not content:
        raise EmptyFileError
    if len(content) > limits.bytes_in:
        raise FileTooLargeError(limit_mib=limits.bytes_in // _MEBIBYTE)
    with task_started(task, content, limits) as answer:
        yield answer
        if answer.rest():
            raise UnreadableSheetError
