"""Keeps the unit table: written by its owner, and from the owner's events everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.bigrams import bigram_text
from shared.directory.pinyin import sort_key
from shared.directory.tables import UnitRow
from shared.events.envelope import Event, Subject
from shared.events.registry import REGISTRY


def learn_unit(uow: UnitOfWork, _clock: Clock, _actor: Actor, event: Event) -> None:
    """Take over `oversight.unit.registered.v1` or `oversight.unit.changed.v1`."""
    save_unit(uow.session, event.subject, REGISTRY.get(event.type).read(event.data))


def save_unit(session: Session, subject: Subject, facts: Mapping[str, Any]) -> None:
    """Insert or replace the unit `subject` with `facts`, the data of its event (Python values).

    Facts older than those kept change nothing, so events may come twice or late.
    """
    key = {"region_code": subject.region, "unit_id": subject.id}
    pinyin = sort_key(facts["name"])
    values = {
        **facts,
        "pinyin": pinyin,
        "version": subject.version,
        "search": bigram_text(facts["name"], facts["code"], pinyin),
    }
    statement = insert(UnitRow).values(**key, **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_=values,
            where=UnitRow.version < subject.version,
        ).execution_options(populate_existing=True)
    )
