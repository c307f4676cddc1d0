"""Who was responsible for a unit on a day: heads and post holders, gone or not (SL21-R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.oversight_svc.domain.accountability_proof import Capacity, NamedPerson, in_office
from services.oversight_svc.domain.posts import UNIT_ROLES
from services.oversight_svc.store.handovers import UnitHeadRow, heads_of
from services.oversight_svc.store.people import AccountRow, PostRow, TenureRow
from shared.directory.tables import UnitRow

_OF_PROJECTS = "project_owner"


@dataclass(frozen=True, slots=True)
class Responsible:
    """A tenure that covers the day asked about; `ref` names it in forms for good."""

    ref: str
    person: NamedPerson


def responsible_on(session: Session, unit: UnitRow, on: date) -> list[Responsible]:
    """Return who headed the unit that day and who held its posts, heads first.

    A head known from the unit list alone counts with an unknown beginning.
    """
    heads = heads_of(session, unit.region_code, unit.unit_id)
    found = [_of_head(each) for each in heads]
    if not heads and unit.head_name:
        listed = NamedPerson(
            unit.unit_id, unit.head_name, "负责人", Capacity.UNIT_HEAD, None, None, "单位名录"
        )
        found.append(Responsible(f"unit:{unit.unit_id}", listed))
    found += [_of_post(unit, *row) for row in _tenures(session, unit, on)]
    return [each for each in found if in_office(each.person.started_on, each.person.ended_on, on)]


def _of_head(row: UnitHeadRow) -> Responsible:
    person = NamedPerson(
        row.unit_id,
        row.name,
        row.title or "负责人",
        Capacity.UNIT_HEAD,
        row.started_on,
        row.ended_on,
        row.document_number or "单位名录",
    )
    return Responsible(f"head:{row.tenure_id}", person)


def _of_post(unit: UnitRow, tenure: TenureRow, post: PostRow, account: AccountRow) -> Responsible:
    owns = _OF_PROJECTS in post.roles
    title = post.name.removeprefix(unit.name).strip() or post.name
    person = NamedPerson(
        unit.unit_id,
        account.name,
        f"{title}{'（替补）' if tenure.is_substitute else ''}",
        Capacity.PROJECT_OWNER if owns else Capacity.POST_HOLDER,
        tenure.started_on,
        tenure.ended_on,
        tenure.basis,
    )
    return Responsible(f"post:{tenure.tenure_id}", person)


def _tenures(
    session: Session, unit: UnitRow, on: date
) -> Sequence[tuple[TenureRow, PostRow, AccountRow]]:
    query = (
        select(TenureRow, PostRow, AccountRow)
        .join(
            PostRow,
            (PostRow.region_code == TenureRow.region_code) & (PostRow.post_id == TenureRow.post_id),
        )
        .join(
            AccountRow,
            (AccountRow.region_code == TenureRow.region_code)
            & (AccountRow.account_id == TenureRow.account_id),
        )
        .where(
            TenureRow.region_code == unit.region_code,
            PostRow.unit_id == unit.unit_id,
            or_(*(PostRow.roles.has_key(role) for role in sorted(UNIT_ROLES))),
            TenureRow.started_on <= on,
            or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= on),
        )
        .order_by(TenureRow.is_substitute, PostRow.name, TenureRow.tenure_id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def units_of(session: Session, region: str, unit_ids: Sequence[UUID]) -> list[UnitRow]:
    """Return units of the region by id, in the order of their codes."""
    query = (
        select(UnitRow)
        .where(UnitRow.region_code == region, UnitRow.unit_id.in_(unit_ids))
        .order_by(UnitRow.code)
    )
    return list(session.scalars(query))
