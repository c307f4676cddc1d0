"""今日督办 and urging: what asks for something today, and what remains of having asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from ledger_world import EDUCATION, POLICE, SCHOOL, TOWN, LedgerWorld, key, open_ledger
from monitor_county import PDF
from sqlalchemy import Engine, select

from services.oversight_svc.store.rectification import UrgingRow
from shared.testing.queries import count_queries

TODAY = "/oversight/today"


@pytest.fixture
def world(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> LedgerWorld:
    return open_ledger(new_database(postgres_url), tmp_path)


def tiles_of(page: str) -> dict[str, tuple[str, str]]:
    """Return label → (figure, address) of the tiles."""
    found = re.findall(
        r'<a class="wx-tile[^"]*" href="([^"]+)"><span class="wx-tile-label">([^<]+)</span>'
        r'<span class="wx-tile-value">(\d+)',
        page,
    )
    return {label: (figure, unescape(href)) for href, label, figure in found}


def fill(world: LedgerWorld) -> None:
    world.add(EDUCATION, due_on=date(2023, 10, 9), buffer_on=date(2023, 10, 16))
    world.add(SCHOOL, due_on=date(2023, 9, 28))
    world.add(POLICE, due_on=date(2023, 10, 15))  # a Sunday after the third working day
    world.add(POLICE, due_on=date(2023, 10, 16))
    world.add(POLICE, state="closed_out", due_on=date(2023, 10, 1))
    world.add(TOWN, state="reported", due_on=date(2023, 10, 9))
    world.add(TOWN, state="verified", due_on=date(2023, 10, 30))
    world.add(TOWN, state="reported", raised_by="audit", due_on=date(2023, 10, 30))


def test_every_figure_of_the_day_leads_to_what_it_counts(world: LedgerWorld) -> None:
    fill(world)
    for person, expected in (
        (world.person("fin_perf"), [2, 1, 1, 1]),
        (world.office("agriculture"), [0, 0, 1, 0]),
        (world.office("politics_law"), [0, 1, 0, 0]),
        (world.person("audit_officer"), [0, 0, 1, 0]),
    ):
        page = person.page(TODAY)
        tiles = tiles_of(page)
        assert [int(figure) for figure, _href in tiles.values()] == expected
        links = list(tiles.values()) + [
            (figure, unescape(href))
            for href, figure in re.findall(
                r'<a href="(/oversight/findings\?[^"]*office=[^"]*)">(\d+)</a>', page
            )
        ]
        for figure, href in links:
            totals = href.replace("/oversight/findings", "/oversight/ledger/totals")
            assert f"共 {figure} 个问题" in person.page(totals), href


def test_the_text_groups_by_unit_and_leaves_out_what_is_not_with_the_unit(
    world: LedgerWorld,
) -> None:
    fill(world)
    page = world.person("fin_perf").page(TODAY)
    text = unescape(re.search(r'id="reminder"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])  # type: ignore[index]
    assert (
        text.splitlines()[0] == "【整改催办】截至2023年10月10日，以下3个单位共3个问题须抓紧整改："
    )
    urged = [int(tiles_of(page)[name][0]) for name in list(tiles_of(page))[:2]]
    assert sum(urged) == 3  # the figures are of what the text names
    assert "1. 城关第一小学（王主任 0826-5550101）" in text
    assert "  （1）2023-0002 问题2，期限2023年9月28日，已逾期" in text
    assert "剩3个工作日" in text
    assert "九龙镇" not in text
    assert "缓冲期至 2023年10月16日" in page
    assert "逾期不自动问责" in page


def test_an_audit_finding_is_urged_by_the_audit_office_only(world: LedgerWorld) -> None:
    finding = world.add(raised_by="audit", due_on=date(2023, 10, 9))
    perf, auditor = world.person("fin_perf"), world.person("audit_officer")
    assert "今天没有要催办的问题" in perf.page(TODAY)
    assert finding.number in auditor.page(TODAY)
    refused = perf.post("/oversight/urging/letters", {"ids": key(finding)})
    assert refused.status_code == 409
    assert world.person("unit_operator").get(TODAY).status_code == 403


def test_a_letter_is_a_draft_until_number_date_and_scan(world: LedgerWorld) -> None:
    first = world.add(POLICE, due_on=date(2023, 10, 9), title="装备闲置", amount=None)
    second = world.add(POLICE, due_on=date(2023, 9, 28))
    perf = world.person("fin_perf")
    place = perf.post("/oversight/urging/letters", {"ids": f"{key(first)},{key(second)}"}).location
    assert "县公安局" in perf.page(TODAY)
    assert place in perf.page(TODAY)
    words = perf.get(f"{place}/document")
    document = Document(BytesIO(words.data))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "县公安局：" in said
    assert "尚有2个问题超过规定期限" in said
    assert "岳池县财政局" in said
    listed = [[cell.text for cell in row.cells][:5] for row in document.tables[0].rows]
    assert listed[1] == [first.number, "装备闲置", "", "2023年10月9日", "1"] or listed[2] == [
        first.number, "装备闲置", "", "2023年10月9日", "1",
    ]  # fmt: skip
    refused = perf.post(f"{place}/send", {"document_number": "岳财绩函〔2023〕8号"})
    assert refused.status_code == 422
    assert "岳财绩函〔2023〕8号" in refused.text
    assert "请上传盖章后的催办函扫描件。" in refused.text
    assert world.reload(first).times_urged == 0
    scan = {"scan_file": (BytesIO(PDF), "催办函.pdf")}
    kept = perf.post(f"{place}/send", {"sent_on": "2023-10-10", **scan})
    assert kept.status_code == 422
    digest = re.search(r'name="scan" value="([0-9a-f]{64})"', kept.text)[1]  # type: ignore[index]
    sent = perf.post(
        f"{place}/send",
        {"document_number": "岳财绩函〔2023〕8号", "sent_on": "2023-10-10", "scan": digest},
    )
    assert sent.status_code == 303
    page = perf.page(place)
    assert "已发出" in page
    assert "登记发出" not in page
    assert {world.reload(each).times_urged for each in (first, second)} == {1}
    assert {world.reload(each).state for each in (first, second)} == {"rectifying"}
    assert place not in perf.page(TODAY)
    again = perf.post(f"{place}/send", {"document_number": "x", "sent_on": "2023-10-10"})
    assert again.status_code == 404
    outside = world.office("agriculture")
    assert outside.get(place).status_code == 404
    assert outside.get(f"{place}/document").status_code == 404


def test_a_call_is_logged_with_who_answered(world: LedgerWorld) -> None:
    finding = world.add(POLICE, due_on=date(2023, 10, 9))
    office = world.office("politics_law")
    calls, ids = "/oversight/urging/calls", key(finding)
    nobody = office.post(calls, {"ids": ids, "note": "承诺周五前完成"})
    assert nobody.status_code == 303
    assert world.reload(finding).times_urged == 0
    office.post(calls, {"ids": ids, "person": "刘所长", "note": "承诺周五前完成"})
    assert world.reload(finding).times_urged == 1
    with world.database.read() as session:
        row = session.scalars(select(UrgingRow)).one()
    assert (row.means, row.state, row.person, row.note) == (
        "call", "sent", "刘所长", "承诺周五前完成",
    )  # fmt: skip
    assert "已催办 1 次" in office.page(TODAY)


def test_the_number_of_queries_of_the_day_does_not_grow(world: LedgerWorld) -> None:
    perf, counts = world.person("fin_perf"), []
    for more in (1, 12):
        for _ in range(more):
            row = world.add(POLICE, due_on=date(2023, 10, 9))
            perf.post("/oversight/urging/letters", {"ids": key(row)})
        with count_queries(world.database.engine) as sent:
            perf.page(TODAY)
        counts.append(len(sent))
    assert counts[0] == counts[1], sent


def test_an_empty_day_says_what_to_do_next(world: LedgerWorld) -> None:
    page = world.person("discipline_officer").page(TODAY)
    assert "今天没有要催办的问题" in page
    assert {figure for figure, _href in tiles_of(page).values()} == {"0"}
