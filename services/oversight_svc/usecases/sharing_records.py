"""Keeps the records that can be shared: other services' facts by event, our own as they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.oversight_svc.domain.sharing_catalogue import CATALOGUE, KEY_FIELDS
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.sharing_records import (
    SharedProjectRow,
    SharedRecordRow,
    latest_version,
    next_position,
    write_lock,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import UnavailableError
from shared.events.envelope import Event
from shared.events.registry import REGISTRY
from shared.sharing.verify_share import canonical, digest_of
from shared.terms import label
from shared.terms.vocabulary import RaisingBody, ShareEntry


class SharedSubjectUnknownError(UnavailableError):
    """A fact about a project or unit not heard of yet; tried again, then parked for a person."""

    code = "shared_subject_unknown"
    sentence = "共享数据所属的单位或项目 {subject} 还没有登记。"


@dataclass(frozen=True, slots=True)
class SharedFact:
    """One version of one record; `values` are the entry's fields, not yet as text."""

    entry: ShareEntry
    region: str
    fiscal_year: int
    record_id: UUID
    version: int
    unit_id: UUID
    project_id: UUID | None
    values: Mapping[str, Any]


def as_text(value: object) -> str:
    """Return a value as shared records carry it: nothing is an empty text."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case list():
            return canonical(value).decode()
    return str(value)


def keep_record(uow: UnitOfWork, clock: Clock, fact: SharedFact) -> None:
    """Keep a version; one not newer than what is kept changes nothing.

    Raises `SharedSubjectUnknownError` for a unit or project this service has not heard of.
    """
    write_lock(uow.session, fact.region)
    known = latest_version(uow.session, fact.region, fact.entry.value, fact.record_id)
    if known is not None and known.record_version >= fact.version:
        return
    content = canonical(_content(uow, fact))
    position = next_position(uow.session)
    if known is not None:
        known.superseded_by = position
        uow.session.flush()  # before the new one is the newest
    uow.session.add(
        SharedRecordRow(
            region_code=fact.region,
            position=position,
            entry=fact.entry.value,
            fiscal_year=fact.fiscal_year,
            record_id=fact.record_id,
            record_version=fact.version,
            unit_id=fact.unit_id,
            project_id=fact.project_id,
            content=content.decode(),
            digest=digest_of(content),
            recorded_at=clock.now(),
        )
    )


def _content(uow: UnitOfWork, fact: SharedFact) -> dict[str, str]:
    unit = find_unit(uow.session, fact.region, fact.unit_id)
    if unit is None:
        raise SharedSubjectUnknownError(subject=fact.unit_id)
    key = {
        "record_id": fact.record_id,
        "record_version": fact.version,
        "fiscal_year": fact.fiscal_year,
        "unit_code": unit.code,
        "unit_name": unit.name,
        **_project_names(uow, fact),
    }
    nameless = {"project_code": "", "project_name": ""}
    names = [each.name for each in (*KEY_FIELDS, *CATALOGUE[fact.entry].fields)]
    values = {**nameless, **fact.values, **key}
    return {name: as_text(values[name]) for name in names}


def _project_names(uow: UnitOfWork, fact: SharedFact) -> dict[str, str]:
    if fact.project_id is None:
        return {}
    key = (fact.region, fact.fiscal_year, fact.project_id)
    project = uow.session.get(SharedProjectRow, key)
    if project is None:
        raise SharedSubjectUnknownError(subject=fact.project_id)
    return {"project_code": project.code, "project_name": project.name}


def share_project(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Learn a project's names; an older version than the one kept changes nothing."""
    data, subject = REGISTRY.get(event.type).read(event.data), event.subject
    key = (subject.region, subject.fiscal_year, subject.id)
    row = uow.session.get(SharedProjectRow, key)
    if row is None:
        row = SharedProjectRow(
            region_code=subject.region, fiscal_year=subject.fiscal_year, project_id=subject.id
        )
        uow.session.add(row)
    elif row.version >= subject.version:
        return
    row.version, row.code, row.name = subject.version, data["code"], data["name"]
    row.unit_id = data["unit_id"]


def share_target(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep an approved target with its indicators."""
    data = REGISTRY.get(event.type).read(event.data)
    indicators = [
        {name: as_text(value) for name, value in row.items()} for row in data["indicators"]
    ]
    values = {
        **data,
        "budget_book": label("budget_book", data["budget_book"]),
        "grade": label("grade", data["grade"]) if data["grade"] else "",
        "indicators": indicators,
    }
    keep_record(uow, clock, _fact(event, ShareEntry.TARGET, values))


def share_report(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep an accepted monitoring report."""
    data = REGISTRY.get(event.type).read(event.data)
    lights = ("execution_light", "achievement_light", "light")
    values = {**data, **{name: label("light", data[name]) for name in lights}}
    keep_record(uow, clock, _fact(event, ShareEntry.MONITORING, values))


def share_evaluation(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep the result of a self-evaluation, as accepted or as a recheck corrected it."""
    data = REGISTRY.get(event.type).read(event.data)
    values = {
        **data,
        "kind": label("self_evaluation_kind", data["kind"]),
        "grade": label("grade", data["grade"]),
        "quality_mark": label("quality_mark", data["quality_mark"]),
    }
    keep_record(uow, clock, _fact(event, ShareEntry.EVALUATION, values))


def share_payments(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Keep what each project of an imported payment list has paid by now."""
    subject = event.subject
    for row in REGISTRY.get(event.type).read(event.data)["projects"]:
        fact = SharedFact(
            entry=ShareEntry.PAYMENT_SUMMARY,
            region=subject.region,
            fiscal_year=subject.fiscal_year,
            record_id=row["project_id"],
            version=subject.version,
            unit_id=row["unit_id"],
            project_id=row["project_id"],
            values=row,
        )
        keep_record(uow, clock, fact)


def keep_finding(uow: UnitOfWork, clock: Clock, finding: FindingRow) -> None:
    """Keep where a finding stands, and an audit finding for whoever may know what it says.

    Called with the change itself: an event would find the finding as it stands later.
    """
    keep_record(uow, clock, _finding_fact(uow, finding, ShareEntry.RECTIFICATION))
    if finding.raised_by == RaisingBody.AUDIT:
        keep_record(uow, clock, _finding_fact(uow, finding, ShareEntry.AUDIT_FINDING))


def _finding_fact(uow: UnitOfWork, finding: FindingRow, entry: ShareEntry) -> SharedFact:
    key = (finding.region_code, finding.fiscal_year, finding.project_id)
    known = finding.project_id and uow.session.get(SharedProjectRow, key)
    values = {each.name: getattr(finding, each.name) for each in CATALOGUE[entry].fields}
    words = {"state": "finding_state", "raised_by": "raising_body", "category": "finding_category"}
    values |= {name: label(kind, values[name]) for name, kind in words.items() if name in values}
    if not known:
        values |= {"project_code": "", "project_name": finding.project_name}
    return SharedFact(
        entry=entry,
        region=finding.region_code,
        fiscal_year=finding.fiscal_year,
        record_id=finding.finding_id,
        version=finding.version,
        unit_id=finding.unit_id,
        project_id=finding.project_id if known else None,
        values=values,
    )


def _fact(event: Event, entry: ShareEntry, values: Mapping[str, Any]) -> SharedFact:
    subject = event.subject
    return SharedFact(
        entry=entry,
        region=subject.region,
        fiscal_year=subject.fiscal_year,
        record_id=subject.id,
        version=subject.version,
        unit_id=values["unit_id"],
        project_id=values["project_id"],
        values=values,
    )
