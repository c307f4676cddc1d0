"""What a file really is, judged by its content, and whether its inside may be opened at all.

Runs in the reading process (`shared.sheets.worker`): nothing here trusts a byte.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import Literal

from shared.sheets.errors import (
    EmptyFileError,
    EncryptedSheetError,
    FileTooLargeError,
    MacroSheetError,
    UnreadableSheetError,
    UnsafeSheetError,
    WrongFileTypeError,
)
from shared.sheets.model import Limits

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_MEBIBYTE = 1024 * 1024
_HEAD = 64 * 1024
_DECLARATION = re.compile(r"\ufeff?\s*(?:<\?xml[^>]*\?>)?\s*")
_ROOT = re.compile(r"<[A-Za-z_]")
_OTHER_KINDS = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"MZ", "程序文件"),
    (b"\x7fELF", "程序文件"),
)


def kind_of(content: bytes, limits: Limits) -> Literal["zip", "ole"]:
    """Tell which reader takes `content`: `zip` (.xlsx, newer .et) or `ole` (.xls, older .et).

    Raises a subclass of `UnreadableSheetError` that names what the file is instead.
    """
    if not content:
        raise EmptyFileError
    if len(content) > limits.bytes_in:
        raise FileTooLargeError(limit_mib=limits.bytes_in // _MEBIBYTE)
    if content.startswith(OLE_MAGIC):
        _check_ole(content)
        return "ole"
    if content.startswith(b"PK\x03\x04"):
        return "zip"
    raise WrongFileTypeError(actual=_other_kind(content))


def _other_kind(content: bytes) -> str:
    for magic, name in _OTHER_KINDS:
        if content.startswith(magic):
            return name
    if content.startswith(b"PK"):
        return "空的或损坏的压缩包"
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return "网页（系统导出的“假 xls”）"
    if head.startswith(b"<?xml"):
        return "XML 文件"
    if b"\0" not in head or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "文本文件（如 CSV）"
    return "无法识别的文件"


def _check_ole(content: bytes) -> None:
    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise EncryptedSheetError
    if holds("_VBA_PROJECT"):
        raise MacroSheetError
    if holds("WordDocument"):
        raise WrongFileTypeError(actual="Word 文档")
    if holds("PowerPoint Document"):
        raise WrongFileTypeError(actual="演示文稿")
    if not (holds("Workbook") or holds("Book")):
        raise UnreadableSheetError


def open_zip(content: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open a zipped workbook after checking members, sizes, names, encryption and XML prologues.

    Raises `UnsafeSheetError`, `EncryptedSheetError`, `MacroSheetError`, `WrongFileTypeError` or,
    for a truncated file, `UnreadableSheetError`.
    """
    archive = open_archive(content, limits)
    _check_kind([member.filename for member in archive.infolist()])
    check_prologues(archive)
    return archive


def open_archive(content: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open any zip container after checking members, sizes, names and encryption; unpack nothing.

    Raises `UnsafeSheetError`, `EncryptedSheetError` or, for a truncated file,
    `UnreadableSheetError`.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise UnreadableSheetError from error
    members = archive.infolist()
    _check_sizes(members, len(content), limits)
    _check_names([member.filename for member in members])
    if any(member.flag_bits & 0x1 for member in members):
        raise EncryptedSheetError
    return archive


def check_prologues(archive: zipfile.ZipFile) -> None:
    """Raise `UnsafeSheetError` when an XML member declares a document type, and so entities."""
    for member in archive.infolist():
        if member.filename.lower().endswith((".xml", ".rels", ".vml")):
            _check_prologue(archive, member)


def _check_sizes(members: list[zipfile.ZipInfo], bytes_in: int, limits: Limits) -> None:
    if len(members) > limits.members:
        raise UnsafeSheetError(reason="内部文件过多")
    total = sum(member.file_size for member in members)
    if total > limits.bytes_out:
        raise UnsafeSheetError(reason="解压后过大")
    if total > max(bytes_in, 1) * limits.ratio:
        raise UnsafeSheetError(reason="压缩比异常")
    for member in members:
        swollen = member.file_size > max(member.compress_size, 1) * limits.ratio
        if swollen and member.file_size > _MEBIBYTE:
            raise UnsafeSheetError(reason="压缩比异常")


def _check_names(names: list[str]) -> None:
    if len({name.lower() for name in names}) != len(names):
        raise UnsafeSheetError(reason="内部文件重名")
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or name.startswith(("/", "\\")) or ":" in name or "\0" in name:
            raise UnsafeSheetError(reason="内部路径越界")


def _check_kind(names: list[str]) -> None:
    lower = {name.lower().replace("\\", "/") for name in names}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in lower):
        raise MacroSheetError
    if "xl/workbook.xml" in lower:
        return
    if "xl/workbook.bin" in lower:
        raise WrongFileTypeError(actual="二进制工作簿（.xlsb）")
    if any(name.startswith("word/") for name in lower):
        raise WrongFileTypeError(actual="Word 文档")
    if any(name.startswith("ppt/") for name in lower):
        raise WrongFileTypeError(actual="演示文稿")
    if "content.xml" in lower:
        raise WrongFileTypeError(actual="OpenDocument 文档")
    if "[content_types].xml" in lower:
        raise UnreadableSheetError
    raise WrongFileTypeError(actual="压缩包")


def _check_prologue(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Refuse a document type: it is where entities are declared, and Excel never writes one."""
    try:
        with archive.open(member) as part:
            head = part.read(_HEAD)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:
        raise UnreadableSheetError from error
    if not head:
        return
    encoding = "utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    text = head.decode(encoding, errors="replace")
    declaration = _DECLARATION.match(text)
    at = declaration.end() if declaration else 0
    while text.startswith("<!--", at):
        end = text.find("-->", at)
        at = len(text) if end < 0 else end + 3
        while text[at : at + 1].isspace():
            at += 1
    if "\0" in text or not _ROOT.match(text, at):
        raise UnsafeSheetError(reason="含有不允许的 XML 声明")
