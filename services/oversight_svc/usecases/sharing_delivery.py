"""Acts under a grant: open a delivery, give a page, give it all as a package, take the receipt.

Every one of them asks first whether the grant is alive, so that revocation and expiry work at once,
in the middle of a running pull too. Every page given is a row with purpose and requester.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, ClassVar
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.sharing_catalogue import CATALOGUE
from services.oversight_svc.domain.sharing_rules import ShareScope, body_of, check_alive
from services.oversight_svc.store.sharing import ShareGrantRow
from services.oversight_svc.store.sharing_deliveries import (
    WHOLE,
    DeliveryPageRow,
    DeliveryRow,
    find_page,
    last_pages,
)
from services.oversight_svc.store.sharing_reading import all_of, fields_of, page_of
from services.oversight_svc.store.sharing_records import close_snapshot
from services.oversight_svc.usecases.sharing_note import delivery_note
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.crypto.keys import SigningKey
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, RuleBrokenError
from shared.ids import new_id
from shared.sharing.package import (
    Record,
    Resource,
    SharedField,
    WrittenResource,
    parse_record,
    write_package,
)
from shared.sharing.verify_share import chain_start, chained
from shared.terms import label_of
from shared.terms.vocabulary import ShareEntry
from shared.trail.record import Act

PULLING = "oversight.sharing.pull"
MOST_RECORDS = 10_000
"""Records on one page: what one request holds in memory."""


class PageOutOfTurnError(RuleBrokenError):
    """A page was asked for before the one ahead of it."""

    code: ClassVar[str] = "page_out_of_turn"
    sentence: ClassVar[str] = "请从第 1 页起逐页读取；第 {number} 页的前一页还没有读取。"


class NotGrantedError(RuleBrokenError):
    """The grant does not cover what was asked for."""

    code: ClassVar[str] = "not_granted"
    sentence: ClassVar[str] = "授权 {number} 不包括「{what}」；请按授权范围读取，或另行申请。"


class ReceiptDiffersError(RuleBrokenError):
    """The receiver reckoned another digest than we did: something was lost or changed."""

    code: ClassVar[str] = "receipt_differs"
    sentence: ClassVar[str] = "「{what}」的摘要与交付记录不一致，没有登记回执；请重新读取后核对。"


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """From which grant; with a project, its evidence: every version of its records."""

    grant_id: UUID
    page_size: int = 1_000
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DeliveredPage:
    """One page: its records as JSON with digests; `next_number` is none on the last one."""

    grant: ShareGrantRow
    entry: ShareEntry
    number: int
    items: str
    chain: str
    next_number: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Entry → chain digest, as the receiver reckoned it from what arrived."""

    delivery_id: UUID
    digests: Mapping[str, str]


def open_delivery(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: OpenDelivery
) -> DeliveryRow:
    """Fix the snapshot a pull reads from; raise `GrantEndedError` or `NotGrantedError`."""
    require(actor, PULLING)
    grant = alive_grant(uow, clock, actor, command.grant_id)
    scope = ShareScope.from_json(grant.scope)
    outside = command.project_id and command.project_id not in scope.project_ids
    if scope.project_ids and outside:
        raise NotGrantedError(number=grant.number, what="这个项目")
    if not 1 <= command.page_size <= MOST_RECORDS:
        message = f"每页条数应在 1 至 {MOST_RECORDS} 之间。"
        raise InvalidInputError([FieldProblem("page_size", "out_of_range", message)])
    row = DeliveryRow(
        region_code=grant.region_code,
        delivery_id=new_id(),
        grant_id=grant.grant_id,
        watermark=close_snapshot(uow.session, grant.region_code),
        page_size=command.page_size,
        project_id=command.project_id,
        opened_at=clock.now(),
        opened_by=actor.account_id,
        opened_by_name=actor.name,
        received_at=None,
        received_by_name="",
        receipt={},
    )
    uow.session.add(row)
    _record(uow, actor, grant, row, "open_delivery", {"watermark": row.watermark})
    return row


def deliver_page(
    uow: UnitOfWork, clock: Clock, actor: Actor, delivery_id: UUID, entry: ShareEntry, number: int
) -> DeliveredPage:
    """Give page `number` of an entry, again the same when it is asked for again.

    Raises `GrantEndedError`, `NotGrantedError`, `PageOutOfTurnError`, `NotFoundError` past the end.
    """
    require(actor, PULLING)
    delivery, grant, scope = _load(uow, clock, actor, delivery_id)
    if entry not in scope.entries:
        raise NotGrantedError(number=grant.number, what=label_of(entry))
    after, chain = 0, chain_start(entry.value)
    if number > 1:
        before = find_page(uow.session, delivery, entry.value, number - 1)
        if before is None:
            raise PageOutOfTurnError(number=number)
        if before.last_position is None:
            raise NotFoundError
        after, chain = before.last_position, before.chain
    read = page_of(uow.session, delivery, scope, entry, after)
    page = _page(actor, delivery, grant, entry, number)
    page.records, page.chain = len(read.digests), chained(chain, *read.digests)
    page.last_position = read.last_position
    _note(uow, clock, actor, delivery, grant, page)
    following = None if read.last_position is None else number + 1
    return DeliveredPage(grant, entry, number, read.items, page.chain, following)


def deliver_package(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    delivery_id: UUID,
    key: SigningKey,
    target: IO[bytes],
) -> list[WrittenResource]:
    """Write the whole delivery as a signed package; the same digests as its pages."""
    require(actor, PULLING)
    delivery, grant, scope = _load(uow, clock, actor, delivery_id)
    facts = delivery_facts(delivery, grant)
    resources = [_resource(uow, delivery, scope, entry) for entry in scope.entries]

    def note(written: list[WrittenResource]) -> str:
        return delivery_note(facts, grant, written, key.key_id)

    written = write_package(target, facts, resources, note, key)
    for each in written:
        page = _page(actor, delivery, grant, ShareEntry(each.name), WHOLE)
        page.records, page.chain, page.last_position = each.rows, each.chain, None
        _note(uow, clock, actor, delivery, grant, page)
    return written


def confirm_receipt(uow: UnitOfWork, clock: Clock, actor: Actor, command: Receipt) -> DeliveryRow:
    """Take the receiver's digests; raise `ReceiptDiffersError` unless each is what was delivered.

    A receipt stays possible after the grant has ended: it says what arrived before.
    """
    require(actor, PULLING)
    delivery = _find_delivery(uow, actor, command.delivery_id)
    grant = _find_grant(uow, actor, delivery.grant_id)
    delivered = last_pages(uow.session, delivery)
    for entry in ShareScope.from_json(grant.scope).entries:
        stated = command.digests.get(entry.value)
        if stated is None or stated != delivered.get(entry.value):
            raise ReceiptDiffersError(what=label_of(entry))
    if delivery.received_at is None:
        delivery.received_at, delivery.received_by_name = clock.now(), actor.name
        delivery.receipt = dict(command.digests)
        _record(uow, actor, grant, delivery, "confirm_receipt", dict(command.digests))
    return delivery


def alive_grant(uow: UnitOfWork, clock: Clock, actor: Actor, grant_id: UUID) -> ShareGrantRow:
    """Return a grant to the actor's body that is neither revoked nor over."""
    grant = _find_grant(uow, actor, grant_id)
    check_alive(grant.number, grant.expires_on, clock.today(), revoked=grant.revoked_at is not None)
    return grant


def delivery_facts(delivery: DeliveryRow, grant: ShareGrantRow) -> dict[str, str]:
    """Return what is signed with a package, the same however often it is made."""
    return {
        "delivery_id": str(delivery.delivery_id),
        "grant": grant.number,
        "purpose": grant.purpose,
        "region": grant.region_code,
        "grantee": grant.grantee,
        "expires_on": grant.expires_on.isoformat(),
        "created": delivery.opened_at.isoformat(),
        "project_id": str(delivery.project_id or ""),
        "watermark": str(delivery.watermark),
    }


def _load(
    uow: UnitOfWork, clock: Clock, actor: Actor, delivery_id: UUID
) -> tuple[DeliveryRow, ShareGrantRow, ShareScope]:
    delivery = _find_delivery(uow, actor, delivery_id)
    grant = alive_grant(uow, clock, actor, delivery.grant_id)
    return delivery, grant, ShareScope.from_json(grant.scope)


def _find_delivery(uow: UnitOfWork, actor: Actor, delivery_id: UUID) -> DeliveryRow:
    row = uow.session.get(DeliveryRow, (actor.scope.region, delivery_id), with_for_update=True)
    if row is None:
        raise NotFoundError
    return row


def _find_grant(uow: UnitOfWork, actor: Actor, grant_id: UUID) -> ShareGrantRow:
    """Return a grant to the actor's body; another body's does not exist for it."""
    query = select(ShareGrantRow).where(
        ShareGrantRow.region_code == actor.scope.region,
        ShareGrantRow.grant_id == grant_id,
        ShareGrantRow.grantee == body_of(actor.roles).value,
    )
    # A revocation under way is waited for, and one that comes waits for this page.
    grant = uow.session.scalars(query.with_for_update(read=True)).one_or_none()
    if grant is None:
        raise NotFoundError
    return grant


def _resource(
    uow: UnitOfWork, delivery: DeliveryRow, scope: ShareScope, entry: ShareEntry
) -> Resource:
    def records() -> Iterator[Record]:
        for _, content, _ in all_of(uow.session, delivery, scope, entry):
            yield parse_record(content)

    columns = tuple(
        SharedField(each.name, each.title, each.kind) for each in fields_of(scope, entry)
    )
    return Resource(entry.value, CATALOGUE[entry].meaning, columns, records())


def _page(
    actor: Actor, delivery: DeliveryRow, grant: ShareGrantRow, entry: ShareEntry, number: int
) -> DeliveryPageRow:
    return DeliveryPageRow(
        region_code=delivery.region_code,
        delivery_id=delivery.delivery_id,
        entry=entry.value,
        number=number,
        purpose=grant.purpose,
        requester_name=actor.name,
        times_sent=1,
    )


def _note(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    delivery: DeliveryRow,
    grant: ShareGrantRow,
    page: DeliveryPageRow,
) -> None:
    """Keep that a page was given, and tell the trail; the delivery is locked, so one at a time."""
    now = clock.now()
    known = find_page(uow.session, delivery, page.entry, page.number)
    if known is None:
        page.first_sent_at = page.last_sent_at = now
        uow.session.add(page)
    else:
        known.times_sent, known.last_sent_at = known.times_sent + 1, now
    facts = {
        "entry": page.entry,
        "page": page.number,
        "records": page.records,
        "chain": page.chain,
        "purpose": grant.purpose,
    }
    _record(uow, actor, grant, delivery, "deliver", facts)


def _record(
    uow: UnitOfWork,
    actor: Actor,
    grant: ShareGrantRow,
    delivery: DeliveryRow,
    name: str,
    after: Mapping[str, object],
) -> None:
    uow.record(
        actor,
        Act(
            name=f"oversight.sharing.{name}",
            object_kind="oversight.share_delivery",
            object_id=delivery.delivery_id,
            object_title=f"{grant.number} {grant.purpose}",
            region=grant.region_code,
            fiscal_year=grant.fiscal_year,
            after=dict(after),
        ),
    )
