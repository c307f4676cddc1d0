"""Whose eyes a case is for: the proposing body, the competent body once sent, and the members.

Units do not see cases about them here; what they are told is the competent body's letter.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import Session

from services.oversight_svc.domain.accountability import DECIDERS
from services.oversight_svc.domain.accountability_members import (
    MEMBER_ROLES,
    MemberBody,
    bodies_of,
)
from services.oversight_svc.store.accountability import CaseMemberRow, CaseRow
from shared.access.actor import Actor
from shared.terms.vocabulary import RaisingBody


def sight_filter(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a case of the actor's region is for the actor's eyes."""
    proposing = [
        body.value
        for body in RaisingBody
        if not MEMBER_ROLES[MemberBody(body.value)].isdisjoint(actor.roles)
    ]
    deciding = [body.value for body, role in DECIDERS.items() if role in actor.roles]
    member = exists().where(
        CaseMemberRow.region_code == CaseRow.region_code,
        CaseMemberRow.fiscal_year == CaseRow.fiscal_year,
        CaseMemberRow.case_id == CaseRow.case_id,
        CaseMemberRow.body.in_([body.value for body in bodies_of(actor.roles)]),
    )
    return and_(
        CaseRow.region_code == actor.scope.region,
        or_(
            CaseRow.proposed_by_body.in_(proposing),
            and_(CaseRow.receiver.in_(deciding), CaseRow.sent_on.is_not(None)),
            member,
        ),
    )


def may_see(session: Session, actor: Actor, case: CaseRow) -> bool:
    """Tell whether the case is for the actor's eyes."""
    found = session.query(CaseRow.case_id).where(
        sight_filter(actor),
        CaseRow.fiscal_year == case.fiscal_year,
        CaseRow.case_id == case.case_id,
    )
    return session.query(found.exists()).scalar() or False
