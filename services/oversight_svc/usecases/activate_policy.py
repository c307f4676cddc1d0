"""Act: put a policy pack into force; ambiguous phrases must be answered (domain question 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.oversight_svc.store.policies import (
    PolicyActivationRow,
    next_activation_number,
    policy_aggregate,
)
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.events.envelope import Subject
from shared.events.oversight import POLICY_ACTIVATED
from shared.policy.answers import apply_answers
from shared.policy.loader import find_pack
from shared.policy.model import Pack


@dataclass(frozen=True, slots=True)
class ActivatePolicy:
    """Which pack, for which budget year (0: every year), with an answer to each question."""

    code: str
    fiscal_year: int
    answers: Mapping[str, str]
    basis: str


def activate_policy(uow: UnitOfWork, clock: Clock, actor: Actor, command: ActivatePolicy) -> Pack:
    """Record the activation and tell every service; dates already computed keep their pack.

    Raises `InvalidInputError` for an unanswered question or a pack of another region,
    and `UnknownPackError` for a code that is not shipped.
    """
    require(actor, "oversight.policy.activate")
    region = actor.scope.region
    pack = find_pack(command.code)
    _check(pack, command, region)
    number = next_activation_number(uow.session, region, command.fiscal_year)
    uow.session.add(
        PolicyActivationRow(
            region_code=region,
            fiscal_year=command.fiscal_year,
            number=number,
            code=pack.ref.code,
            pack_version=pack.ref.version,
            digest=pack.digest,
            answers=dict(command.answers),
            basis=command.basis.strip(),
            activated_on=clock.today(),
            activated_at=clock.now(),
            activated_by=actor.name,
        )
    )
    aggregate = policy_aggregate(region, command.fiscal_year)
    uow.emit(
        POLICY_ACTIVATED,
        Subject(aggregate, number, region, command.fiscal_year),
        actor,
        {
            "code": pack.ref.code,
            "version": pack.ref.version,
            "region": pack.region,
            "fiscal_year": command.fiscal_year,
            "digest": pack.digest,
            "content": dict(pack.content),
            "answers": dict(command.answers),
            "activated_on": clock.today(),
        },
    )
    after = {"code": pack.ref.code, "version": pack.ref.version, "answers": dict(command.answers)}
    subject = ("oversight.policy", aggregate, pack.title)
    record(
        uow, actor, "oversight.policy.activate", subject, after=after, comment=command.basis.strip()
    )
    return pack


def _check(pack: Pack, command: ActivatePolicy, region: str) -> None:
    problems = []
    if pack.region != region:
        message = f"「{pack.title}」适用于 {pack.region_title}（{pack.region}），不适用于本地区。"
        problems.append(FieldProblem("code", "other_region", message))
    if not command.basis.strip():
        problems.append(FieldProblem("basis", "missing", "请填写启用依据（文号或会议纪要）。"))
    for question in pack.questions:
        readings = {code for code, _, _ in question.readings}
        if command.answers.get(question.id) not in readings:
            message = f"「{question.phrase}」有多种理解，请选择一种。"
            problems.append(FieldProblem(f"answers.{question.id}", "missing", message))
    if problems:
        raise InvalidInputError(problems)
    apply_answers(pack, command.answers)
