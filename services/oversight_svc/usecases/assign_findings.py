"""Act: name who drives a finding until it is closed out (督办人)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ledger import BatchKind, why_left_out
from services.oversight_svc.domain.recognition import OFFICE_ROLES, OtherBodyError
from services.oversight_svc.store.drivers import drivers
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    load_finding,
    record_act,
    tell_change,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody


@dataclass(frozen=True, slots=True)
class AssignFinding:
    """The finding and the account that is to drive it."""

    key: FindingKey
    account_id: UUID


def assign_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: AssignFinding
) -> FindingRow:
    """Name the finding's driver, one of the people of the body that raised it (HC20.1).

    Raises `InvalidInputError` for anybody else or a finding that needs no driving any more, what
    `load_finding` raises, and `OtherBodyError` for a finding that is another body's.
    """
    finding = load_finding(uow, actor, command.key, "oversight.finding.assign").finding
    body = RaisingBody(finding.raised_by)
    if OFFICE_ROLES[body].isdisjoint(actor.roles):
        raise OtherBodyError(body=label_of(body), act=label_of(BatchKind.ASSIGN))
    candidates = drivers(uow.session, finding.region_code, OFFICE_ROLES[body], clock.today())
    name = candidates.get(command.account_id)
    reason = why_left_out(BatchKind.ASSIGN, FindingState(finding.state), due_on=finding.due_on)
    if reason or name is None:
        message = reason or f"请从名单中选择{label_of(body)}的现任人员。"
        raise InvalidInputError([FieldProblem("account_id", "not_assignable", message)])
    before = finding.assigned_name
    finding.assigned_to, finding.assigned_name = command.account_id, name
    tell_change(uow, clock, actor, finding)
    record_act(uow, actor, finding, "assign", before={"driver": before}, after={"driver": name})
    return finding
