"""The packs in force: each service keeps its own copy, fed by the activation event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import SmallInteger, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import FrameBase, RegionCode
from shared.errors import UnavailableError
from shared.events.oversight import POLICY_ACTIVATED
from shared.events.registry import REGISTRY
from shared.policy.answers import apply_answers
from shared.policy.loader import pack_from_content
from shared.policy.model import Pack

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.clock import Clock
    from shared.db.unit_of_work import UnitOfWork
    from shared.events.envelope import Event

EVERY_YEAR = 0


class NoPolicyError(UnavailableError):
    """No pack is in force for the region and budget year."""

    code = "no_policy"
    sentence = "行政区划 {region} 的 {fiscal_year} 年度没有政策包；请联系系统管理员启用。"


class AlteredPackError(Exception):
    """An activation event whose content does not have the digest or region it claims."""


class ActivePolicyRow(FrameBase):
    """The pack in force for one region and budget year; year 0 is every year without its own."""

    __tablename__ = "active_policy"

    region_code: Mapped[str] = mapped_column(RegionCode, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    answers: Mapped[dict[str, Any]]
    activated_at: Mapped[datetime]
    activated_by: Mapped[str]


def policy_for(session: Session, region: str, fiscal_year: int) -> Pack:
    """Return the pack in force for `region` and budget year, with its chosen readings.

    The year's own pack goes before the one for every year. Raises `NoPolicyError` when there is
    neither.
    """
    in_force = (
        select(ActivePolicyRow.digest, ActivePolicyRow.answers)
        .where(
            ActivePolicyRow.region_code == region,
            ActivePolicyRow.fiscal_year.in_([fiscal_year, EVERY_YEAR]),
        )
        .order_by(ActivePolicyRow.fiscal_year.desc())
        .limit(1)
    )
    found = session.execute(in_force).one_or_none()
    if found is None:
        raise NoPolicyError(region=region, fiscal_year=fiscal_year)
    built = _BUILT.get(_key(found.digest, found.answers))
    if built is not None:
        return built
    # digest and answers are read again with the content: another version may have come between
    row = session.execute(in_force.add_columns(ActivePolicyRow.content)).one()
    pack = apply_answers(pack_from_content(row.content), row.answers)
    if len(_BUILT) >= _KEPT:
        _BUILT.clear()
    _BUILT[_key(row.digest, row.answers)] = pack
    return pack


def learn_policy(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
    """Put the pack of an activation event into force; a later activation replaces it.

    Raises `AlteredPackError`, `InvalidPackError` or `InvalidAnswersError` when the event cannot
    be trusted or used; nothing changes then.
    """
    del clock, actor
    data = REGISTRY.get(POLICY_ACTIVATED).read(event.data)
    _check(data)
    values = {
        "region_code": data["region"],
        "fiscal_year": data["fiscal_year"],
        "code": data["code"],
        "version": data["version"],
        "digest": data["digest"],
        "content": data["content"],
        "answers": data["answers"],
        "activated_at": event.time,
        "activated_by": event.actor,
    }
    place = (ActivePolicyRow.region_code, ActivePolicyRow.fiscal_year)
    changed = {name: value for name, value in values.items() if name not in {c.key for c in place}}
    statement = insert(ActivePolicyRow).values(values)
    uow.session.execute(statement.on_conflict_do_update(index_elements=place, set_=changed))


def _check(data: Mapping[str, Any]) -> None:
    pack = pack_from_content(data["content"])
    told = (data["digest"], data["code"], data["version"], data["region"])
    if told != (pack.digest, pack.ref.code, pack.ref.version, pack.region):
        raise AlteredPackError(f"activation of {data['code']} {data['version']} does not fit")
    apply_answers(pack, data["answers"])


def _key(digest: str, answers: Mapping[str, str]) -> tuple[str, str]:
    return digest, json.dumps(answers, sort_keys=True)


_KEPT = 64
_BUILT: dict[tuple[str, str], Pack] = {}
