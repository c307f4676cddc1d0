"""Act: register a finding under the next number of its budget year (Y25-6.2, Y25-6.6, HC23.2).

Registered from the same source under the same key again, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, text

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.registration import (
    Registration,
    body_for,
    check_registration,
    number_of,
)
from services.oversight_svc.store.findings import FindingMoneyRow, FindingRow, FindingUnitRow
from services.oversight_svc.usecases.finding_moving import (
    LoadedFinding,
    emit_state,
    open_state_task,
    record_act,
)
from shared.access.actor import Actor
from shared.access.rights import require, require_scope
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.directory.tables import UnitRow
from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.terms.vocabulary import (
    FindingCategory,
    FindingSource,
    MoneyKind,
    RaisingBody,
    RectificationKind,
    UnitDuty,
)

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """A finding as it is entered; amounts in 元, `due_on` the date its notice is to give."""

    fiscal_year: int
    unit_id: UUID | None
    source: FindingSource
    source_document: str
    title: str
    description: str
    category: FindingCategory = FindingCategory.OTHER
    source_key: str = ""
    basis: str = ""
    demand: str = ""
    kind: RectificationKind = RectificationKind.IMMEDIATE
    responsible_person: str = ""
    assisting: tuple[UUID, ...] = ()
    project_id: UUID | None = None
    project_name: str = ""
    amount: Decimal | None = None
    money: Mapping[MoneyKind, Decimal] = field(default_factory=dict)
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it; `is_new` is false for a finding that was there already."""

    loaded: LoadedFinding
    is_new: bool

    @property
    def finding(self) -> FindingRow:
        """The finding itself."""
        return self.loaded.finding


def register_finding(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: RegisterFinding
) -> Registered:
    """Register, or return what is registered from this source under this key already.

    Raises `InvalidInputError` with everything that is missing, `NotFoundError` for a leading unit
    outside the actor's scope.
    """
    require(actor, "oversight.finding.register")
    problems = check_registration(_checked(command), clock.today())
    if problems:
        raise InvalidInputError(problems)
    known = _known(uow, actor, command)
    if known is not None:
        return known
    unit = _unit(uow, actor, command.unit_id, "unit_id")
    for assisting in command.assisting:
        _unit(uow, actor, assisting, "assisting", in_scope=False)
    body = body_for(command.source, actor.roles)
    return Registered(enter_finding(uow, clock, actor, command, unit, body), is_new=True)


def enter_finding(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: RegisterFinding,
    unit: UnitRow,
    body: RaisingBody,
    *,
    with_task: bool = True,
) -> LoadedFinding:
    """Give the finding its number and keep it; the right and the content are checked already.

    An import that goes on moving the finding leaves the task and the event to itself
    (`with_task`).
    """
    finding = _row(uow, clock, actor, command, unit, body)
    uow.session.add(finding)
    uow.session.add_all(_shares(finding, command))
    uow.session.add_all(_money(finding, command))
    uow.session.flush()
    loaded = LoadedFinding(finding, unit)
    record_act(
        uow,
        actor,
        finding,
        "register",
        comment=command.source_document.strip(),
        after={"state": finding.state, "version": 1, "number": finding.number},
    )
    if with_task:
        emit_state(uow, clock, actor, finding)
        open_state_task(uow, clock, actor, loaded)
    return loaded


def find_by_source(
    uow: UnitOfWork, region: str, source: FindingSource, source_key: str
) -> FindingRow | None:
    """Return the finding registered from this source under this key, once nobody else registers.

    Registrations of a region wait for one another until their commit, so that two messengers of
    one thing make one finding and numbers have no gap.
    """
    lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    uow.session.execute(lock, {"name": f"finding:{region}"})
    query = select(FindingRow).where(
        FindingRow.region_code == region,
        FindingRow.source == source.value,
        FindingRow.source_key == source_key,
    )
    return uow.session.scalars(query).one_or_none()


def _known(uow: UnitOfWork, actor: Actor, command: RegisterFinding) -> Registered | None:
    key = command.source_key.strip()
    row = find_by_source(uow, actor.scope.region, command.source, key)
    if row is None:
        return None
    unit = find_unit(uow.session, row.region_code, row.unit_id)
    if unit is None:
        raise NotFoundError
    require_scope(actor, unit)
    return Registered(LoadedFinding(row, unit), is_new=False)


def _unit(
    uow: UnitOfWork, actor: Actor, unit_id: UUID | None, path: str, *, in_scope: bool = True
) -> UnitRow:
    """Return a unit of the region; only the leading one must lie in the actor's scope."""
    unit = find_unit(uow.session, actor.scope.region, unit_id) if unit_id else None
    if unit is None:
        raise InvalidInputError([FieldProblem(path, "unknown_unit", "单位名录中没有这个单位。")])
    if in_scope:
        require_scope(actor, unit)
    return unit


def _checked(command: RegisterFinding) -> Registration:
    return Registration(
        fiscal_year=command.fiscal_year,
        title=command.title,
        description=command.description,
        source_document=command.source_document,
        lead=command.unit_id,
        assisting=command.assisting,
        amount=command.amount,
        money=command.money,
        due_on=command.due_on,
    )


def _next_number(uow: UnitOfWork, region: str, fiscal_year: int) -> str:
    """Return the next number; findings are never deleted, so their count is the last one given."""
    taken = uow.session.scalar(
        select(func.count())
        .select_from(FindingRow)
        .where(FindingRow.region_code == region, FindingRow.fiscal_year == fiscal_year)
    )
    return number_of(fiscal_year, (taken or 0) + 1)


def _row(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    command: RegisterFinding,
    unit: UnitRow,
    body: RaisingBody,
) -> FindingRow:
    region, now, finding_id = unit.region_code, clock.now(), new_id()
    pack = policy_for(uow.session, region, command.fiscal_year)
    return FindingRow(
        region_code=region,
        fiscal_year=command.fiscal_year,
        finding_id=finding_id,
        version=1,
        work_year=clock.today().year,
        number=_next_number(uow, region, command.fiscal_year),
        state=FindingState.REGISTERED.value,
        source=command.source.value,
        source_document=command.source_document.strip(),
        source_key=command.source_key.strip() or str(finding_id),
        raised_by=body.value,
        title=command.title.strip(),
        description=command.description.strip(),
        category=command.category.value,
        basis=command.basis.strip(),
        demand=command.demand.strip(),
        kind=command.kind.value,
        unit_id=unit.unit_id,
        lead_office=unit.lead_office,
        responsible_person=command.responsible_person.strip() or unit.head_name,
        project_id=command.project_id,
        project_name=command.project_name.strip(),
        amount=command.amount,
        due_on=command.due_on,
        pack_code=pack.ref.code,
        pack_version=pack.ref.version,
        registered_at=now,
        registered_by=actor.account_id,
        changed_at=now,
        **_nothing_yet(),
    )


def _nothing_yet() -> dict[str, object]:
    """Return the columns that begin empty: what only later steps of the finding fill in."""
    counts = ("progress", "evidence_count", "times_extended", "times_returned", "times_reopened",
              "times_urged")  # fmt: skip
    marks = ("provisional", "is_repeated", "is_refused", "is_falsified", "is_partly_recognised")
    texts = ("progress_note", "measures_summary", "deadline_rule", "assigned_name",
             "rechecker_name", "closer_name")  # fmt: skip
    return {
        "amount_rectified": NOTHING,
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(marks, False),
        **dict.fromkeys(texts, ""),
    }


def _shares(finding: FindingRow, command: RegisterFinding) -> list[FindingUnitRow]:
    units = [(finding.unit_id, UnitDuty.LEAD)]
    units += [(unit_id, UnitDuty.ASSISTING) for unit_id in command.assisting]
    return [
        FindingUnitRow(
            region_code=finding.region_code,
            fiscal_year=finding.fiscal_year,
            finding_id=finding.finding_id,
            unit_id=unit_id,
            duty=duty.value,
        )
        for unit_id, duty in units
    ]


def _money(finding: FindingRow, command: RegisterFinding) -> list[FindingMoneyRow]:
    return [
        FindingMoneyRow(
            region_code=finding.region_code,
            fiscal_year=finding.fiscal_year,
            finding_id=finding.finding_id,
            kind=MoneyKind(kind).value,
            demanded=amount,
            reported=NOTHING,
            recognised=NOTHING,
        )
        for kind, amount in command.money.items()
        if amount
    ]
