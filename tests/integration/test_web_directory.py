"""The unit table on PostgreSQL: events in, scope in SQL the same as in Python, Chinese search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from shared.access.actor import NOBODY, Scope
from shared.access.scope import scope_filter
from shared.db.unit_of_work import Database
from shared.directory.learn import learn_unit, save_unit
from shared.directory.queries import UnitFilter, find_unit, find_unit_by_code, units_in_scope
from shared.directory.tables import UnitRow
from shared.events.envelope import Event, Subject
from shared.events.oversight import UNIT_CHANGED, UNIT_REGISTERED
from shared.testing.clock import FrozenClock
from shared.testing.web import REGION, actor_with

SPACE = UUID("01890a5d-ac96-774b-bcce-b302099a8300")
OTHER = "410404"
UNITS = (
    # region, path, lead office, name
    (REGION, "219/", "education", "岳池县教育局"),
    (REGION, "219/219001/", "education", "岳池县第一中学"),
    (REGION, "219/219002/", "economy", "岳池县第二小学"),
    (REGION, "2191/", None, "岳池县人民医院"),
    (REGION, "21_/", "economy", "九龙街道（示例）"),
    (REGION, "21%/", "social%", "岳池池县ABC中心"),
    (OTHER, "219/", "education", "石龙区教育局"),
)


def facts(path: str, office: str | None, name: str, **changed: Any) -> dict[str, Any]:
    codes = path.strip("/").split("/")
    return {
        "code": codes[-1],
        "name": name,
        "parent_id": None,
        "department_id": uuid5(SPACE, codes[0]),
        "is_department": len(codes) == 1,
        "path": path,
        "kind": "basic",
        "lead_office": office,
        "lead_office_name": "科教文股",
        "head_name": "李某",
        "contact": "王某",
        "phone": "0826-5550101",
        "state": "active",
        **changed,
    }


def unit_id(region: str, path: str) -> UUID:
    return uuid5(SPACE, region + path)


@pytest.fixture
def engine(any_postgres_url: str, new_database: Callable[[str], Engine]) -> Engine:
    engine = new_database(any_postgres_url)
    UnitRow.__table__.create(engine)  # type: ignore[attr-defined]
    with Session(engine) as session, session.begin():
        for region, path, office, name in UNITS:
            save_unit(session, Subject(unit_id(region, path), 1, region), facts(path, office, name))
    return engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SCOPES = [
    Scope(""),
    Scope("", whole_region=True),
    Scope(REGION),
    Scope(REGION, whole_region=True),
    Scope(OTHER, whole_region=True),
    Scope(REGION, unit_paths=("219/",)),
    Scope(REGION, unit_paths=("219/219001/",)),
    Scope(REGION, unit_paths=("21_/",)),
    Scope(REGION, unit_paths=("21%/",)),
    Scope(REGION, unit_paths=("%",)),
    Scope(REGION, unit_paths=("___/",)),
    Scope(REGION, unit_paths=("219\\/", "'; drop table unit; --")),
    Scope(REGION, offices=("economy",)),
    Scope(REGION, offices=("social%", "education")),
    Scope(REGION, unit_paths=("2191/",), offices=("economy",)),
    Scope(OTHER, unit_paths=("219/219001/",), offices=("economy",)),
]


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_scope_means_the_same_in_sql_and_python(session: Session, scope: Scope) -> None:
    actor = actor_with("fin_perf", scope=scope)
    found = set(session.scalars(select(UnitRow.name).where(scope_filter(actor, UnitRow))))
    expected = {
        name
        for region, path, office, name in UNITS
        if scope.covers(region=region, unit_path=path, lead_office=office)
    }
    assert found == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("教育", {"岳池县教育局"}),
        ("岳池县第", {"岳池县第一中学", "岳池县第二小学"}),
        ("岳池县", {each[3] for each in UNITS if "岳池县" in each[3]}),
        ("局", {"岳池县教育局"}),
        ("学", {"岳池县第一中学", "岳池县第二小学"}),
        ("岳池 小学", {"岳池县第二小学"}),
        ("219001", {"岳池县第一中学"}),
        ("abc", {"岳池池县ABC中心"}),
        ("(示例)", {"九龙街道（示例）"}),
        ("yuechi", {each[3] for each in UNITS if "岳池" in each[3]}),
        ("jyj", {"岳池县教育局"}),
        ("教局", set()),
        ("县第中", set()),
        ("' | '岳池':*", {each[3] for each in UNITS if "岳池" in each[3]}),
        ("，。", {each[3] for each in UNITS if each[0] == REGION}),
    ],
)
def test_search_finds_exactly_what_contains_the_text(
    session: Session, text: str, found: set[str]
) -> None:
    page = units_in_scope(session, actor_with("fin_perf"), UnitFilter(text=text))
    assert {unit.name for unit in page.items} == found


def test_lists_go_by_pinyin_in_one_query_a_page(engine: Engine, session: Session) -> None:
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *each: statements.append(each[2]))
    actor = actor_with("fin_perf")
    names, cursor = [], None
    for _ in range(3):
        page = units_in_scope(session, actor, cursor=cursor, limit=2)
        names += [unit.name for unit in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert len(statements) == 3
    assert names == sorted(
        names, key=lambda name: session.scalars(select(UnitRow.pinyin).filter_by(name=name)).one()
    )
    assert len(set(names)) == 6


def test_units_are_learnt_from_events_in_any_order(
    engine: Engine, frozen_clock: FrozenClock
) -> None:
    database = Database(engine, "target_svc", frozen_clock)
    place = Path(__file__).parents[2] / "shared" / "events" / "samples"
    registered, changed = (
        Event.from_json(json.loads((place / f"{name}.json").read_text("utf-8")))
        for name in (UNIT_REGISTERED, UNIT_CHANGED)
    )
    for told in (registered, changed, changed, registered):
        with database.begin() as uow:
            learn_unit(uow, frozen_clock, NOBODY, told)
    with database.read() as session:
        unit = find_unit(session, "511621", changed.subject.id)
        assert unit is not None
        assert (unit.version, unit.head_name) == (2, changed.data["head_name"])
        assert find_unit(session, OTHER, changed.subject.id) is None


def test_an_active_unit_is_found_before_a_merged_one(session: Session) -> None:
    old = Subject(uuid5(SPACE, "old"), 1, REGION)
    save_unit(session, old, facts("219/219001/", None, "旧第一中学", state="merged"))
    found = find_unit_by_code(session, REGION, "219001")
    assert found is not None
    assert found.name == "岳池县第一中学"
    assert find_unit_by_code(session, REGION, "none") is None
