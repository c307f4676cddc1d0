"""Evidence files: kept once under the hash of their content, never changed, never overwritten.

One contract, two places: a folder of this machine (`FolderStore`) or a bucket of an S3 object
storage (`shared.files.bucket.BucketStore`). What is put is told apart by content, held against
its name, opened in a confined process, and only then kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from shared.errors import NotFoundError
from shared.files.errors import FileDamagedError, FileEmptyError, FileOverLimitError
from shared.files.media import check_name, media_type_of
from shared.files.opening import inspect
from shared.runtime.settings import DEFAULT_TYPES

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MEBIBYTE: Final = 1024 * 1024
LARGEST: Final = 50 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A kept file: SHA-256 of its content in hex, size in bytes, media type by content."""

    digest: str
    size: int
    media_type: str


class FileStore(ABC):
    """Where evidence is kept."""

    def __init__(
        self,
        limit: int = LARGEST,
        types: Iterable[str] = DEFAULT_TYPES,
        common: FileStore | None = None,
    ) -> None:
        """Take files of at most `limit` bytes whose kind is among `types` (endings, no dot).

        What is not found here is looked for in `common`, which is only read.
        """
        self._limit = limit
        self._types = tuple(types)
        self._common = common

    def put(self, stream: IO[bytes], filename: str = "") -> StoredFile:
        """Keep the rest of `stream` and return its digest, size and type.

        The same content again changes nothing. `filename` is what the uploader called it; empty
        claims nothing. Raises a `FileRefusedError`; nothing is left behind then.
        """
        content = stream.read(self._limit + 1)
        if not content:
            raise FileEmptyError
        if len(content) > self._limit:
            raise FileOverLimitError(limit_mib=self._limit // _MEBIBYTE)
        media_type = media_type_of(content)
        check_name(media_type, filename, self._types)
        digest = hashlib.sha256(content).hexdigest()
        if not self._has(digest):
            inspect(content, media_type)
            self._save(digest, content)
        return StoredFile(digest, len(content), media_type)

    def open(self, digest: str) -> IO[bytes]:
        """Open the content with this SHA-256 for reading; it is hashed anew first.

        Raises `NotFoundError` for an unknown or malformed digest (no name is ever made from it),
        `FileDamagedError` when the bytes have changed since they were stored.
        """
        if not _DIGEST.fullmatch(digest):
            raise NotFoundError
        content = self._load(digest)
        if content is None:
            if self._common is None:
                raise NotFoundError
            return self._common.open(digest)
        if hashlib.sha256(content).hexdigest() != digest:
            raise FileDamagedError
        return BytesIO(content)

    def read(self, digest: str) -> bytes:
        """Return the content with this SHA-256; raises like `open`."""
        with self.open(digest) as file:
            return file.read()

    def remove(self, digest: str) -> None:
        """Forget a file nobody refers to any more; one that is not there is no failure."""
        if _DIGEST.fullmatch(digest):
            self._drop(digest)

    @abstractmethod
    def _has(self, digest: str) -> bool: ...

    @abstractmethod
    def _save(self, digest: str, content: bytes) -> None: ...

    @abstractmethod
    def _load(self, digest: str) -> bytes | None: ...

    @abstractmethod
    def _drop(self, digest: str) -> None: ...


class FolderStore(FileStore):
    """Evidence in a folder of this machine: `ab/cd/<digest>`, written in one step."""

    def __init__(
        self,
        folder: Path,
        limit: int = LARGEST,
        types: Iterable[str] = DEFAULT_TYPES,
        common: FileStore | None = None,
    ) -> None:
        """Keep files of at most `limit` bytes under `folder`, which is made if need be."""
        super().__init__(limit, types, common)
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest

    def _has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def _load(self, digest: str) -> bytes | None:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def _drop(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _save(self, digest: str, content: bytes) -> None:
        """Flush the content to disk before it gets its name: a name always means whole content."""
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
