"""Act: take a report, a signed scan or an attachment into the evidence store (SL21-7.4)."""

from __future__ import annotations

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
    """Keep the file (stream, file name) and return its record.

    Raises `FileRefusedError` for an empty, oversized or unknown kind of file.
    """
    require(actor, "evaluation.file.upload")
    return uploads.keep_upload(uow, clock, actor, store, upload)
