"""The ledger as Excel: the words of the screen, at once or in the background."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from ledger_world import EDUCATION, POLICE, SCHOOL, LedgerWorld, count, open_ledger
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from services.oversight_svc.jobs import batches
from services.oversight_svc.jobs.batches import prune_batches, work_on_batch
from services.oversight_svc.queries import ledger
from services.oversight_svc.queries import ledger_export as exporting
from services.oversight_svc.store.ledger_batches import LedgerBatchRow, LedgerFileRow
from shared.trail.tables import TrailRow

LEDGER = "/oversight/findings"


@pytest.fixture
def world(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> LedgerWorld:
    return open_ledger(new_database(postgres_url), tmp_path)


def cells_of(page: str) -> list[list[str]]:
    """Return the table of a page as its reader sees it, cell by cell."""
    rows = re.findall(r"<tr>(<td.*?)</tr>", page[page.index("<tbody>") :], re.DOTALL)
    found = []
    for row in rows:
        cells = re.findall(
            r'<td class="(?!wx-tick)[^"]*"[^>]*><div class="wx-cell">(.*?)</div></td>',
            row,
            re.DOTALL,
        )
        found.append([words_of(cell) for cell in cells])
    return found


def words_of(cell: str) -> str:
    was = re.search(r"<del[^>]*>(.*?)</del>", cell)
    cell = re.sub(
        r"<del.*?</del>|<button.*?</button>|<progress.*?</progress>", "", cell, flags=re.DOTALL
    )
    cell = re.sub(r'<small class="wx-note">(.*?)</small>', r"（\1）", cell)
    left = f"，原{was[1]}" if was else ""
    cell = re.sub(r'<span class="wx-due-left">(.*?)</span>', rf"（\1{left}）", cell)
    cell = re.sub(r'<span class="wx-unit" data-unit>.*?</span>', "", cell)
    text = unescape(re.sub(r"<[^>]+>", "", cell)).strip()
    return "" if text == "—" else text


def sheet_of(content: bytes) -> list[list[str]]:
    """Return the lines of an exported ledger as text."""
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    return [
        [said(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows(min_row=5)
    ]


def said(value: Any, shape: str) -> str:
    if value is None:
        return ""
    return f"{Decimal(str(value)):,.2f}" if shape == "#,##0.00" else str(value)


def odd_findings(world: LedgerWorld) -> None:
    world.add(EDUCATION, SCHOOL, POLICE, due_on=date(2023, 10, 9), first_due_on=date(2023, 9, 1))
    world.add(POLICE, due_on=None, amount=None, is_refused=True, is_repeated=True)
    world.add(
        SCHOOL, state="confirmed", progress=100, closed_on=date(2023, 10, 8), closer_name="赵认定",
        rechecked_at=world.clock.now(), rechecker_name="钱复核", look_back_verdict="consolidated",
        look_back_on=date(2023, 10, 9), amount=Decimal("12345.67"), title="=1+1",
    )  # fmt: skip
    world.add(POLICE, state="merged")


@pytest.mark.parametrize(
    "question",
    [
        {"sort": "due"},
        {"sort": "-amount", "state": "open"},
        {"sort": "number", "cols": "due,amount,state", "unit": POLICE},
    ],
)
def test_the_excel_says_what_the_screen_says(world: LedgerWorld, question: dict[str, str]) -> None:
    odd_findings(world)
    perf = world.person("fin_perf")
    page = perf.page(LEDGER + "?" + "&".join(f"{name}={text}" for name, text in question.items()))
    answer = perf.post("/oversight/ledger/export", question)
    assert answer.status_code == 200
    shown = cells_of(page)
    assert len(shown) == (3 if question["sort"] == "due" else len(shown))
    assert sheet_of(answer.data) == shown
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<（]+)', page)
    head = next(iter(load_workbook(BytesIO(answer.data)).active.iter_rows(min_row=4)))  # type: ignore[union-attr]
    assert [str(cell.value).partition("（")[0] for cell in head] == [
        each.partition("（")[0] for each in heads
    ]
    with world.database.read() as session:
        assert session.scalars(select(TrailRow.act)).all() == ["oversight.ledger.export"]


def test_a_long_list_is_written_in_the_background_and_kept_a_week(
    world: LedgerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.oversight_svc.console.ledger_export.AT_ONCE", 2)
    monkeypatch.setattr(exporting, "TELL_EVERY", 1)
    monkeypatch.setattr(ledger, "READ_AT_ONCE", 1)  # in more pieces than one
    odd_findings(world)
    perf = world.person("fin_perf")
    answer = perf.post("/oversight/ledger/export", {"sort": "due"})
    assert answer.status_code == 303
    place = answer.location
    assert perf.get(f"{place}/file").status_code == 404
    assert "hx-get" in perf.page(f"{place}/status")
    world.add(POLICE)  # what comes later is in it as well: the file is of the moment it is written
    work_on_batch(world.database)
    assert "hx-get" not in perf.page(f"{place}/status")
    assert f'href="{place}/file"' in perf.page("/oversight/ledger/batches")
    assert sheet_of(perf.get(f"{place}/file").data) == cells_of(perf.page(f"{LEDGER}?sort=due"))
    assert world.person("fin_perf").get(f"{place}/file").status_code == 404
    world.clock.advance(timedelta(days=6))
    with world.database.begin() as uow:
        prune_batches(uow, world.clock, perf.actor)
    assert count(world, LedgerFileRow) == 1
    world.clock.advance(timedelta(days=2))
    with world.database.begin() as uow:
        prune_batches(uow, world.clock, perf.actor)
    assert (count(world, LedgerFileRow), count(world, LedgerBatchRow)) == (0, 0)


def test_an_export_holds_only_what_its_owner_may_see(
    world: LedgerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.oversight_svc.console.ledger_export.AT_ONCE", 0)
    mine = world.add(POLICE)
    world.add(EDUCATION)
    office = world.office("politics_law")
    place = office.post("/oversight/ledger/export", {"sort": "due"}).location
    work_on_batch(world.database)
    assert [line[1] for line in sheet_of(office.get(f"{place}/file").data)] == [mine.number]
    assert world.person("npc_viewer").post("/oversight/ledger/export", {}).status_code == 403


def test_an_export_that_fails_says_so(world: LedgerWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.oversight_svc.console.ledger_export.AT_ONCE", 0)
    world.add()
    perf = world.person("fin_perf")
    place = perf.post("/oversight/ledger/export", {"sort": "due"}).location
    monkeypatch.setattr(batches, "write_ledger", lambda *_: 1 / 0)
    work_on_batch(world.database)
    assert "系统多次尝试仍未完成" in perf.page(place)
    assert not work_on_batch(world.database)
