"""Act: draft a rectification notice for findings of one unit, and withdraw a draft (YC23-6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.dating import check_wanted_due
from services.oversight_svc.domain.finding_states import FindingAct, FindingState, Party
from services.oversight_svc.domain.notices import NoticeState, check_members, require_state
from services.oversight_svc.domain.recognition import check_party
from services.oversight_svc.store.rectification import NoticeRow, find_notice, findings_of_notice
from services.oversight_svc.usecases.finding_moving import FindingKey, LoadedFinding, load_finding
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, StaleVersionError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, RectificationKind
from shared.trail.record import Act

PERMISSION = "oversight.finding.notify"


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One finding with what the notice demands; without `due_on` the pack's date counts."""

    key: FindingKey
    kind: RectificationKind
    demand: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class DraftNotice:
    """A notice to one unit."""

    items: tuple[NoticeItem, ...]
    subject: str
    contact: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class NoticeKey:
    """Names a notice inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    notice_id: UUID
    version: int


def draft_notice(uow: UnitOfWork, clock: Clock, actor: Actor, command: DraftNotice) -> NoticeRow:
    """Draft; nothing is demanded of the unit until the notice is issued.

    Raises `InvalidInputError` when findings do not belong into one notice or a date is missing,
    `OtherBodyError` for another body's findings.
    """
    require(actor, PERMISSION)
    loaded = [
        load_finding(uow, actor, item.key, PERMISSION)
        for item in sorted(command.items, key=lambda item: item.key.finding_id)
    ]
    for each in loaded:
        body = RaisingBody(each.finding.raised_by)
        check_party(Party.OFFICE, label_of(FindingAct.NOTIFY), body, actor.roles)
    _check(uow, clock, command, loaded)
    first = loaded[0].finding
    notice = NoticeRow(
        region_code=first.region_code,
        fiscal_year=first.fiscal_year,
        notice_id=new_id(),
        version=1,
        state=NoticeState.DRAFT.value,
        unit_id=first.unit_id,
        raised_by=first.raised_by,
        subject=command.subject.strip(),
        contact=command.contact.strip(),
        issuer=command.issuer.strip(),
        drafted_at=clock.now(),
        drafted_by=actor.account_id,
        drafter_name=actor.name,
        document_number="",
        issued_on=None,
        scan_digest="",
        receipt_due_on=None,
        signed_on=None,
        signer_name="",
        signed_scan_digest="",
    )
    uow.session.add(notice)
    wanted = {item.key.finding_id: item for item in command.items}
    for each in loaded:
        item = wanted[each.finding.finding_id]
        each.finding.notice_id = notice.notice_id
        each.finding.kind = item.kind.value
        each.finding.demand = item.demand.strip() or each.finding.demand
        each.finding.due_on = item.due_on
    numbers = [each.finding.number for each in loaded]
    record_notice(uow, actor, notice, "draft", after={"findings": numbers})
    return notice


def withdraw_notice(uow: UnitOfWork, clock: Clock, actor: Actor, key: NoticeKey) -> NoticeRow:
    """Give up a draft: its findings can be put into another notice; issued ones stay."""
    notice = load_notice(uow, actor, key, PERMISSION)
    body = RaisingBody(notice.raised_by)
    check_party(Party.OFFICE, label_of(FindingAct.NOTIFY), body, actor.roles)
    require_state(NoticeState(notice.state), NoticeState.DRAFT, "撤回")
    for finding in findings_of_notice(uow.session, notice, lock=True):
        finding.notice_id = None
    notice.state = NoticeState.WITHDRAWN.value
    notice.version += 1
    record_notice(uow, actor, notice, "withdraw")
    return notice


def load_notice(uow: UnitOfWork, actor: Actor, key: NoticeKey, permission: str) -> NoticeRow:
    """Return a notice to a unit of the actor's scope, locked.

    Raises `ForbiddenError`, `NotFoundError`, or `StaleVersionError` when it changed meanwhile.
    """
    require(actor, permission)
    region = actor.scope.region
    notice = find_notice(uow.session, region, key.fiscal_year, key.notice_id, lock=True)
    unit = find_unit(uow.session, region, notice.unit_id) if notice else None
    if notice is None or unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    if notice.version != key.version:
        raise StaleVersionError
    return notice


def record_notice(
    uow: UnitOfWork,
    actor: Actor,
    notice: NoticeRow,
    name: str,
    *,
    after: dict[str, object] | None = None,
    comment: str = "",
) -> None:
    """Write `oversight.notice.<name>` into the trail."""
    uow.record(
        actor,
        Act(
            name=f"oversight.notice.{name}",
            object_kind="oversight.notice",
            object_id=notice.notice_id,
            object_title=notice.subject,
            region=notice.region_code,
            fiscal_year=notice.fiscal_year,
            unit_id=notice.unit_id,
            after={"state": notice.state, "version": notice.version, **(after or {})},
            comment=comment,
        ),
    )


def _check(
    uow: UnitOfWork, clock: Clock, command: DraftNotice, loaded: Sequence[LoadedFinding]
) -> None:
    found = [each.finding for each in loaded]
    fit = [
        FindingState(each.state) is FindingState.REGISTERED and each.notice_id is None
        for each in found
    ]
    problems = check_members(
        [each.unit_id for each in found], [each.raised_by for each in found], fit
    )
    if len({each.fiscal_year for each in found}) > 1:
        message = "一份通知只列同一预算年度的问题；请按年度分别拟稿。"
        problems.append(FieldProblem("findings", "several_years", message))
    if not command.subject.strip():
        problems.append(FieldProblem("subject", "missing", "请填写通知标题。"))
    if not problems:
        policy = policy_for(uow.session, found[0].region_code, found[0].fiscal_year).rectification
        for place, item in enumerate(command.items):
            path = f"items.{place}.due_on"
            problems += check_wanted_due(policy, item.kind, item.due_on, clock.today(), path)
    if problems:
        raise InvalidInputError(problems)
