"""Act: hand a post over on the strength of the signed 移交单; work and tenure follow (SL21-R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.handover import (
    HandoverFacts,
    OpenItem,
    handover_code,
    handover_problems,
)
from services.oversight_svc.store.handovers import HandoverRow
from services.oversight_svc.store.open_items import items_of
from services.oversight_svc.store.people import (
    PostRow,
    find_account,
    find_post,
    present_holders,
)
from services.oversight_svc.usecases.assign_post import AssignPost, assign_post
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError, NotFoundError
from shared.files.uploads import use_upload
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class HandOverPost:
    """Give a post to `account_id` from `effective_on` on; `scan_digest` is the signed 移交单.

    `accepts_changes` says that items which came or went after printing were explained.
    """

    post_id: UUID
    account_id: UUID
    effective_on: date
    printed_code: str
    scan_digest: str
    accepts_changes: bool = False


def hand_over_post(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: HandOverPost
) -> HandoverRow:
    """Return the handover; the former holder's tenure ends the day before, open items stay.

    Tasks belong to the post's roles and place, so they appear at the successor's desk by
    themselves. Raises `InvalidInputError` with every problem, `PostUnsoundError` when the
    successor holds a duty to be kept apart, `NotFoundError` for an unknown post or account.
    """
    require(actor, "oversight.post.assign")
    session, region = uow.session, actor.scope.region
    post = find_post(session, region, command.post_id)
    account = find_account(session, region, command.account_id)
    if post is None or account is None:
        raise NotFoundError
    present = present_holders(session, post, clock.today())
    items = items_of(session, post, clock.today())
    facts = HandoverFacts(
        holders=frozenset(each.account_id for each in present),
        successor=account.account_id,
        confirmer=actor.account_id,
        effective_on=command.effective_on,
        today=clock.today(),
        scan_digest=command.scan_digest,
        printed_code=command.printed_code,
        present_code=handover_code(post.post_id, items),
        accepts_changes=command.accepts_changes,
    )
    if problems := handover_problems(facts):
        raise InvalidInputError(problems)
    scan = use_upload(uow, clock, actor, command.scan_digest)
    basis = f"移交单 {command.printed_code}"
    assign_post(
        uow,
        clock,
        actor,
        AssignPost(post.post_id, account.account_id, command.effective_on, None, False, basis),  # noqa: FBT003
    )
    row = _row(actor, post, facts, items)
    row.confirmed_at, row.to_name = clock.now(), account.name
    row.from_names = "、".join(each.name for each in present)
    row.scan_name = scan.filename if scan else ""
    session.add(row)
    _tell(uow, actor, row)
    return row


def _row(actor: Actor, post: PostRow, facts: HandoverFacts, items: list[OpenItem]) -> HandoverRow:
    return HandoverRow(
        region_code=post.region_code,
        handover_id=new_id(),
        post_id=post.post_id,
        post_name=post.name,
        to_account=facts.successor,
        effective_on=facts.effective_on,
        printed_code=facts.printed_code,
        present_code=facts.present_code,
        scan_digest=facts.scan_digest,
        open_count=len(items),
        overdue_count=sum(item.is_overdue for item in items),
        items=[
            {
                "task_id": str(item.task_id),
                "kind": item.kind,
                "title": item.title,
                "unit": item.unit,
                "due_on": item.due_on.isoformat() if item.due_on else None,
            }
            for item in items
        ],
        confirmed_by=actor.account_id,
        confirmer_name=actor.name,
    )


def _tell(uow: UnitOfWork, actor: Actor, row: HandoverRow) -> None:
    after = {
        "from": row.from_names,
        "to": row.to_name,
        "effective_on": row.effective_on.isoformat(),
        "open_items": row.open_count,
        "overdue": row.overdue_count,
        "printed_code": row.printed_code,
        "scan": row.scan_digest,
    }
    subject = ("oversight.post", row.post_id, row.post_name)
    record(uow, actor, "oversight.post.hand_over", subject, after=after)
