"""The rectification ledger of 50 rows, as the people of a finance bureau and of a unit see it.

The same page among 500 and among 50,000 findings: a list must not feel the size of the county.
Asked for in full: identity, permission, scope, filters' choices, cells, template. The totals above
the list are fetched by the page afterwards and measured by themselves, with nothing to meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from county import NOW, OFFICES, REGION, person, settle
from flask import Flask
from measuring import Result, in_turn
from places import service_database
from project_list import Ask, typical
from sqlalchemy.orm import Session

from services.oversight_svc.module import MODULE
from services.oversight_svc.store.findings import FindingRow, FindingUnitRow
from services.oversight_svc.store.people import OfficeRow
from shared.access.actor import Actor, Scope
from shared.db.bulk import copy_rows
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.web import KnownTokens, cookie
from shared.web.identity import install_identity

FEW, MANY = 500, 50_000
AIM = 1.3
PAGE = "/oversight/findings?sort=due"
LOOKS: tuple[tuple[str, Actor, str], ...] = (
    ("绩效中心看全县", person("fin_perf", Scope(REGION, whole_region=True)), PAGE),
    ("股室看归口单位", person("fin_office", Scope(REGION, offices=("G3",))), PAGE),
    (
        "绩效中心看未完成",
        person("fin_perf", Scope(REGION, whole_region=True)),
        f"{PAGE}&state=open",
    ),
)
_STATES = ("rectifying", "closed_out", "notified", "reported", "archived")


def measure(server: str) -> Iterator[Result]:
    """Compare both sizes for every look at the ledger."""
    with _ledger(server, FEW) as few, _ledger(server, MANY) as many:
        for title, actor, path in LOOKS:
            among_many, among_few = in_turn(
                partial(typical, many(actor, path)), partial(typical, few(actor, path))
            )
            yield Result(
                f"50 行整改台账页面（{title}）：{MANY:,} 个问题对 {FEW:,} 个",
                ours=among_many,
                bare=among_few,
                bare_title=f"同一请求，{FEW:,} 个问题",
                aim=AIM,
                side="≤",
            )


@contextmanager
def _ledger(server: str, findings: int) -> Iterator[Callable[[Actor, str], Ask]]:
    """Give what makes a request of somebody to the service with so many findings."""
    with ledger_service(server, findings) as (app, _, tokens):
        client = app.test_client(use_cookies=False)

        def request(actor: Actor, path: str) -> Ask:
            headers = cookie(tokens.token_for(actor))

            def ask() -> None:
                answer = client.get(path, headers=headers)
                if answer.status_code != 200 or "2024-" not in answer.text:  # noqa: PLR2004
                    raise RuntimeError(f"{path}: {answer.status}")

            return ask

        yield request


@contextmanager
def ledger_service(server: str, findings: int) -> Iterator[tuple[Flask, Database, KnownTokens]]:
    """Give the oversight service on a database of its own with so many findings."""
    with service_database(server, MODULE) as engine:
        database = Database(engine, MODULE.name, FrozenClock(NOW))
        with database.begin() as uow:
            add_findings(uow.session, settle(uow.session), findings)
        with engine.connect() as connection:
            connection.exec_driver_sql("analyze")
            connection.commit()
        app = MODULE.create_app(Resources(Settings(), database.clock, database))
        tokens = KnownTokens()
        install_identity(app, tokens)
        yield app, database, tokens


def add_findings(session: Session, units: Sequence[UUID], count: int) -> None:
    """Put `count` findings of three budget years into the ledger, spread over the units."""
    session.add_all(
        OfficeRow(region_code=REGION, code=f"G{n}", name=f"第{n}归口股", phone="")
        for n in range(OFFICES)
    )
    ids = [new_id() for _ in range(count)]
    rows = [_finding(number, ids[number], units) for number in range(count)]
    names = tuple(rows[0])
    copy_rows(session, FindingRow, names, (tuple(row.values()) for row in rows))
    parts = ("region_code", "fiscal_year", "finding_id", "unit_id", "duty")
    copy_rows(session, FindingUnitRow, parts, _shares(rows, units))


def _shares(rows: Sequence[dict[str, Any]], units: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        named = (row["region_code"], row["fiscal_year"], row["finding_id"])
        yield (*named, row["unit_id"], "lead")
        if number % 10 == 0:
            yield (*named, units[(number * 7 + 1) % len(units)], "assisting")


def _finding(number: int, finding_id: UUID, units: Sequence[UUID]) -> dict[str, Any]:
    year, place = 2022 + number % 3, number * 7 % len(units)
    due = date(2023, 1, 1) + timedelta(days=number * 13 % 700)
    texts = dict.fromkeys(
        ("description", "basis", "demand", "project_name", "deadline_rule", "pack_code",
         "pack_version", "assigned_name", "rechecker_name", "closer_name"), "",
    )  # fmt: skip
    counts = dict.fromkeys(
        ("evidence_count", "times_extended", "times_returned", "times_reopened", "times_urged"), 0
    )
    marks = dict.fromkeys(
        ("provisional", "is_repeated", "is_refused", "is_falsified", "is_partly_recognised"), False
    )
    return {
        "region_code": REGION, "fiscal_year": year, "finding_id": finding_id, "version": 1,
        "work_year": 2023, "number": f"{year}-{number:06}", "state": _STATES[number % 5],
        "source": "finance_evaluation", "source_document": "重点评价报告",
        "source_key": str(number), "raised_by": "finance", "title": f"资金拨付不及时{number}",
        "category": "execution", "kind": "immediate", "unit_id": units[place],
        "lead_office": f"G{place % OFFICES}", "responsible_person": "王主任",
        "amount": Decimal(10_000 + number), "amount_rectified": Decimal(0),
        "progress": number % 101, "progress_note": "正在办理", "due_on": due,
        "measures_summary": "限期拨付，完善制度",
        "first_due_on": due, "buffer_on": due, "registered_at": NOW, "changed_at": NOW,
        **texts, **counts, **marks,
    }  # fmt: skip
