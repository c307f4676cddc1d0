"""What a file is, told by its bytes and never by its name; the name only has to agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import PurePath
from typing import Final

import olefile

from shared.files.errors import (
    ArchiveRefusedError,
    FileBrokenError,
    FileEncryptedError,
    FileNameMismatchError,
    FileTypeRefusedError,
    FileWithMacrosError,
    ProgramRefusedError,
)
from shared.runtime.settings import DEFAULT_TYPES

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOC: Final = "application/msword"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS: Final = "application/vnd.ms-excel"
OFD: Final = "application/ofd"
TXT: Final = "text/plain"

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    DOCX: (".docx", ".wps"),
    DOC: (".doc", ".wps"),
    XLSX: (".xlsx", ".et"),
    XLS: (".xls", ".et"),
    OFD: (".ofd",),
    TXT: (".txt",),
}
"""Every accepted kind with the endings its name may have; WPS writes Word's and Excel's formats."""

EXTENSIONS: Final = {kind: endings[0] for kind, endings in NAMES.items()}
"""The file-name ending under which each accepted type is offered for download."""

_LABELS: Final[Mapping[str, str]] = {
    PDF: " PDF 文件",
    PNG: " PNG 图片",
    JPEG: " JPG 图片",
    DOCX: " Word 文档（.docx）",
    DOC: " Word 文档（.doc）",
    XLSX: " Excel 表格（.xlsx）",
    XLS: " Excel 表格（.xls）",
    OFD: " OFD 版式文件",
    TXT: "纯文本",
}
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")
PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
"""How Windows, Linux, Java and macOS programs and shell scripts begin."""
_TEST_PROGRAM: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_MARKUP: Final = re.compile(
    rb"<\s*(?:!doctype|\?xml|\?php|html|head|body|script|svg|iframe|object|embed|img|table|meta)\b",
    re.IGNORECASE,
)
_MACROS: Final = frozenset({"_VBA_PROJECT", "VBA", "MACROS"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


def media_type_of(content: bytes) -> str:
    """Return the media type of `content`; nothing is unpacked here.

    Raises `ArchiveRefusedError`, `ProgramRefusedError`, `FileWithMacrosError`,
    `FileEncryptedError`, `FileBrokenError` or, for anything else, `FileTypeRefusedError`.
    """
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"PK\x03\x04"):
        return _zip_type(content)
    if content.startswith(olefile.MAGIC):
        return _ole_type(content)
    if content.startswith(_ARCHIVES):
        raise ArchiveRefusedError
    if content.startswith(PROGRAMS) or _TEST_PROGRAM in content:
        raise ProgramRefusedError
    if decoded_text(content) is not None:
        return TXT
    raise refused_type()


def refused_type(types: Iterable[str] = DEFAULT_TYPES) -> FileTypeRefusedError:
    """Return the refusal that names what is taken."""
    return FileTypeRefusedError(kinds="、".join(each.upper() for each in types))


def check_name(media_type: str, filename: str, types: Iterable[str] = DEFAULT_TYPES) -> None:
    """Raise when the kind is not among `types`, or the name's ending belongs to another kind.

    A name without ending claims nothing. Raises `FileTypeRefusedError` or
    `FileNameMismatchError`.
    """
    taken = tuple(types)
    declared = PurePath(filename).suffix.lower()
    endings = NAMES[media_type]
    if not {ending[1:] for ending in endings}.intersection(taken):
        raise refused_type(taken)
    if declared and declared not in endings:
        raise FileNameMismatchError(declared=declared[:12], actual=_LABELS[media_type])
    if declared and declared[1:] not in taken:
        raise refused_type(taken)


def offered_name(filename: str, media_type: str) -> str:
    """Return a name to download under: no path, no odd signs, an ending that fits the content."""
    plain = PurePath(filename.replace("\\", "/")).name
    plain = "".join(sign for sign in plain if sign.isprintable()) or "附件"
    if PurePath(plain).suffix.lower() in NAMES[media_type]:
        return plain
    return plain + EXTENSIONS[media_type]


def decoded_text(content: bytes) -> str | None:
    """Return `content` as text when it is plain text: no markup, script, program or control."""
    if _MARKUP.search(content[:4096]) or content.lstrip()[:1] == b"<":
        return None
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def _zip_type(content: bytes) -> str:
    """Tell by member names, which stand uncompressed in a zip."""
    if b"vbaproject.bin" in content.lower():
        raise FileWithMacrosError
    if b"[Content_Types].xml" in content:
        if b"word/document.xml" in content:
            return DOCX
        if b"xl/workbook.xml" in content:
            return XLSX
    if b"OFD.xml" in content:
        return OFD
    raise ArchiveRefusedError


def _ole_type(content: bytes) -> str:
    """Tell by the streams of a compound file: what Office wrote until 2003, and WPS still does."""
    try:
        with olefile.OleFileIO(BytesIO(content)) as container:
            streams = container.listdir()
    except (OSError, ValueError, IndexError, TypeError, RecursionError) as error:
        raise FileBrokenError from error
    parts = {part.strip("\0").upper() for path in streams for part in path}
    # The bytes too: a stream may be there and not be listed.
    if parts & _MACROS or "_VBA_PROJECT".encode("utf-16-le") in content:
        raise FileWithMacrosError
    roots = {path[0] for path in streams}
    if "EncryptedPackage" in roots:
        raise FileEncryptedError
    if "WordDocument" in roots:
        return DOC
    if roots & {"Workbook", "Book"}:
        return XLS
    raise refused_type()
