"""Paragraphs and tables of a .docx as plain text; runs inside the confined process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.files.errors import FileBrokenError, FileTooComplexError, FileUnsafeError

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST: Final = 6
_WIDEST: Final = 200
Block = str | list[list[str]]
LaidCell = tuple[str, int, int, bool]
"""Text, first column in the grid of its table (from 0), columns covered, goes on the cell above."""
Laid = str | list[list[LaidCell]]


def blocks_of(document: bytes, most: int) -> tuple[list[Block], bool]:
    """Return at most `most` paragraphs and table rows of `document.xml`, and whether that is all.

    Raises `FileUnsafeError` for entities, `FileBrokenError` for what is no document.
    """
    body = _body(document)
    blocks: list[Block] = []
    taken = 0
    for child in _flat(body, 0) if body is not None else ():
        block: Block = _paragraph(child) if child.tag == f"{_W}p" else _table(child)
        if not block:
            continue
        taken += 1 if isinstance(block, str) else len(block)
        if taken > most:
            return blocks, False
        blocks.append(block)
    return blocks, True


def laid_out(document: bytes, most: int) -> list[Laid]:
    """Return at most `most` paragraphs and table rows with the place of every cell in its grid.

    Unlike `blocks_of` this keeps merged cells apart, for forms whose columns mean something.
    Raises like `blocks_of`, and `FileTooComplexError` above `most`.
    """
    body = _body(document)
    blocks: list[Laid] = []
    taken = 0
    for child in _flat(body, 0) if body is not None else ():
        block: Laid = (
            _paragraph(child)
            if child.tag == f"{_W}p"
            else [_laid_row(row) for row in child.iter(f"{_W}tr")]
        )
        taken += 1 if isinstance(block, str) else len(block)
        if taken > most:
            raise FileTooComplexError
        if block:
            blocks.append(block)
    return blocks


def _laid_row(row: Element) -> list[LaidCell]:
    properties = row.find(f"{_W}trPr")
    column = _count(properties, "gridBefore", 0)
    cells: list[LaidCell] = []
    for cell in _cells(row):
        told = cell.find(f"{_W}tcPr")
        span = max(_count(told, "gridSpan", 1), 1)
        merge = told.find(f"{_W}vMerge") if told is not None else None
        goes_on = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
        text = " ".join(filter(None, (_paragraph(each) for each in cell.iter(f"{_W}p"))))
        cells.append((text, column, span, goes_on))
        column += span
    return cells


def _cells(row: Element) -> Iterator[Element]:
    """Give a row's cells, looking into content controls."""
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag == f"{_W}sdt":
            yield from child.iterfind(f"{_W}sdtContent/{_W}tc")


def _count(properties: Element | None, name: str, default: int) -> int:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    text = found.get(f"{_W}val", "") if found is not None else ""
    return min(int(text), _WIDEST) if text.isdecimal() else default


def _body(document: bytes) -> Element | None:
    try:
        root: Element = fromstring(document)
    except DefusedXmlException as error:
        raise FileUnsafeError(reason="含有不允许的 XML 声明") from error
    except (ParseError, ValueError, RecursionError) as error:
        raise FileBrokenError from error
    return root.find(f"{_W}body")


def _flat(parent: Element, depth: int) -> Iterator[Element]:
    """Give paragraphs and tables in order, looking into content controls."""
    for child in parent:
        if child.tag in {f"{_W}p", f"{_W}tbl"}:
            yield child
        elif depth < _DEEPEST:
            yield from _flat(child, depth + 1)


def _paragraph(paragraph: Element) -> str:
    parts = []
    for node in paragraph.iter():
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in {f"{_W}tab", f"{_W}br"}:
            parts.append(" ")
    return "".join(parts).strip()


def _table(table: Element) -> list[list[str]]:
    return [
        [
            " ".join(filter(None, (_paragraph(each) for each in cell.iter(f"{_W}p"))))
            for cell in row.findall(f"{_W}tc")
        ]
        for row in table.findall(f"{_W}tr")
    ]
