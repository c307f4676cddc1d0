"""The process that opens evidence: hostile pictures, PDF and office files meet it alone.

Started by `shared.confined` with the file on standard input; answers one line of JSON, then bytes.
`inspect` says whether the file opens and is harmless; `picture` draws one page or the picture
anew, so that nothing but pixels reaches a browser; `text` reads paragraphs and tables of a .docx.
"""

from __future__ import annotations

import ctypes
import json
import sys
import warnings
import zipfile
import zlib
from io import BytesIO
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdfium2 import raw

from shared.confined import confine_self
from shared.files.errors import (
    FileBrokenError,
    FileEncryptedError,
    FileRefusedError,
    FileTooComplexError,
    FileUnsafeError,
    FileWithMacrosError,
    FileWithScriptError,
    ProgramRefusedError,
)
from shared.files.media import DOCX, JPEG, OFD, PDF, PNG, PROGRAMS, XLSX
from shared.sheets.errors import EncryptedSheetError, UnreadableSheetError, UnsafeSheetError
from shared.sheets.model import Limits
from shared.sheets.precheck import check_prologues, open_archive

pdfium: Any = raw  # its names are made when it is loaded
MEMORY: Final = 1536 * 1024 * 1024
CPU_SECONDS: Final = 30
MOST_PIXELS: Final = 100_000_000
"""An A3 sheet at 600 dpi has 70 million."""
LONGEST_SIDE: Final = 1800
SCREEN_DPI: Final = 130
_FORMATS: Final = {PNG: "PNG", JPEG: "JPEG"}
_MUST_HOLD: Final = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml", OFD: "OFD.xml"}
_LIMITS: Final = Limits(bytes_in=200 * 1024 * 1024, members=5_000)
_UNPACKING: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
_PACKAGED: Final = "Ole10Native".encode("utf-16-le")
"""The stream in which Office wraps any file dropped into a document, programs among them."""


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    confine_self(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    content = sys.stdin.buffer.read()
    try:
        head, rest = _TASKS[request["task"]](content, request)
    except MemoryError:
        head, rest = {"error": FileTooComplexError.code}, b""
    except FileRefusedError as error:
        head, rest = {"error": error.code, "facts": error.facts}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + rest)
    sys.stdout.buffer.flush()


def inspect(content: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return how many pages can be drawn; raise a `FileRefusedError` saying what is wrong."""
    media_type = request["media_type"]
    if media_type == PDF:
        return {"pages": _check_pdf(content)}, b""
    if media_type in _FORMATS:
        _open_picture(content, media_type)
        return {"pages": 1}, b""
    _check_container(content, media_type)
    return {"pages": 0}, b""


def picture(content: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return page `page` (from 1) of a PDF, or the picture itself, drawn anew."""
    media_type = request["media_type"]
    if media_type == PDF:
        drawn, kind = _draw_page(content, int(request["page"])), JPEG
    else:
        drawn, kind = ImageOps.exif_transpose(_open_picture(content, media_type)), media_type
        drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if kind == JPEG or drawn.mode not in {"L", "LA", "RGB", "RGBA", "P", "1"}:
        drawn = drawn.convert("RGB")
    # A new picture from the pixels alone: no metadata, no profile, nothing behind the last byte.
    clean = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
    if drawn.mode == "P" and (palette := drawn.getpalette()):
        clean.putpalette(palette)
    out = BytesIO()
    clean.save(out, _FORMATS[kind], quality=82)
    return {"media_type": kind}, out.getvalue()


def text(content: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the blocks of a .docx: paragraphs as texts, tables as lists of rows."""
    from shared.files.word_text import blocks_of  # noqa: PLC0415 (only for Word)

    try:
        with open_archive(content, _LIMITS) as archive:
            document = archive.read("word/document.xml")
    except (KeyError, UnreadableSheetError, *_UNPACKING) as error:
        raise FileBrokenError from error
    blocks, complete = blocks_of(document, int(request["most"]))
    return {"blocks": blocks, "complete": complete}, b""


def layout(content: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the blocks of a .docx with the grid places of its cells, once it is found harmless."""
    from shared.files.word_text import laid_out  # noqa: PLC0415 (only for Word)

    _check_container(content, DOCX)
    try:
        with open_archive(content, _LIMITS) as archive:
            document = archive.read("word/document.xml")
    except (KeyError, UnreadableSheetError, *_UNPACKING) as error:
        raise FileBrokenError from error
    return {"blocks": laid_out(document, int(request["most"]))}, b""


def _check_pdf(content: bytes) -> int:
    document = _open_pdf(content)
    if len(document) == 0:
        raise FileBrokenError
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        raise FileWithScriptError
    document[0].get_size()
    return len(document)


def _open_pdf(content: bytes) -> Any:  # noqa: ANN401 (untyped library)
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise FileEncryptedError from error
        raise FileBrokenError from error


def _draw_page(content: bytes, number: int) -> Image.Image:
    document = _open_pdf(content)
    if not 1 <= number <= len(document):
        raise FileBrokenError
    try:
        page = document[number - 1]
        longest = max(*page.get_size(), 1)
        drawn: Image.Image = page.render(
            scale=min(SCREEN_DPI / 72, LONGEST_SIDE / longest), may_draw_forms=False
        ).to_pil()
    except (pypdfium2.PdfiumError, ctypes.ArgumentError, ValueError) as error:
        raise FileBrokenError from error
    return drawn


def _open_picture(content: bytes, media_type: str) -> Image.Image:
    try:
        opened = Image.open(BytesIO(content), formats=[_FORMATS[media_type]])
        if opened.width * opened.height > MOST_PIXELS:
            raise FileTooComplexError
        opened.load()
    except Image.DecompressionBombError as error:
        raise FileTooComplexError from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError) as error:
        raise FileBrokenError from error
    return opened


def _check_container(content: bytes, media_type: str) -> None:
    try:
        archive = open_archive(content, _LIMITS)
        check_prologues(archive)
        names = {member.filename.lower() for member in archive.infolist()}
        if _MUST_HOLD[media_type].lower() not in names:
            raise FileBrokenError
        if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
            raise FileWithMacrosError
        for member in archive.infolist():
            _check_member(archive, member)
        if archive.testzip() is not None:
            raise FileBrokenError
    except UnsafeSheetError as error:
        raise FileUnsafeError(reason=error.facts["reason"]) from error
    except EncryptedSheetError as error:
        raise FileEncryptedError from error
    except (UnreadableSheetError, *_UNPACKING) as error:
        raise FileBrokenError from error


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as part:
        head = part.read(8)
        if head.startswith(PROGRAMS):
            raise ProgramRefusedError
        if "/embeddings/" in member.filename.lower() and _PACKAGED in head + part.read():
            raise ProgramRefusedError


_TASKS: Final = {"inspect": inspect, "picture": picture, "text": text, "layout": layout}
