"""A workbook as the reading process tells it: heads of sheets, then their rows piece by piece.

The process met hostile bytes, so that nothing it says is believed: counts, lengths and types are
held against the limits and against each other before they are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from shared.confined import Answer
from shared.sheets.child import next_line
from shared.sheets.errors import UnreadableSheetError
from shared.sheets.model import HEADING_ROWS, SEPARATOR, Area, Limits, Sheet

_CONFUSED: Final = (KeyError, TypeError, ValueError)


class HeardBook:
    """The worksheets in their order; each piece can be had once, while the process works on."""

    def __init__(self, answer: Answer, limits: Limits) -> None:
        """Hear the heads; raise the `UnreadableSheetError` the process reports instead."""
        self._answer = answer
        line: Any = next_line(answer)
        try:
            knows_formats = bool(line["knows_formats"])
            self.heads = [_head(item, knows_formats, limits) for item in line["sheets"]]
        except _CONFUSED as error:
            raise UnreadableSheetError from error

    def pieces(self, head: Sheet) -> Iterator[Sheet]:
        """Yield the rows of the next sheet, whose head is `head`, as small sheets."""
        told = 0
        while told < head.row_count:
            line: Any = next_line(self._answer)
            least = 1 if told else min(HEADING_ROWS, head.row_count)
            try:
                piece = self._piece(head, line, range(least, head.row_count - told + 1))
            except _CONFUSED as error:
                raise UnreadableSheetError from error
            told += piece.row_count
            yield piece

    def sheets(self) -> tuple[Sheet, ...]:
        """Return every sheet in whole."""
        return tuple(_joined(list(self.pieces(head))) for head in self.heads)

    def _piece(self, head: Sheet, line: Any, allowed: range) -> Sheet:  # noqa: ANN401 (JSON)
        rows = _count(line["rows"], allowed)
        columns = [(_count(length), str(kinds)) for length, kinds in line["columns"]]
        if len(columns) != len(head.texts):
            raise ValueError
        data = memoryview(self._answer.take(sum(length for length, _ in columns)))
        texts: list[list[str]] = []
        at = 0
        for length, _ in columns:
            text = str(data[at : at + length], "utf-8")
            if text.count(SEPARATOR) != rows - 1:
                raise ValueError
            texts.append(text.split(SEPARATOR))
            at += length
        kinds = tuple(kinds * rows if len(kinds) == 1 else kinds for _, kinds in columns)
        if any(len(column) != rows for column in kinds):
            raise ValueError
        return replace(head, row_count=rows, texts=tuple(texts), kinds=kinds)


def _head(item: Any, knows_formats: bool, limits: Limits) -> Sheet:  # noqa: ANN401, FBT001 (JSON)
    """Return a sheet of the right size without its texts."""
    merged = tuple(
        Area(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in item["merged"]
    )
    columns = _count(item["columns"], range(limits.columns + 1))
    return Sheet(
        name=str(item["name"]),
        row_count=_count(item["rows"], range(1, limits.rows + 1)),
        texts=tuple([] for _ in range(columns)),
        kinds=("",) * columns,
        merged=merged,
        knows_formats=knows_formats,
    )


def _count(value: object, allowed: range | None = None) -> int:
    """Return a count that is one; raise `ValueError` otherwise."""
    if not isinstance(value, int) or value < 0 or (allowed is not None and value not in allowed):
        raise ValueError
    return value


def _joined(pieces: Sequence[Sheet]) -> Sheet:
    first = pieces[0]
    if len(pieces) == 1:
        return first
    return replace(
        first,
        row_count=sum(piece.row_count for piece in pieces),
        texts=tuple(
            list(chain.from_iterable(parts))
            for parts in zip(*(piece.texts for piece in pieces), strict=True)
        ),
        kinds=tuple("".join(p) for p in zip(*(piece.kinds for piece in pieces), strict=True)),
    )
