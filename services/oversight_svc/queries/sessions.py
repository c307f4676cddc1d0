"""Who is signed in, and who was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.store.people import AccountRow, PostRow, SessionRow
from shared.web.paging import USUAL, Key, Page, fetch_page


def list_sessions(
    session: Session,
    region: str,
    now: datetime,
    *,
    text: str = "",
    state: str = "",
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[Any]:
    """Return a page of (session, account, post), the newest first.

    `text` is part of name or login; `state` is `open` (still good at `now`) or `ended`.
    """
    row = SessionRow
    query = (
        select(row, AccountRow, PostRow)
        .join(
            AccountRow,
            and_(
                AccountRow.region_code == row.region_code, AccountRow.account_id == row.account_id
            ),
        )
        .outerjoin(
            PostRow, and_(PostRow.region_code == row.region_code, PostRow.post_id == row.post_id)
        )
        .where(row.region_code == region)
    )
    if text:
        query = query.where(
            or_(
                AccountRow.name.contains(text, autoescape=True),
                AccountRow.login.contains(text.lower(), autoescape=True),
            )
        )
    is_open = and_(row.ended_at.is_(None), row.expires_at > now)
    if state:
        query = query.where(is_open if state == "open" else ~is_open)
    keys = (Key(row.created_at, descending=True), Key(row.session_id, descending=True))
    return fetch_page(session, query, keys, cursor=cursor, limit=limit)
