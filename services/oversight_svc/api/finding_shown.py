"""Rows of several tables as one finding of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.oversight_svc.store.findings import (
    FindingRow,
    FindingUnitRow,
    finding_measures,
    finding_money,
)
from shared.directory.tables import UnitRow
from shared.web.api import Reply
from shared.web.links import link


def finding_json(session: Session, finding: FindingRow) -> Mapping[str, Any]:
    """Return a finding with its units, money and measures."""
    return {
        **{column.key: getattr(finding, column.key) for column in FindingRow.__table__.columns},
        "units": _units(session, finding),
        "money": finding_money(session, finding),
        "measures": finding_measures(session, finding),
    }


def finding_reply(session: Session, finding: FindingRow) -> Reply:
    """Return the answer to an act on a finding."""
    session.flush()
    address = link("oversight.finding", year=finding.fiscal_year, id=finding.finding_id)
    place = address.replace("/oversight/", "/oversight/api/v1/", 1)
    return Reply(finding_json(session, finding), version=finding.version, location=place)


def _units(session: Session, finding: FindingRow) -> list[Mapping[str, Any]]:
    query = (
        select(FindingUnitRow.unit_id, UnitRow.code, UnitRow.name, FindingUnitRow.duty)
        .join(
            UnitRow,
            (UnitRow.region_code == FindingUnitRow.region_code)
            & (UnitRow.unit_id == FindingUnitRow.unit_id),
        )
        .where(
            FindingUnitRow.region_code == finding.region_code,
            FindingUnitRow.fiscal_year == finding.fiscal_year,
            FindingUnitRow.finding_id == finding.finding_id,
        )
        .order_by(FindingUnitRow.duty.desc(), UnitRow.code)
    )
    names = ("unit_id", "unit_code", "unit_name", "duty")
    return [dict(zip(names, row, strict=True)) for row in session.execute(query)]
