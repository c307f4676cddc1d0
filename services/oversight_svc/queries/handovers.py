"""Who may see what a post has open, and the handovers there were."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.store.handovers import HandoverRow
from services.oversight_svc.store.people import PostRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.errors import NotFoundError
from shared.files.uploads import UploadRow

MOST_FILES = 30
_HEADS = frozenset({"unit_head", "dept_head"})


def sees_items(actor: Actor, post: PostRow) -> bool:
    """Tell whether `actor` may read what a post has open.

    The holder may, the head of the post's unit, and the 绩效管理机构 for posts of offices. The
    three administrators see counts and never business.
    """
    if actor.post_id == post.post_id:
        return True
    if post.unit_id is not None:
        return post.unit_id == actor.unit_id and bool(actor.roles & _HEADS)
    return post.office is not None and "fin_perf" in actor.roles


def opens_handover(actor: Actor, post: PostRow) -> bool:
    """Tell whether the page of a post's handover is for `actor`: to read it or to confirm it."""
    return sees_items(actor, post) or is_allowed(actor, "oversight.post.assign")


def handovers_of(session: Session, post: PostRow) -> Sequence[HandoverRow]:
    """Return the confirmed handovers of a post, the newest first."""
    query = (
        select(HandoverRow)
        .where(HandoverRow.region_code == post.region_code, HandoverRow.post_id == post.post_id)
        .order_by(HandoverRow.confirmed_at.desc(), HandoverRow.handover_id)
    )
    return session.scalars(query).all()


def get_handover(session: Session, region: str, post_id: UUID, handover_id: UUID) -> HandoverRow:
    """Return one handover of a post; raise `NotFoundError` when there is none."""
    row = session.get(HandoverRow, (region, handover_id))
    if row is None or row.post_id != post_id:
        raise NotFoundError
    return row


def files_brought(session: Session, region: str, account_id: UUID | None) -> Sequence[UploadRow]:
    """Return the files an account brought and used here, the newest first."""
    query = (
        select(UploadRow)
        .where(
            UploadRow.region_code == region,
            UploadRow.uploader == str(account_id),
            UploadRow.used_at.is_not(None),
        )
        .order_by(UploadRow.uploaded_at.desc(), UploadRow.digest)
        .limit(MOST_FILES)
    )
    return session.scalars(query).all()
