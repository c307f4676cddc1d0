"""Paragraphs and tables of a .docx as plain text; runs inside the confined process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.files.errors import FileBrokenError, FileUnsafeError

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST: Final = 6
Block = str | list[list[str]]


def blocks_of(document: bytes, most: int) -> tuple[list[Block], bool]:
    """Return at most `most` paragraphs and table rows of `document.xml`, and whether that is all.

    Raises `FileUnsafeError` for entities, `FileBrokenError` for what is no document.
    """
    try:
        root: Element = fromstring(document)
    except DefusedXmlException as error:
        raise FileUnsafeError(reason="含有不允许的 XML 声明") from error
    except (ParseError, ValueError, RecursionError) as error:
        raise FileBrokenError from error
    body = root.find(f"{_W}body")
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
