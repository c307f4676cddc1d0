"""Read an uploaded workbook: .xlsx, .xls and .et, told apart by content and never by name."""

from __future__ import annotations

from typing import Final

from shared.sheets.child import run_task
from shared.sheets.errors import EmptyFileError, FileTooLargeError, UnreadableSheetError
from shared.sheets.model import DEFAULT_LIMITS, Area, Limits, Sheet, Workbook

_SEPARATOR: Final = "\x1f"
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


def _read(task: str, content: bytes, filename: str, limits: Limits) -> Workbook:
    if not content:
        raise EmptyFileError
    if len(content) > limits.bytes_in:
        raise FileTooLargeError(limit_mib=limits.bytes_in // _MEBIBYTE)
    head, data = run_task(task, content, limits)
    try:
        return Workbook(filename, _sheets(head, memoryview(data), limits))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableSheetError from error


def _sheets(head: dict[str, object], data: memoryview, limits: Limits) -> tuple[Sheet, ...]:
    described = head["sheets"]
    if not isinstance(described, list):
        raise TypeError
    sheets: list[Sheet] = []
    at = 0
    for item in described:
        rows = int(item["rows"])
        if not (0 < rows <= limits.rows and len(item["columns"]) <= limits.columns):
            raise ValueError
        texts: list[list[str]] = []
        kinds: list[str] = []
        for length, letters in item["columns"]:
            column = str(data[at : at + length], "utf-8").split(_SEPARATOR)
            full = letters * rows if len(letters) == 1 else letters
            if len(column) != rows or len(full) != rows:
                raise ValueError
            texts.append(column)
            kinds.append(full)
            at += length
        merged = tuple(
            Area(top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in item["merged"]
        )
        sheets.append(
            Sheet(
                name=str(item["name"]),
                row_count=rows,
                texts=tuple(texts),
                kinds=tuple(kinds),
                merged=merged,
                knows_formats=bool(head["knows_formats"]),
            )
        )
    return tuple(sheets)
