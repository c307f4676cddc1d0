"""Act: take a file into the evidence store and remember who brought it (SL21-7.4)."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.files import uploads
from shared.files.store import FileStore
from shared.files.uploads import UploadRow


def keep_upload(
    uow: UnitOfWork, clock: Clock, actor: Actor, store: FileStore, upload: tuple[IO[bytes], str]
) -> UploadRow:
    """Keep a signed scan or other evidence (stream, file name) and return its record.

    Raises `FileRefusedError` for an empty, oversized or unknown kind of file.
    """
    require(actor, "monitoring.file.upload")
    return uploads.keep_upload(uow, clock, actor, store, upload)


def keep_import(
    uow: UnitOfWork, clock: Clock, actor: Actor, store: FileStore, upload: tuple[bytes, str]
) -> UploadRow:
    """Keep a treasury file (content, file name) between looking at it and confirming it.

    Raises `FileRefusedError` like `keep_upload`.
    """
    require(actor, "monitoring.execution.import")
    content, filename = upload
    return uploads.keep_upload(uow, clock, actor, store, (BytesIO(content), filename))
