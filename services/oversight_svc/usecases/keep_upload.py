"""Act: take a file into the evidence store and remember who brought it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.files import uploads
from shared.files.store import FileStore
from shared.files.uploads import UploadRow, use_upload


def keep_upload(
    uow: UnitOfWork, clock: Clock, actor: Actor, store: FileStore, upload: tuple[IO[bytes], str]
) -> UploadRow:
    """Keep a scan or other evidence (stream, file name) and return its record.

    Raises `FileRefusedError` for an empty, oversized or unknown kind of file.
    """
    require(actor, "oversight.file.upload")
    return uploads.keep_upload(uow, clock, actor, store, upload)


def own_uploads(
    uow: UnitOfWork, clock: Clock, actor: Actor, digests: Sequence[str], path: str = "scan"
) -> list[UploadRow]:
    """Mark the files `actor` brought as used and return them, each once; empty ones left out.

    Raises `InvalidInputError` for a file somebody else brought or nobody did: an act never points
    to a file its actor has not shown.
    """
    found = [use_upload(uow, clock, actor, digest, path) for digest in dict.fromkeys(digests)]
    return [row for row in found if row is not None]
