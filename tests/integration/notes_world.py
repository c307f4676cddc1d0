"""A service of one small resource on a real database, for tests of the HTTP conventions."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import fields
from sqlalchemy import Engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.access.actor import Actor
from shared.access.keys import RevokedSessionRow, VerificationKeyRow
from shared.db.unit_of_work import Database, UnitOfWork
from shared.errors import RuleBrokenError
from shared.ids import new_id
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.web.api import ListQuery, Reply, changes, reads
from shared.web.app import create_service_app
from shared.web.idempotency import IdempotencyRow
from shared.web.paging import Key, Page, fetch_page
from shared.web.permissions import permission, signed_in
from shared.web.schemas import ApiSchema

NOTES = "/target/api/v1/notes"


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str]
    rank: Mapped[int]


class NoteSchema(ApiSchema):
    note_id = fields.UUID(dump_only=True)
    text = fields.String(required=True)
    rank = fields.Integer(required=True)


class UnwantedError(RuleBrokenError):
    code = "unwanted"
    sentence = "此内容不能登记，请修改后再试。"


class Doors:
    """Lets a test hold a request open in the middle of its transaction."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.leave.set()


def resource(doors: Doors) -> Blueprint:
    blueprint = Blueprint("notes", __name__, url_prefix="/api/v1/notes")

    @blueprint.post("")
    @permission("target.target.edit")
    @changes("登记", body=NoteSchema, reply=NoteSchema, status=201)
    def create(uow: UnitOfWork, _actor: Actor, body: dict[str, Any]) -> Reply:
        note = Note(note_id=new_id(), **body)
        uow.session.add(note)
        doors.entered.set()
        doors.leave.wait(20)
        if note.text == "unwanted":
            raise UnwantedError
        return Reply(note, version=1, location=f"/target/notes/{note.note_id}")

    @blueprint.get("")
    @permission("target.target.view")
    @reads("查询", query=ListQuery, reply=NoteSchema, many=True)
    def find(session: Session, _actor: Actor, query: dict[str, Any]) -> Page[Note]:
        keys = (Key(Note.rank, descending=True), Key(Note.text), Key(Note.note_id))
        return fetch_page(session, select(Note), keys, **query)

    @blueprint.get("/<uuid:note_id>")
    @permission("target.target.view")
    @reads("读取", reply=NoteSchema)
    def show(session: Session, _actor: Actor, note_id: UUID) -> Reply:
        return Reply(session.get_one(Note, note_id), version=7)

    @blueprint.get("/writing")
    @signed_in
    @reads("读取时改写", reply=NoteSchema)
    def writing(session: Session, _actor: Actor) -> Reply:
        session.add(Note(note_id=new_id(), text="x", rank=1))
        session.flush()
        return Reply(None)

    @blueprint.post("/import")
    @signed_in
    @changes("导入", upload=True)
    def take(uow: UnitOfWork, _actor: Actor, upload: Any) -> None:
        uow.session.add(Note(note_id=new_id(), text=upload.read().decode(), rank=0))

    return blueprint


def with_notes(engine: Engine) -> Engine:
    """Give an empty database the tables of the resource and of the conventions."""
    Base.metadata.create_all(engine)
    for table in (IdempotencyRow, VerificationKeyRow, RevokedSessionRow):
        table.__table__.create(engine)  # type: ignore[attr-defined]
    return engine


def notes_client(engine: Engine, clock: FrozenClock, *, migrated: bool, broker: str = "") -> Any:
    """A client of the service as the program runs it: tokens, keys and readiness are real."""
    resources = Resources(
        settings=Settings(broker_url=broker),
        clock=clock,
        database=Database(engine, "target_svc", clock),
    )
    return create_service_app(
        "target_svc", resources, [resource(Doors())], is_migrated=lambda: migrated
    ).test_client(use_cookies=False)
