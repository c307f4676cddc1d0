"""The archive: a tar whose last members tell every other one's size and SHA-256.

    databases/<service>.dump   PostgreSQL's custom format
    evidence/…  heads/…  keys/…  rehearsal-clock.json
    manifest.json              what is inside, from which version and when
    manifest.sha256            the digest of the manifest

It is written under a hidden name and gets its own only when it is whole and on the disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from shared.backup.errors import ArchiveRefusedError

FORMAT = "wenxiao-backup/1"
MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.sha256"
PARTIAL = ".partial"
LARGEST_MANIFEST = 256 * 1024 * 1024
AREAS = ("databases/", "evidence/", "heads/", "keys/", "rehearsal-clock.json")


@dataclass(frozen=True, slots=True)
class SavedDatabase:
    """One service's database: its schema's revision, and what must be found after a restore."""

    revision: str
    rows: dict[str, int]
    """Rows of each table."""
    sealed: int
    """Position of the last sealed trail record."""

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself."""

    version: str
    made_at: str
    server_version: int
    databases: dict[str, SavedDatabase]
    evidence: str
    """`folder` when the files are inside, `bucket` when they are kept elsewhere."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Member → size in bytes and SHA-256."""

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as it is written."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Manifest:
        """Read a manifest; raise `ValueError`, `KeyError` or `TypeError` when it is none."""
        if content["format"] != FORMAT:
            raise ValueError(f"unknown format {content['format']!r}")
        return cls(
            version=str(content["version"]),
            made_at=str(content["made_at"]),
            server_version=int(content["server_version"]),
            databases={name: SavedDatabase(**each) for name, each in content["databases"].items()},
            evidence=str(content["evidence"]),
            files={name: (int(size), str(sha)) for name, (size, sha) in content["files"].items()},
        )


class ArchiveWriter:
    """Writes one archive. `finish` gives it its name; without it nothing is left."""

    def __init__(self, path: Path) -> None:
        """Begin under a hidden name beside `path`, closed to others."""
        self._path = path
        self._partial = path.with_name(f".{path.name}{PARTIAL}")
        descriptor = os.open(self._partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        fcntl.flock(self._file, fcntl.LOCK_EX)  # tells a later backup that somebody writes here
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 (closed by `finish`)
        self.folder = path.parent
        self.files: dict[str, tuple[int, str]] = {}

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Add `size` bytes of `source` as member `name`; return their SHA-256."""
        reading = _Digesting(source)
        self._tar.addfile(_member(name, size), reading)
        self.files[name] = (size, reading.digest)
        return reading.digest

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self.add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> Path:
        """Write the manifest, put everything on the disk, give the archive its name."""
        text = json.dumps(manifest.to_json(), ensure_ascii=False, sort_keys=True, indent=1).encode()
        for name, content in (
            (MANIFEST, text),
            (MANIFEST_DIGEST, hashlib.sha256(text).hexdigest().encode()),
        ):
            self._tar.addfile(_member(name, len(content)), io.BytesIO(content))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._partial.rename(self._path)
        self._file.close()
        sync_folder(self._path.parent)
        return self._path

    def abandon(self) -> None:
        """Leave nothing behind; harmless after `finish`."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Delete what killed backups left in `folder`, never what is being written; return how many."""
    gone = 0
    for path in folder.glob(f".*{PARTIAL}"):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            path.unlink()
            gone += 1
    return gone


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ArchiveReader:
    """A whole archive, every byte of its members checked; see `open_archive`."""

    def __init__(self, path: Path, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._tar = tar

    def names(self, area: str) -> list[str]:
        """Return the members below `area`, in order."""
        return [name for name in self.manifest.files if name.startswith(area)]

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member; `KeyError` when there is none."""
        member = self._tar.extractfile(name)
        if member is None:
            raise KeyError(name)
        with member:
            yield member

    def read(self, name: str) -> bytes:
        """Return the content of a small member."""
        with self.open(name) as member:
            return member.read()


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Check an archive to the last byte, then give it for reading.

    Raises `ArchiveRefusedError` when it is no archive of ours, or not what its manifest says.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            manifest = _checked(tar)
            yield ArchiveReader(path, tar, manifest)
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveRefusedError(archive=path, reason="文件损坏，或不是问效的备份") from error
    except _DamagedError as error:
        raise ArchiveRefusedError(archive=path, reason=str(error)) from error


class _DamagedError(Exception):
    pass


def _checked(tar: tarfile.TarFile) -> Manifest:
    found: dict[str, tuple[int, str]] = {}
    last: dict[str, bytes] = {}
    for member in tar:
        source = tar.extractfile(member) if member.isreg() else None
        if source is None or member.name in found or member.name in last:
            raise _DamagedError(f"其中有不该有的内容 {member.name!r}")
        if member.name in (MANIFEST, MANIFEST_DIGEST):
            last[member.name] = source.read(LARGEST_MANIFEST)
            continue
        if not member.name.startswith(AREAS) or ".." in Path(member.name).parts:
            raise _DamagedError(f"其中有不该有的内容 {member.name!r}")
        reading = _Digesting(source)
        while reading.read(1024 * 1024):
            pass
        found[member.name] = (member.size, reading.digest)
    text = last.get(MANIFEST, b"")
    if hashlib.sha256(text).hexdigest().encode() != last.get(MANIFEST_DIGEST):
        raise _DamagedError("文件不完整，或清单被改动")
    try:
        manifest = Manifest.from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _DamagedError("清单不是本程序认识的格式，可能来自更新的版本") from error
    if manifest.files != found:
        wrong = sorted(
            name
            for name in {*manifest.files, *found}
            if manifest.files.get(name) != found.get(name)
        )
        raise _DamagedError(f"内容与清单不符：{'、'.join(wrong[:5])} 等 {len(wrong)} 项")
    return manifest


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


class _Digesting(io.RawIOBase):
    """Reads on from a source and digests what passes."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int | None = -1, /) -> bytes:
        content = self._source.read(-1 if size is None else size)
        self._digest.update(content)
        return content
