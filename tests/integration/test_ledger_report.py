"""整改情况报告: every number leads to the findings it counts, on the page and in Word."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from ledger_world import EDUCATION, POLICE, SCHOOL, TOWN, LedgerPerson, LedgerWorld, open_ledger
from sqlalchemy import Engine

from shared.testing.queries import count_queries

REPORT = "/oversight/rectification-report"
WHOLE = re.compile(
    r"共 ([\d,]+) 个问题</strong>，涉及金额 .*?data-yuan=\"([\d.]+)\".*?data-yuan=\"([\d.]+)\"",
    re.DOTALL,
)


@pytest.fixture
def world(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> LedgerWorld:
    world = open_ledger(new_database(postgres_url), tmp_path)
    early = datetime(2023, 3, 1, 2, 0, tzinfo=UTC)
    world.add(EDUCATION, SCHOOL, state="closed_out", source="audit", raised_by="audit")
    world.add(EDUCATION, state="archived", kind="phased", amount=Decimal("30.01"))
    world.add(POLICE, state="rectifying", amount=None)
    world.add(POLICE, state="rectifying", is_refused=True)
    world.add(SCHOOL, state="reported", registered_at=early, fiscal_year=2022)
    world.add(TOWN, state="registered", source="congress")
    world.add(TOWN, state="withdrawn")
    world.add(TOWN, state="merged")
    return world


def figures(page: str) -> list[tuple[str, str]]:
    """Return (what is shown, address) of every number of the page's tables and sentences."""
    body = page[page.index("总体情况") :]
    links = re.findall(r'<a href="(/oversight/findings\?[^"]*)">(.*?)</a>', body, re.DOTALL)
    return [(shown, unescape(href)) for href, shown in links]


def follow(person: LedgerPerson, href: str) -> tuple[int, Decimal, Decimal]:
    """Return count, amount and rectified amount of the ledger behind `href`."""
    page = person.page(href.replace("/oversight/findings", "/oversight/ledger/totals"))
    found = WHOLE.search(page)
    assert found, page
    return int(found[1].replace(",", "")), Decimal(found[2]), Decimal(found[3])


@pytest.mark.parametrize(
    "query",
    ["", "?year=2023", "?from=2023-10-01&until=2023-10-31", "?raised_by=finance&office=education"],
)
def test_following_each_number_counts_the_same(world: LedgerWorld, query: str) -> None:
    perf = world.person("fin_perf")
    found = figures(perf.page(REPORT + query))
    assert len(found) > 20
    for shown, href in found:
        count, amount, rectified = follow(perf, href)
        money = re.search(r'data-yuan="([\d.]+)"', shown)
        if money:
            assert Decimal(money[1]) in (amount, rectified), (shown, href)
        else:
            assert int(shown.replace(",", "")) == count, (shown, href)


def test_the_three_words_count_every_finding_once(world: LedgerWorld) -> None:
    page = world.person("fin_perf").page(REPORT)
    counts = [int(shown) for shown, _href in figures(page) if shown.isdecimal()]
    assert counts[:4] == [6, 2, 2, 2]
    assert "30.00" not in page  # 30.01元 are shown in 万元, never cut in the sum


def test_the_word_report_names_the_table_of_every_number(world: LedgerWorld) -> None:
    perf = world.person("fin_perf")
    answer = perf.get(f"{REPORT}/document?year=2023")
    document = Document(BytesIO(answer.data))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "关于2023年度监督发现问题整改情况的报告" in said
    assert "共涉及问题5个〔表1〕" in said
    assert "已整改2个" in said
    overall, sources, units, kinds, details = (
        [[cell.text for cell in row.cells] for row in table.rows[1:]] for table in document.tables
    )
    assert [line[:2] for line in overall] == [
        ["已整改", "2"], ["整改中", "1"], ["未整改", "2"], ["合计", "5"],
    ]  # fmt: skip
    for table in (sources, units, kinds):
        assert sum(int(line[1]) for line in table) == 5
        assert sum(int(line[3]) for line in table) == 2
    assert len(details) == 5
    assert [line[5] for line in details].count("未整改") == 2


def test_the_report_is_one_grouped_query_in_scope(world: LedgerWorld) -> None:
    perf = world.person("fin_perf")
    with count_queries(world.database.engine) as sent:
        perf.page(REPORT)
    assert len(sent) == 4, sent
    assert world.office("education").get(REPORT).status_code == 403
    empty = perf.page(f"{REPORT}?year=2021")
    assert "统计期内没有问题" in empty
    assert perf.get(f"{REPORT}/document?year=2021").status_code == 200
    assert perf.get(f"{REPORT}?from=2023-99-99&until=x").status_code == 200
    assert date(2023, 10, 10) == world.clock.today()
