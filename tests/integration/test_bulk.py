"""Loading by COPY: every value as the mapped class would store it, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, ForeignKey, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.db.base import TYPES
from shared.db.bulk import JsonText, allow_seconds, copy_rows, keys_checked_last
from shared.ids import new_id


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES


class Parent(Base):
    __tablename__ = "parent"

    parent_id: Mapped[UUID] = mapped_column(primary_key=True)


class Child(Base):
    """Its key can wait, and need not."""

    __tablename__ = "child"

    child_id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID] = mapped_column(ForeignKey(Parent.parent_id, deferrable=True, name="k"))


class Loaded(Base):
    __tablename__ = "loaded"

    loaded_id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("parent.parent_id"))
    amount: Mapped[Decimal | None]
    paid_on: Mapped[date | None]
    at: Mapped[datetime | None]
    words: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    names: Mapped[list[str] | None]
    year: Mapped[int] = mapped_column(server_default="2023")


COLUMNS = ("loaded_id", "parent_id", "amount", "paid_on", "at", "words", "facts", "names")


@pytest.fixture
def session(any_postgres_url: str, new_database: Callable[[str], Engine]) -> Iterator[Session]:
    engine = new_database(any_postgres_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ROWS = st.lists(
    st.tuples(
        st.none(),
        st.none() | st.decimals(Decimal("-9e15"), Decimal("9e15"), places=2),
        st.none() | st.dates(),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.none() | TEXTS,
        st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(-9, 9) | st.none(), max_size=3),
        st.none() | st.lists(TEXTS, max_size=3),
    ),
    max_size=5,
)


@settings(max_examples=40)
@given(rows=ROWS)
def test_values_come_back_as_they_went_in(session: Session, rows: list[tuple[Any, ...]]) -> None:
    keyed = {new_id(): row for row in rows}
    count = copy_rows(session, Loaded, COLUMNS, ((key, *row) for key, row in keyed.items()))
    table = Loaded.__table__
    found = session.execute(
        select(*(table.c[name] for name in COLUMNS)).where(table.c.loaded_id.in_(keyed))
    )
    assert count == len(rows)
    assert {row[0]: tuple(row[1:]) for row in found} == keyed


def test_nothing_is_null_in_json_columns_too(session: Session) -> None:
    copy_rows(session, Loaded, ("loaded_id", "facts"), [(new_id(), None)])
    assert session.scalars(select(Loaded.year).where(Loaded.facts.is_(None))).all() == [2023]


@settings(max_examples=20)
@given(facts=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2), max_size=3))
def test_json_written_out_beforehand_is_stored_as_if_it_were_not(
    session: Session, facts: dict[str, Any]
) -> None:
    key = new_id()
    copy_rows(session, Loaded, ("loaded_id", "facts"), [(key, JsonText.of(facts))])
    assert session.scalars(select(Loaded.facts).where(Loaded.loaded_id == key)).one() == facts


def test_rows_go_with_the_transaction(session: Session) -> None:
    copy_rows(session, Loaded, ("loaded_id",), [(new_id(),), (new_id(),)])
    session.rollback()
    assert session.scalars(select(Loaded)).all() == []


def test_rows_may_refer_to_what_the_session_has_just_added(session: Session) -> None:
    parent = Parent(parent_id=new_id())
    session.add(parent)
    copy_rows(session, Loaded, ("loaded_id", "parent_id"), [(new_id(), parent.parent_id)])
    assert session.scalars(select(Loaded.parent_id)).all() == [parent.parent_id]


def test_a_refused_value_leaves_no_row(session: Session) -> None:
    known = new_id()
    with pytest.raises(psycopg.errors.UniqueViolation), session.begin_nested():
        copy_rows(session.connection(), Loaded.__table__, ("loaded_id",), [(known,), (known,)])
    assert session.scalars(select(Loaded)).all() == []


def test_a_row_of_another_length_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="1 values"), session.begin_nested():
        copy_rows(session, Loaded, ("loaded_id", "amount"), [(new_id(),)])
    assert session.scalars(select(Loaded)).all() == []


def test_rows_may_come_before_those_they_refer_to(session: Session) -> None:
    parent = new_id()
    with keys_checked_last(session, Child):
        copy_rows(session, Child, ("child_id", "parent_id"), [(new_id(), parent)])
        copy_rows(session, Parent, ("parent_id",), [(parent,)])
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        copy_rows(session, Child, ("child_id", "parent_id"), [(new_id(), new_id())])


def test_what_they_refer_to_must_be_there_in_the_end(session: Session) -> None:
    with pytest.raises(IntegrityError), keys_checked_last(session, Child):
        copy_rows(session, Child, ("child_id", "parent_id"), [(new_id(), new_id())])


def test_more_time_is_allowed_for_one_transaction_only(session: Session) -> None:
    limit = text("show statement_timeout")
    session.execute(text("set statement_timeout = '7s'"))
    session.commit()
    allow_seconds(session, 120)
    assert session.scalar(limit) == "2min"
    session.commit()
    assert session.scalar(limit) == "7s"
