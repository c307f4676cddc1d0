"""What a file looks like in place: pictures of its pages, its tables, its text, or nothing.

The browser never gets the bytes somebody uploaded, only pixels drawn here or text it escapes.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.files.errors import FileRefusedError
from shared.files.media import DOC, DOCX, JPEG, OFD, PDF, PNG, TXT, XLS, XLSX, decoded_text
from shared.files.opening import inspect, word_blocks
from shared.sheets.errors import UnreadableSheetError
from shared.sheets.model import Sheet
from shared.sheets.reading import read_workbook

MOST_LINES = 500
"""Lines of text or rows of a table shown; the rest is in the file itself."""
MOST_COLUMNS = 40
_DRAWN = frozenset({PDF, PNG, JPEG})
_UNSHOWN = {
    DOC: "旧版 Word（.doc、.wps）不能在页面内查看，请下载后用 WPS 打开。",
    OFD: "OFD 文件不能在页面内查看，请下载后用阅读器打开。",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What to show: `pages` pictures, or `blocks` (a text, or a table as rows of cells), or a note.

    `complete` is false when the file has more than is shown.
    """

    pages: int = 0
    blocks: tuple[str | list[list[str]], ...] = ()
    complete: bool = True
    note: str = ""


def preview_of(content: bytes, media_type: str) -> Preview:
    """Return what can be shown of `content`; a file that does not open any more gives a note."""
    try:
        if media_type in _DRAWN:
            return Preview(pages=inspect(content, media_type))
        if media_type == DOCX:
            blocks, complete = word_blocks(content, MOST_LINES)
            return Preview(blocks=tuple(blocks), complete=complete)
        if media_type in {XLSX, XLS}:
            return _of_workbook(content)
    except (FileRefusedError, UnreadableSheetError):
        return Preview(note="这个文件不能在页面内查看，请下载后打开。")
    if media_type == TXT:
        lines = (decoded_text(content) or "").splitlines()
        return Preview(blocks=tuple(lines[:MOST_LINES]), complete=len(lines) <= MOST_LINES)
    return Preview(note=_UNSHOWN.get(media_type, ""))


def _of_workbook(content: bytes) -> Preview:
    blocks: list[str | list[list[str]]] = []
    complete, left = True, MOST_LINES
    for sheet in read_workbook(content, "").sheets:
        rows, columns = min(sheet.row_count, left), min(len(sheet.texts), MOST_COLUMNS)
        complete = complete and rows == sheet.row_count and columns == len(sheet.texts)
        if not rows:
            break
        blocks += [f"工作表：{sheet.name}", _rows(sheet, rows, columns)]
        left -= rows
    return Preview(blocks=tuple(blocks), complete=complete)


def _rows(sheet: Sheet, rows: int, columns: int) -> list[list[str]]:
    return [[sheet.texts[column][row] for column in range(columns)] for row in range(rows)]
