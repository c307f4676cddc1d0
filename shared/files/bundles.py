"""The files of a ZIP somebody brought, one after another, each within limits of its own.

One bad member never hides the others: it comes without content and with the reason.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Final

from shared.errors import FieldProblem, InvalidInputError

MOST_FILES: Final = 5_000
LARGEST: Final = 20 * 1024 * 1024
MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
_RATIO: Final = 200
_FREE: Final = 1024 * 1024  # below this a high ratio is only a small file
_ENCRYPTED: Final = 0x1
_TOO_LARGE: Final = f"文件超过 {LARGEST // 1024 // 1024} MB，没有读入。"
_OFFICE: Final = frozenset({"[Content_Types].xml", "OFD.xml", "mimetype"})
_LEFT_OUT: Final = ("__MACOSX/", "~$", ".", "Thumbs.db", "desktop.ini")
_UNPACKING: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class BundleRefusedError(InvalidInputError):
    """The ZIP as a whole cannot be used."""

    def __init__(self, message: str) -> None:
        """Say what to do next; the whole file is the one problem."""
        super().__init__([FieldProblem("file", "bundle_refused", message)])


@dataclass(frozen=True, slots=True)
class Bundled:
    """One file: its name as people see it, and its content, or why it cannot be had."""

    name: str
    content: bytes = b""
    why: str = ""


def is_zip(content: bytes) -> bool:
    """Tell whether this is a plain ZIP and no office file, which is a ZIP inside as well."""
    if not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _OFFICE.isdisjoint(archive.namelist())
    except _UNPACKING:
        return False


def bundle_names(file: IO[bytes]) -> list[str]:
    """Return the names of the files to read; raise `BundleRefusedError` for what is no such ZIP."""
    return [item.filename for item in _members(_opened(file))]


def files_in(file: IO[bytes]) -> Iterator[Bundled]:
    """Give the files of the ZIP in order; raise `BundleRefusedError` for what is no such ZIP."""
    archive = _opened(file)
    for item in _members(archive):
        yield _read(archive, item)


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    for encoding in ("gb18030", None):  # what Windows packs in China carries no UTF-8 mark
        try:
            file.seek(0)
            return zipfile.ZipFile(file, metadata_encoding=encoding)
        except UnicodeDecodeError:
            continue
        except _UNPACKING:
            break
    raise BundleRefusedError("压缩包打不开，可能没有传完或已损坏；请重新打包为 .zip 后上传。")


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    kept = [item for item in archive.infolist() if not item.is_dir() and not _is_litter(item)]
    if len(kept) > MOST_FILES:
        raise BundleRefusedError(f"压缩包内文件超过{MOST_FILES}个，请分成几个压缩包上传。")
    if sum(item.file_size for item in kept) > MOST_BYTES:
        raise BundleRefusedError("压缩包解压后超过 2 GB，请分成几个压缩包上传。")
    return kept


def _is_litter(item: zipfile.ZipInfo) -> bool:
    name = item.filename
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(_LEFT_OUT)


def _read(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Bundled:
    name = item.filename
    why = _refusal(item)
    if why:
        return Bundled(name, why=why)
    try:
        with archive.open(item) as source:
            content = source.read(LARGEST + 1)
    except _UNPACKING:
        return Bundled(name, why="文件在压缩包内已损坏，请重新打包。")
    if len(content) > LARGEST:
        return Bundled(name, why=_TOO_LARGE)
    if is_zip(content):
        return Bundled(name, why="压缩包内还有压缩包，请解压后重新打包。")
    return Bundled(name, content)


def _refusal(item: zipfile.ZipInfo) -> str:
    if item.flag_bits & _ENCRYPTED:
        return "压缩包设置了密码，请取消密码后重新打包。"
    if item.file_size > LARGEST:
        return _TOO_LARGE
    if item.file_size > max(item.compress_size, 1) * _RATIO and item.file_size > _FREE:
        return "文件压缩比异常，为安全起见没有读入。"
    return ""
