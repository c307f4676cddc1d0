"""Acts: register a clue and transfer it to the competent body (SL21-R3), without its content.

A restricted summary may be kept, sealed, for the posts of sender and receiver; nothing of it goes
into trail, events, tasks, logs or lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.oversight_svc.domain.clues import (
    SENDERS,
    ClueAct,
    ClueReceiver,
    ClueState,
    check_clue_party,
    check_clue_step,
    next_clue_state,
)
from services.oversight_svc.store.clues import (
    ClueContentRow,
    ClueRow,
    find_clue,
    find_clue_by_document,
    next_clue_number,
)
from services.oversight_svc.usecases.recording import record_on
from shared.access.actor import Actor
from shared.access.rights import act_label, require
from shared.calendar_store import load_calendar
from shared.clock import Clock
from shared.crypto.secrecy import SecretBox
from shared.db.unit_of_work import UnitOfWork
from shared.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    StaleVersionError,
)
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.deadlines import compute_deadline
from shared.policy.names import DeadlineName
from shared.tasks.work import OF_NO_UNIT, NewTask, close_tasks, open_task
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, Role

SUBJECT = "oversight.clue"
SEND = "oversight.clue.send"
KEY_PURPOSE = "clue"
MOST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class RegisterClue:
    """A clue; with `document_number` it counts as transferred. `summary` is content: never shown.

    By default nothing of the content is kept.
    """

    fiscal_year: int
    receiver: ClueReceiver
    found_on: date | None
    document_number: str = ""
    transferred_on: date | None = None
    summary: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ClueKey:
    """Names a clue inside the actor's region; `version` is what the actor saw."""

    fiscal_year: int
    clue_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class TransferClue:
    """The letter of transfer (移送书) by number and date; it is never uploaded."""

    key: ClueKey
    document_number: str
    transferred_on: date | None


def register_clue(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: RegisterClue,
    box: SecretBox | None = None,
) -> ClueRow:
    """Register, and transfer when the letter has gone; the same letter twice is the same clue.

    Without a `box` no summary can be kept. Raises `InvalidInputError` for days that cannot be,
    `ForbiddenError` for a body that sends none.
    """
    require(actor, SEND)
    sender, number = _sender(actor), command.document_number.strip()
    known = find_clue_by_document(uow.session, actor.scope.region, sender.value, number)
    if known is not None and number:
        _check_same(known, command)
        return known
    _check(clock, sender, command)
    clue = _row(uow, clock, actor, sender, command)
    uow.session.add(clue)
    uow.session.flush()
    if command.summary.strip() and box is not None:
        _lock_away(uow, clue, command.summary.strip(), box)
    record_clue(uow, actor, clue, "register", after={"state": clue.state, "number": clue.number})
    if number:
        _transfer(uow, clock, actor, clue, number, command.transferred_on)
    else:
        open_clue_task(uow, clock, actor, clue, "send", "移送线索", _role_of(sender), None)
    return clue


def transfer_clue(uow: UnitOfWork, clock: Clock, actor: Actor, command: TransferClue) -> ClueRow:
    """Transfer a clue registered before; raise `InvalidInputError` without number or date."""
    clue = load_clue(uow, actor, command.key, SEND)
    check_version(clue, command.key)
    check_clue_turn(actor, clue, ClueAct.TRANSFER)
    number = command.document_number.strip()
    problems = check_clue_step(
        number, command.transferred_on, clue.found_on, clock.today(), "移送书"
    )
    if problems:
        raise InvalidInputError(problems)
    if find_clue_by_document(uow.session, clue.region_code, clue.sender, number) is not None:
        raise ConflictError
    _transfer(uow, clock, actor, clue, number, command.transferred_on)
    return clue


def load_clue(uow: UnitOfWork, actor: Actor, key: ClueKey, permission: str) -> ClueRow:
    """Return a clue of the actor's region, locked.

    Raises `ForbiddenError` or `NotFoundError`.
    """
    require(actor, permission)
    region = actor.scope.region
    clue = find_clue(uow.session, region, key.fiscal_year, key.clue_id, lock=True)
    if clue is None or not actor.scope.whole_region:
        raise NotFoundError
    return clue


def check_version(clue: ClueRow, key: ClueKey) -> None:
    """Raise `StaleVersionError` when the clue changed since the actor read it."""
    if clue.version != key.version:
        raise StaleVersionError


def check_clue_turn(actor: Actor, clue: ClueRow, act: ClueAct) -> ClueState:
    """Return where `act` leads; raise `ClueRefusedError` or `OtherClueBodyError`."""
    to = next_clue_state(ClueState(clue.state), act)
    check_clue_party(act, RaisingBody(clue.sender), ClueReceiver(clue.receiver), actor.roles)
    return to


def record_clue(
    uow: UnitOfWork,
    actor: Actor,
    clue: ClueRow,
    name: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write `oversight.clue.<name>` into the trail: numbers and states, never content."""
    title = f"{clue.number} {clue.document_number}".strip()
    subject = (SUBJECT, clue.clue_id, title)
    record_on(uow, actor, clue, f"{SUBJECT}.{name}", subject, before=before, after=after)


def open_clue_task(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    clue: ClueRow,
    kind: str,
    title: str,
    role: Role,
    due_on: date | None,
) -> None:
    """Open a task that names numbers only, and no unit."""
    open_task(
        uow,
        clock,
        actor,
        NewTask(
            kind=f"{SUBJECT}_{kind}",
            title=f"{title}：{clue.number} {clue.document_number}".strip(),
            subject_kind=SUBJECT,
            subject_id=clue.clue_id,
            region=clue.region_code,
            fiscal_year=clue.fiscal_year,
            unit_id=OF_NO_UNIT,
            role=role.value,
            tab="todo",
            due_on=due_on,
        ),
    )


def clue_deadline(uow: UnitOfWork, clue: ClueRow, name: DeadlineName, start: date) -> date:
    """Return the day after which silence is reminded of, by the pack in force."""
    pack = policy_for(uow.session, clue.region_code, clue.fiscal_year)
    calendar = load_calendar(uow.session)
    return compute_deadline(pack, name, clue.fiscal_year, calendar, start=start).due_on


def reminded(clue: ClueRow) -> list[tuple[Role, bool]]:
    """Return who is reminded while an answer is due: (role, whether it is theirs to give)."""
    sender = (_role_of(RaisingBody(clue.sender)), False)
    if ClueReceiver(clue.receiver) is ClueReceiver.DISCIPLINE:
        return [(Role.DISCIPLINE_OFFICER, True), sender]
    return [sender]


def about(clue: ClueRow) -> str:
    """Return what a sealed text is bound to."""
    return f"clue:{clue.region_code}:{clue.clue_id}"


def _transfer(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    clue: ClueRow,
    number: str,
    transferred_on: date | None,
) -> None:
    on = transferred_on or clock.today()
    before = {"state": clue.state}
    clue.state = ClueState.TRANSFERRED.value
    clue.document_number, clue.transferred_on = number, on
    clue.receipt_due_on = clue_deadline(uow, clue, DeadlineName.CLUE_RECEIPT, on)
    clue.version += 1
    clue.changed_at = clock.now()
    close_tasks(uow, clock, actor, clue.clue_id, outcome=ClueAct.TRANSFER.value)
    for role, answers in reminded(clue):
        title = "签收线索移送书" if answers else "核实线索签收"
        kind = "receipt" if answers else "ask_receipt"
        open_clue_task(uow, clock, actor, clue, kind, title, role, clue.receipt_due_on)
    after = {"state": clue.state, "document_number": number, "receiver": clue.receiver}
    record_clue(uow, actor, clue, ClueAct.TRANSFER.value, before=before, after=after)


def _sender(actor: Actor) -> RaisingBody:
    for body, roles in SENDERS.items():
        if not roles.isdisjoint(actor.roles):
            return body
    raise ForbiddenError(act=act_label(SEND))


def _role_of(sender: RaisingBody) -> Role:
    return {
        RaisingBody.FINANCE: Role.FIN_PERF,
        RaisingBody.AUDIT: Role.AUDIT_OFFICER,
        RaisingBody.DISCIPLINE: Role.DISCIPLINE_OFFICER,
    }[sender]


def _check(clock: Clock, sender: RaisingBody, command: RegisterClue) -> None:
    today = clock.today()
    problems = []
    if command.found_on is None or command.found_on > today:
        message = "请填写发现日期，不能晚于今天。"
        problems.append(FieldProblem("found_on", "missing", message))
    if command.receiver.value == sender.value:
        message = f"不能移送给{label_of(sender)}自己，请选择受理机关。"
        problems.append(FieldProblem("receiver", "own_body", message))
    if command.document_number.strip() or command.transferred_on:
        problems += check_clue_step(
            command.document_number, command.transferred_on, command.found_on, today, "移送书"
        )
    if len(command.summary) > MOST_TEXT:
        message = f"摘要不超过{MOST_TEXT}字；详细内容请随移送书按保密规定传递。"
        problems.append(FieldProblem("summary", "too_long", message))
    if problems:
        raise InvalidInputError(problems)


def _check_same(known: ClueRow, command: RegisterClue) -> None:
    """Raise `ConflictError` when the number is taken by another letter."""
    same = (known.receiver, known.transferred_on) == (
        command.receiver.value,
        command.transferred_on,
    )
    if not same:
        raise ConflictError


def _row(
    uow: UnitOfWork, clock: Clock, actor: Actor, sender: RaisingBody, command: RegisterClue
) -> ClueRow:
    region = actor.scope.region
    return ClueRow(
        region_code=region,
        fiscal_year=command.fiscal_year,
        clue_id=new_id(),
        version=1,
        number=next_clue_number(uow.session, region, command.fiscal_year),
        state=ClueState.FOUND.value,
        sender=sender.value,
        sender_post=actor.post_id,
        sender_name=actor.name,
        receiver=command.receiver.value,
        receiver_name="",
        found_on=command.found_on,
        document_number="",
        receipt_number="",
        feedback_number="",
        changed_at=clock.now(),
    )


def _lock_away(uow: UnitOfWork, clue: ClueRow, summary: str, box: SecretBox) -> None:
    secret = box.lock(summary, about(clue))
    uow.session.add(
        ClueContentRow(
            region_code=clue.region_code,
            fiscal_year=clue.fiscal_year,
            clue_id=clue.clue_id,
            algorithm=secret.algorithm,
            key_id=secret.key_id,
            nonce=secret.nonce,
            ciphertext=secret.ciphertext,
        )
    )
