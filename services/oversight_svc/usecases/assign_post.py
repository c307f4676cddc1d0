"""Act: appoint somebody to a post, as holder or substitute; tenure is kept for ever (SL21-R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from services.oversight_svc.domain.posts import check_separation, may_substitute
from services.oversight_svc.store.people import (
    PostRow,
    TenureRow,
    find_account,
    find_post,
    open_sessions,
)
from services.oversight_svc.usecases.recording import record
from services.oversight_svc.usecases.sessions import end_session
from shared.access.actor import Actor
from shared.access.rights import act_label, require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, ForbiddenError, InvalidInputError, NotFoundError
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class AssignPost:
    """Appoint `account_id` from `started_on` on; a substitute needs an end date.

    Appointing a holder ends the former holder's tenure the day before (handover). Without the
    signed 移交单 (`on_paper` false) only a vacant post is filled.
    """

    post_id: UUID
    account_id: UUID
    started_on: date
    ended_on: date | None
    is_substitute: bool
    basis: str
    on_paper: bool = True


def assign_post(uow: UnitOfWork, clock: Clock, actor: Actor, command: AssignPost) -> TenureRow:
    """Return the tenure.

    Raises `InvalidInputError` when the dates do not fit, `PostUnsoundError` when one person would
    hold duties to be kept apart, `ForbiddenError` for a substitute of a post beyond one's reach.
    """
    act = "oversight.post.substitute" if command.is_substitute else "oversight.post.assign"
    require(actor, act)
    region = actor.scope.region
    post = find_post(uow.session, region, command.post_id)
    account = find_account(uow.session, region, command.account_id)
    if post is None or account is None:
        raise NotFoundError
    _check(command)
    _check_right(actor, post, command)
    _check_duties(uow, post, command)
    if not command.is_substitute and not command.on_paper:
        _check_vacant(uow, post, command.started_on)
    former = [] if command.is_substitute else _hand_over(uow, clock, actor, post, command)
    tenure = TenureRow(
        region_code=region,
        tenure_id=new_id(),
        post_id=post.post_id,
        account_id=account.account_id,
        is_substitute=command.is_substitute,
        started_on=command.started_on,
        ended_on=command.ended_on,
        basis=command.basis.strip(),
    )
    uow.session.add(tenure)
    after = {
        "account": account.name,
        "started_on": command.started_on.isoformat(),
        "ended_on": command.ended_on.isoformat() if command.ended_on else None,
        "former": former,
    }
    subject = ("oversight.post", post.post_id, post.name)
    record(uow, actor, act, subject, after=after, comment=command.basis.strip())
    return tenure


def _check(command: AssignPost) -> None:
    problems = []
    if not command.basis.strip():
        problems.append(FieldProblem("basis", "missing", "请填写任免或替补的依据。"))
    if command.is_substitute and command.ended_on is None:
        problems.append(FieldProblem("ended_on", "missing", "替补须有截止日期。"))
    if command.ended_on is not None and command.ended_on < command.started_on:
        problems.append(FieldProblem("ended_on", "before_start", "截止日期不能早于开始日期。"))
    if problems:
        raise InvalidInputError(problems)


def _check_right(actor: Actor, post: PostRow, command: AssignPost) -> None:
    same_unit = post.unit_id is not None and post.unit_id == actor.unit_id
    if command.is_substitute and not may_substitute(actor.roles, post.roles, same_unit=same_unit):
        raise ForbiddenError(act=act_label("oversight.post.substitute"))


def _check_duties(uow: UnitOfWork, post: PostRow, command: AssignPost) -> None:
    """Refuse a person whose other posts in that time must be kept apart from this one."""
    query = (
        select(PostRow.roles)
        .join(
            TenureRow,
            (TenureRow.region_code == PostRow.region_code) & (TenureRow.post_id == PostRow.post_id),
        )
        .where(
            TenureRow.region_code == post.region_code,
            TenureRow.account_id == command.account_id,
            or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= command.started_on),
            PostRow.state == "active",
        )
    )
    if command.ended_on is not None:
        query = query.where(TenureRow.started_on <= command.ended_on)
    others = {role for roles in uow.session.scalars(query) for role in roles}
    check_separation(others | set(post.roles))


def _check_vacant(uow: UnitOfWork, post: PostRow, on: date) -> None:
    held = select(TenureRow.tenure_id).where(
        TenureRow.region_code == post.region_code,
        TenureRow.post_id == post.post_id,
        TenureRow.is_substitute.is_(False),
        or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= on),
    )
    if uow.session.scalars(held.limit(1)).first() is not None:
        message = "该岗位现有任职人，换人须办理岗位交接（签字的移交单）；这里可以指定替补。"
        raise InvalidInputError([FieldProblem("account_id", "held", message)])


def _hand_over(
    uow: UnitOfWork, clock: Clock, actor: Actor, post: PostRow, command: AssignPost
) -> list[str]:
    """End the present holders' tenure the day before and end their sessions in this post."""
    query = select(TenureRow).where(
        TenureRow.region_code == post.region_code,
        TenureRow.post_id == post.post_id,
        TenureRow.is_substitute.is_(False),
        or_(TenureRow.ended_on.is_(None), TenureRow.ended_on >= command.started_on),
    )
    former = []
    for tenure in uow.session.scalars(query.with_for_update()).all():
        if tenure.started_on >= command.started_on:
            message = "该岗位在这一天之后已有任命，请先核对任职记录。"
            raise InvalidInputError([FieldProblem("started_on", "overlap", message)])
        tenure.ended_on = command.started_on - timedelta(days=1)
        former.append(str(tenure.account_id))
        sessions = open_sessions(
            uow.session, post.region_code, tenure.account_id, post_id=post.post_id
        )
        if tenure.ended_on < clock.today():
            for row in sessions:
                end_session(uow, clock, actor, row, "post_handed_over")
    return former
