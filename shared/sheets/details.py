"""What the fast reader does not tell about an .xlsx: percentages, faults, formulas without result.

A cell typed as 98% is stored as 0.98 with a percent format; `#DIV/0!` and a formula that nobody
has calculated read as empty. Losing any of these silently would change what a unit reported, so
the sheet's XML is searched for them. Searches are for literal bytes: a large sheet without such
cells costs a few milliseconds.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from shared.sheets.model import FAULT, PERCENT, UNCALCULATED, column_number

_MAIN = "{*}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_BUILT_IN_PERCENT = frozenset({9, 10})
_CELL = re.compile(rb"<(?:\w+:)?c\s")
_PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_QUOTED = re.compile(rb'"[^"]*"|\\.|\[[^\]]*\]')
_EMPTY_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^<>]*/>)"
    rb"(?P<value><(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)

Special = dict[tuple[int, int], str]
"""Kind by 0-based (row, column)."""


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the member name of every worksheet, by sheet name; empty when it cannot be told."""
    try:
        workbook = fromstring(archive.read("xl/workbook.xml"))
        relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ParseError):
        return {}
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    parts: dict[str, str] = {}
    for sheet in workbook.iterfind(f"{_MAIN}sheets/{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
        if target:
            parts[sheet.get("name", "")] = posixpath.normpath(posixpath.join("xl", target)).lstrip(
                "/"
            )
    return parts


def percent_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """Return the style numbers whose number format shows a percentage."""
    try:
        styles = fromstring(archive.read("xl/styles.xml"))
    except (KeyError, ParseError):
        return frozenset()
    formats = {
        number
        for item in styles.iterfind(f"{_MAIN}numFmts/{_MAIN}numFmt")
        if (number := _number(item, "numFmtId")) >= 0
        and b"%" in _QUOTED.sub(b"", item.get("formatCode", "").encode())
    } | _BUILT_IN_PERCENT
    return frozenset(
        str(index).encode()
        for index, item in enumerate(styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"))
        if _number(item, "numFmtId") in formats
    )


def _number(item: Element, name: str) -> int:
    text = item.get(name, "")
    return int(text) if text.isdigit() else -1


def special_cells(xml: bytes, percents: frozenset[bytes]) -> Special:
    """Return the cells of a sheet's XML that are percentages, faults or not calculated."""
    found: Special = {}
    for style in sorted(percents):
        for tag in _tags_with(xml, b' s="' + style + b'"'):
            _put(found, tag, PERCENT)
    if b"<f" in xml or b":f" in xml:
        for match in _EMPTY_RESULT.finditer(xml):
            tag = _tag_before(xml, match.start())
            if not (match["value"] and b't="str"' in tag):
                _put(found, tag, UNCALCULATED)
    for tag in _tags_with(xml, b' t="e"'):
        _put(found, tag, FAULT)
    return found


def _tags_with(xml: bytes, attribute: bytes) -> Iterator[bytes]:
    at = xml.find(attribute)
    while at >= 0:
        start = xml.rfind(b"<", 0, at)
        end = xml.find(b">", at)
        if start >= 0 and end >= 0 and _CELL.match(xml, start):
            yield xml[start:end]
        at = xml.find(attribute, at + 1)


def _tag_before(xml: bytes, at: int) -> bytes:
    """Return the start tag of the cell that holds the formula ending at `at`."""
    start = max(xml.rfind(b"<c ", 0, at), xml.rfind(b":c ", 0, at))
    return b" " + xml[start : xml.find(b">", start)] if start >= 0 else b""


def _put(found: Special, tag: bytes, kind: str) -> None:
    place = _PLACE.search(tag)
    if place:
        row, column = int(place[2]) - 1, column_number(place[1].decode()) - 1
        found[row, column] = kind
