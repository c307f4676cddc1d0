"""Files that somebody put into the evidence store: only who brought one may use it.

A file is brought first and used later (a preview is confirmed, a form is submitted). What was not
used within a day is forgotten by a job.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING

from sqlalchemy import Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import FrameBase, RegionCode
from shared.errors import FieldProblem, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork
    from shared.files.store import FileStore

LONGEST_NAME = 200
UNUSED_AFTER = timedelta(days=1)
_CHUNK = 200
# Uploads share this lock, the job takes it alone: a file is never forgotten while it is brought.
_UPLOADING = text("select pg_advisory_xact_lock_shared(hashtextextended('wenxiao:uploads', 0))")
_FORGETTING = text("select pg_advisory_xact_lock(hashtextextended('wenxiao:uploads', 0))")


class UploadRow(FrameBase):
    """One file brought by one account; its content lies in the evidence store under `digest`."""

    __tablename__ = "upload"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    uploader: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_upload_unused", "uploaded_at", postgresql_where=text("used_at is null")),
        Index("ix_upload_digest", "digest"),
    )


def keep_upload(
    uow: UnitOfWork, clock: Clock, actor: Actor, store: FileStore, upload: tuple[IO[bytes], str]
) -> UploadRow:
    """Keep `upload` (stream, file name) and return its record; the right is the caller's matter.

    Raises a `FileRefusedError` for what the store does not take.
    """
    stream, filename = upload
    uow.session.execute(_UPLOADING)
    kept = store.put(stream, filename)
    row = find_upload(uow.session, actor, kept.digest)
    if row is None:
        row = UploadRow(
            region_code=actor.scope.region, uploader=uploader_of(actor), digest=kept.digest
        )
        uow.session.add(row)
    row.filename = filename[-LONGEST_NAME:]
    row.media_type, row.size, row.uploaded_at = kept.media_type, kept.size, clock.now()
    uow.session.flush()
    return row


def uploader_of(actor: Actor) -> str:
    """Return what names `actor` in `UploadRow.uploader`: the account, or a machine's name."""
    return str(actor.account_id or actor.name)


def find_upload(session: Session, actor: Actor, digest: str) -> UploadRow | None:
    """Return the file `actor` brought under this digest, `None` when somebody else did."""
    return session.get(UploadRow, (actor.scope.region, uploader_of(actor), digest))


def use_upload(
    uow: UnitOfWork, clock: Clock, actor: Actor, digest: str, path: str = "scan"
) -> UploadRow | None:
    """Mark a file as used for good and return its record; an empty digest is left to the rule.

    Raises `InvalidInputError` at field `path` when `digest` names a file `actor` did not bring.
    """
    if not digest:
        return None
    row = find_upload(uow.session, actor, digest)
    if row is None:
        message = "没有找到您上传的这个文件（未使用的文件只保留一天），请重新上传。"
        raise InvalidInputError([FieldProblem(path, "unknown_file", message)])
    row.used_at = row.used_at or clock.now()
    return row


def read_upload(session: Session, actor: Actor, store: FileStore, digest: str) -> tuple[bytes, str]:
    """Return content and name of a file `actor` brought; raise `NotFoundError` for any other."""
    row = find_upload(session, actor, digest)
    if row is None:
        raise NotFoundError
    return store.read(digest), row.filename


def forget_unused(store: FileStore) -> Callable[[UnitOfWork, Clock, Actor], None]:
    """Return the job that forgets files nobody used within a day, a bounded number in one run."""

    def forget(uow: UnitOfWork, clock: Clock, actor: Actor) -> None:  # noqa: ARG001 (a job act)
        session = uow.session
        session.execute(_FORGETTING)
        unused = session.scalars(
            select(UploadRow)
            .where(UploadRow.used_at.is_(None), UploadRow.uploaded_at < clock.now() - UNUSED_AFTER)
            .order_by(UploadRow.uploaded_at)
            .limit(_CHUNK)
        ).all()
        digests = {row.digest for row in unused}
        for row in unused:
            session.delete(row)
        session.flush()
        wanted = select(UploadRow.digest).where(UploadRow.digest.in_(digests))
        for digest in digests - set(session.scalars(wanted)):
            store.remove(digest)

    return forget
