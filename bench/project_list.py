"""The project list of 50 rows, as a finance office sees it: rights, scope, paging, target states.

Asked for over HTTP conventions in full (identity, permission, schema). The first comparison is the
same request among 1,000 and among 100,000 projects: a list must not feel the size of the county.
The second is a bare Flask view that runs the same SQL and gives its rows as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from statistics import median
from typing import Any

import psycopg
from county import FISCAL_YEAR, NOW, REGION, add_projects, person, settle
from flask import Flask
from measuring import Result, in_turn, seconds_of
from places import program_url, service_database
from psycopg.rows import dict_row
from sqlalchemy import Engine, event

from services.target_svc.app import create_app
from shared.access.actor import Scope
from shared.db.unit_of_work import Database
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.web import KnownTokens, bearer, cookie
from shared.web.identity import install_identity

FEW, MANY = 1_000, 100_000
REQUESTS = 40
OFFICE = "G3"
SIZE_AIM = 1.3
BARE_AIM = 0.5
API = f"/target/api/v1/projects?fiscal_year={FISCAL_YEAR}&limit=50"
PAGE = f"/target/projects?year={FISCAL_YEAR}"

Ask = Callable[[], None]


def measure(server: str) -> Iterator[Result]:
    """Compare sizes for the API and the page, then the API with a bare view."""
    with _county(server, FEW) as (few, _), _county(server, MANY) as (many, engine):
        for title, path in (("接口", API), ("页面", PAGE)):
            among_many, among_few = in_turn(
                partial(typical, many(path)), partial(typical, few(path))
            )
            yield Result(
                f"50 行项目清单{title}：{MANY:,} 个项目对 {FEW:,} 个",
                ours=among_many,
                bare=among_few,
                bare_title=f"同一请求，{FEW:,} 个项目",
                aim=SIZE_AIM,
                side="≤",
            )
        with _bare_view(engine, many(API)) as bare:
            ours, alone = in_turn(partial(typical, many(API)), partial(typical, bare))
        yield Result(
            f"50 行项目清单接口（{MANY:,} 个项目）",
            ours=ours,
            bare=alone,
            bare_title="裸 Flask 视图执行同一查询",
            aim=BARE_AIM,
            side="≥",
        )


def typical(ask: Ask) -> float:
    """Return the median of many requests."""
    return median(seconds_of(ask) for _ in range(REQUESTS))


@contextmanager
def _county(server: str, projects: int) -> Iterator[tuple[Callable[[str], Ask], Engine]]:
    """Give what makes a request for a path to the service with so many projects."""
    with service_database(server) as engine:
        database = Database(engine, "target_svc", FrozenClock(NOW))
        with database.begin() as uow:
            add_projects(uow.session, settle(uow.session), projects)
        with engine.connect() as connection:
            connection.exec_driver_sql("analyze")
            connection.commit()
        app = create_app(Resources(Settings(), database.clock, database))
        tokens = KnownTokens()
        install_identity(app, tokens)
        token = tokens.token_for(person("fin_office", Scope(REGION, offices=(OFFICE,))))
        client = app.test_client(use_cookies=False)

        def request(path: str) -> Ask:
            headers = bearer(token) if "/api/" in path else cookie(token)

            def ask() -> None:
                answer = client.get(path, headers=headers)
                if answer.status_code != 200:  # noqa: PLR2004
                    raise RuntimeError(f"{path}: {answer.status}")

            return ask

        yield request, engine


@contextmanager
def _bare_view(engine: Engine, ask: Ask) -> Iterator[Ask]:
    """Give requests to a bare view running the SQL that `ask` makes the service run."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:  # noqa: ANN401
        statements.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    statement, given = next(each for each in statements if " project." in each[0])
    app = Flask("bare")
    with psycopg.connect(program_url(engine.url), row_factory=dict_row) as connection:
        numbers = count()

        @app.get("/projects")
        def projects() -> list[dict[str, Any]]:
            rows = connection.execute(statement, given).fetchall()
            connection.rollback()
            return [{name: str(value) for name, value in row.items()} for row in rows]

        client = app.test_client()

        def request() -> None:
            if client.get(f"/projects?{next(numbers)}").status_code != 200:  # noqa: PLR2004
                raise RuntimeError("the bare view failed")

        yield request
