"""Who may be named as driver of findings (督办人): the people of the body that raised them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import and_, cast, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from services.oversight_svc.store.people import AccountRow, PostRow, TenureRow


def drivers(
    session: Session, region: str, roles: Collection[str], today: date
) -> Mapping[UUID, str]:
    """Return account → name of those who hold a post with one of `roles` on `today`, by name."""
    has_role = cast(PostRow.roles, JSONB).has_any(
        cast(literal(sorted(roles), ARRAY(Text)), ARRAY(Text))
    )
    query = (
        select(AccountRow.account_id, AccountRow.name)
        .join(
            TenureRow,
            and_(
                TenureRow.region_code == AccountRow.region_code,
                TenureRow.account_id == AccountRow.account_id,
            ),
        )
        .join(
            PostRow,
            and_(
                PostRow.region_code == TenureRow.region_code,
                PostRow.post_id == TenureRow.post_id,
            ),
        )
        .where(
            AccountRow.region_code == region,
            AccountRow.state == "active",
            TenureRow.started_on <= today,
            or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= today),
            has_role,
        )
        .distinct()
        .order_by(AccountRow.name, AccountRow.account_id)
    )
    return dict(session.execute(query).all())
