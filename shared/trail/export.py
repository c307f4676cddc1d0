"""Streams a service's sealed trail for the verifier, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.trail.content import CONTENT_COLUMNS, record_content
from shared.trail.tables import TrailRow
from shared.trail.verifier import EXPORT_FORMAT, canonical

ROWS_AT_ONCE = 1000


def export_trail(session: Session, service: str) -> Iterator[bytes]:
    """Yield the header and every sealed record, each a line ending in a line feed.

    Rows sealed while the export runs may be in it; rows not sealed yet are not.
    """
    yield canonical({"format": EXPORT_FORMAT, "service": service}) + b"\n"
    after = 0
    while True:
        rows = (
            session.execute(
                select(*CONTENT_COLUMNS, TrailRow.position, TrailRow.digest)
                .where(TrailRow.position > after)
                .order_by(TrailRow.position)
                .limit(ROWS_AT_ONCE)
            )
            .mappings()
            .all()
        )
        for row in rows:
            seal = {"position": row["position"], "digest": row["digest"]}
            yield canonical({**record_content(row), **seal}) + b"\n"
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1]["position"]
