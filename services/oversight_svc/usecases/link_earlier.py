"""Act: link a finding to the earlier year's finding that happened again (屡查屡犯)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.oversight_svc.domain.finding_states import Party
from services.oversight_svc.domain.recognition import check_party
from services.oversight_svc.domain.registration import check_earlier
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    load_finding,
    record_act,
    tell_change,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.terms.vocabulary import RaisingBody


@dataclass(frozen=True, slots=True)
class LinkEarlier:
    """A finding and the number of the earlier one, `2022-0007`."""

    key: FindingKey
    number: str


def link_earlier(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: LinkEarlier
) -> LoadedFinding:
    """Mark the finding as repeated; raise `InvalidInputError` for an unknown number.

    Raises `RepeatRefusedError` unless the other is an earlier year's finding of the same unit.
    """
    loaded = load_finding(uow, actor, command.key, "oversight.finding.register")
    finding = loaded.finding
    check_party(Party.OFFICE, "关联以前年度问题", RaisingBody(finding.raised_by), actor.roles)
    mark_repeated(uow, finding, command.number)
    tell_change(uow, clock, actor, finding)
    record_act(
        uow,
        actor,
        finding,
        "link_earlier",
        comment=f"与 {command.number.strip()} 相同",
        after={"earlier": command.number.strip(), "version": finding.version},
    )
    return loaded


def mark_repeated(uow: UnitOfWork, finding: FindingRow, number: str, path: str = "number") -> None:
    """Link `finding` to the earlier one of that number, checked."""
    earlier = find_earlier(
        uow, finding.region_code, finding.unit_id, finding.fiscal_year, number, path
    )
    finding.earlier_year, finding.earlier_id = earlier.fiscal_year, earlier.finding_id
    finding.is_repeated = True


def find_earlier(
    uow: UnitOfWork,
    region: str,
    unit_id: UUID,
    fiscal_year: int,
    number: str,
    path: str = "number",
) -> FindingRow:
    """Return the finding of that number; it must be an earlier year's of the same unit.

    Raises `InvalidInputError` for an unknown number, else `RepeatRefusedError`.
    """
    query = select(FindingRow).where(
        FindingRow.region_code == region, FindingRow.number == number.strip()
    )
    earlier = uow.session.scalars(query).first()
    if earlier is None:
        message = "没有这个编号的问题，请按“2022-0001”的格式填写。"
        raise InvalidInputError([FieldProblem(path, "unknown_number", message)])
    check_earlier(
        same_unit=earlier.unit_id == unit_id,
        fiscal_year=fiscal_year,
        earlier_year=earlier.fiscal_year,
        number=earlier.number,
    )
    return earlier
