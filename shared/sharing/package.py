"""Writes a share package: a Frictionless data package with manifest, signature and delivery note.

The format is the verifier's (`verify_share.py`), whose encoding and container are used here, so
that the two cannot drift apart. Rows are written as they come: memory does not grow with them, and
the same delivery always gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any

from shared.crypto.keys import SigningKey
from shared.sharing.verify_share import (
    FORMAT,
    MANIFEST,
    SIGNATURE,
    canonical,
    chain_start,
    chained,
    digest_of,
    write_container,
)

Record = Mapping[str, str]
"""A shared record: field name → text; amounts in 元 with two decimals, dates as 2023-10-10."""


@dataclass(frozen=True, slots=True)
class SharedField:
    """One column: its name, Chinese title and Frictionless type."""

    name: str
    title: str
    kind: str = "string"


@dataclass(frozen=True, slots=True)
class Resource:
    """One table of a package; every record has exactly the `fields`."""

    name: str
    title: str
    fields: tuple[SharedField, ...]
    records: Iterable[Record]


@dataclass(frozen=True, slots=True)
class WrittenResource:
    """What was written of a resource: how many records, and their chained digest."""

    name: str
    title: str
    rows: int
    chain: str


@dataclass(slots=True)
class _Member:
    """A file of the package on its way, hashed while it is written."""

    path: str
    file: IO[bytes]
    size: int = 0
    running: Any = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> None:
        self.file.write(content)
        self.size += len(content)
        self.running.update(content)

    @property
    def digest(self) -> str:
        return f"sha256:{self.running.hexdigest()}"


NoteWriter = Callable[[list[WrittenResource]], str]
"""Makes the printable delivery note (HTML) from what was written."""


def write_package(
    target: IO[bytes],
    delivery: Mapping[str, str],
    resources: Iterable[Resource],
    note: NoteWriter,
    key: SigningKey,
) -> list[WrittenResource]:
    """Write the package to `target`, a seekable file; return what each resource came to.

    `delivery` is signed as it is and shown by the verifier; it names at least `delivery_id`,
    `grant`, `purpose` and `created`.
    """
    written: list[WrittenResource] = []
    described: list[dict[str, Any]] = []
    listed: list[dict[str, Any]] = []
    with ExitStack() as stack:

        def member(path: str) -> _Member:
            return _Member(path, stack.enter_context(tempfile.TemporaryFile()))

        tables: list[_Member] = []
        for resource in resources:
            table = member(f"data/{resource.name}.csv")
            digests = member(f"digests/{resource.name}.txt")
            result = _write_records(resource, table, digests)
            written.append(result)
            tables += [table, digests]
            described.append(_described(resource, table))
            listed.append(
                {
                    "name": resource.name,
                    "path": table.path,
                    "digests": digests.path,
                    "rows": result.rows,
                    "chain": result.chain,
                }
            )
        description, paper = member("datapackage.json"), member("delivery-note.html")
        description.write(canonical(_data_package(delivery, described)))
        paper.write(note(written).encode())
        members = [description, *tables, paper]
        manifest = _manifest(delivery, members, listed)
        write_container(target, _contents(members, manifest, key))
    return written


def record_digest(record: Record) -> str:
    """Return the digest of one record, the same in a package and in a pull."""
    return digest_of(canonical(record))


def _manifest(
    delivery: Mapping[str, str], members: Iterable[_Member], listed: list[dict[str, Any]]
) -> bytes:
    files = [{"path": each.path, "bytes": each.size, "digest": each.digest} for each in members]
    content = {"format": FORMAT, "delivery": dict(delivery), "files": files, "resources": listed}
    return canonical(content)


def _contents(
    members: Iterable[_Member], manifest: bytes, key: SigningKey
) -> Iterator[tuple[str, IO[bytes]]]:
    for each in members:
        each.file.seek(0)
        yield each.path, each.file
    yield MANIFEST, io.BytesIO(manifest)
    signed = key.sign(manifest)
    content = {"algorithm": signed.algorithm, "key_id": signed.key_id, "value": signed.value}
    yield SIGNATURE, io.BytesIO(canonical(content))


def _write_records(resource: Resource, table: _Member, digests: _Member) -> WrittenResource:
    names = [each.name for each in resource.fields]
    table.write(_csv_line(names))
    chain, count = chain_start(resource.name), 0
    for record in resource.records:
        count += 1
        digest = record_digest(record)
        table.write(_csv_line([record[name] for name in names]))
        digests.write(f"{digest}\n".encode())
        chain = chained(chain, digest)
    return WrittenResource(resource.name, resource.title, count, chain)


def _csv_line(values: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()


def _described(resource: Resource, table: _Member) -> dict[str, Any]:
    return {
        "name": resource.name.replace("_", "-"),
        "title": resource.title,
        "path": table.path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": table.size,
        "hash": table.digest,
        "schema": {
            "fields": [
                {"name": each.name, "title": each.title, "type": each.kind}
                for each in resource.fields
            ],
            "missingValues": [""],
        },
    }


def _data_package(delivery: Mapping[str, str], resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": f"wenxiao-share-{delivery['delivery_id']}",
        "title": f"共享数据包 {delivery['grant']}",
        "created": delivery["created"],
        "resources": resources,
    }


def parse_record(content: str) -> Record:
    """Return the record whose canonical form is `content`."""
    record: dict[str, str] = json.loads(content)
    return record
