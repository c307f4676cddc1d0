"""形式审查 in the console: one file, many files, a year's self-evaluations, beside the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from eval_county import YEAR, EvalCounty, address, open_county
from fixtures.public_forms import LINGLING, PUTUO, printed, zipped
from fixtures.small_county import POLICE, SCHOOL, Person
from sqlalchemy import Engine, func, select, update

from services.eval_svc import jobs
from services.eval_svc.jobs import prune_form_batches, work_on_form_batch
from services.eval_svc.store.form_batches import FormBatchRow, FormFileRow, FormResultRow
from shared.access.actor import Actor
from shared.sheets.reading import read_workbook
from shared.testing.queries import count_queries
from shared.testing.web import REGION


@pytest.fixture
def county(postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path) -> EvalCounty:
    return open_county(new_database(postgres_url), tmp_path)


def brought(who: Person, **files: bytes) -> Any:
    """Post files from the page; names are their endings' fields with a point for `__`."""
    given = [(BytesIO(content), name.replace("__", ".")) for name, content in files.items()]
    return who.post("/form-checks", None, file=given)


def page_of(who: Person, path: str) -> str:
    answer = who.get(path)
    assert answer.status_code == 200, path
    return str(answer.get_data(as_text=True))


def batch_path(county: EvalCounty, answer: Any) -> str:
    """Return the page the answer leads to, once the work is done."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert work_on_form_batch(county.database)
    assert not work_on_form_batch(county.database)
    return str(answer.headers["Location"]).removeprefix("/evaluation")


def test_one_file_is_checked_at_once_and_nothing_is_kept(county: EvalCounty) -> None:
    unit = county.operator(POLICE)
    assert "multiple" not in page_of(unit, "/form-checks")
    shown = brought(unit, 零陵__xls=printed(LINGLING, "xls")).get_data(as_text=True)
    assert "执行率与金额不符" in shown
    assert "自评表1!H6" in shown
    assert "80.45%" in shown
    assert "没有核对的" in shown
    with county.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FormBatchRow)) == 0


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("空.xlsx", b"", "没有任何内容"),
        ("程序.xlsx", b"MZ\x90", "程序"),
        ("坏.docx", b"PK\x03\x04 [Content_Types].xml word/document.xml", "打不开"),
        ("无.zip", zipped({}), "没有可以核对的文件"),
    ],
)
def test_what_is_no_form_is_said_on_the_page(
    county: EvalCounty, name: str, content: bytes, told: str
) -> None:
    answer = county.operator(POLICE).post("/form-checks", None, file=(BytesIO(content), name))
    assert told in answer.get_data(as_text=True)


def test_many_files_need_the_right_and_become_a_batch(county: EvalCounty) -> None:
    files = {"甲__docx": printed(PUTUO, "docx"), "乙__xls": printed(LINGLING, "xls")}
    assert brought(county.operator(POLICE), **files).status_code == 403
    perf = county.person("fin_perf")
    path = batch_path(county, brought(perf, **files, 丙__xlsx=b"PK\x03\x04 broken"))
    shown = page_of(perf, path)
    assert "共 3 条，成功 2 条，未办成 1 条" in shown
    assert shown.count("数字不一致</span>") == 1
    assert "乙.xls" in page_of(perf, f"{path}?code=indicator_score_mismatch")
    assert "甲.docx" not in page_of(perf, f"{path}?code=indicator_score_mismatch")
    assert "丙.xlsx" in page_of(perf, f"{path}?verdict=unreadable")
    assert "甲.docx" in page_of(perf, f"{path}?unit=普陀&severity=warning")
    assert "执行率与金额不符" in page_of(perf, f"{path}/1/1")
    assert perf.get(f"{path}/7/1").status_code == 404
    sheet = read_workbook(perf.get(f"{path}?format=xlsx").get_data(), "").sheets[0]
    files_listed = {sheet.cell(row, 1).text for row in range(3, sheet.row_count + 1)}
    assert files_listed == {"甲.docx", "乙.xls", "丙.xlsx"}
    other = county.person("fin_perf")
    assert other.get(path).status_code == 404
    with county.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FormFileRow)) == 0


def test_zip_is_one_batch_and_is_forgotten_after_a_month(county: EvalCounty) -> None:
    perf = county.person("fin_perf")
    content = zipped({"镇/表.xlsx": printed(PUTUO, "xlsx"), "坏.json": b"{", "a/": b""})
    path = batch_path(county, brought(perf, 全县__zip=content))
    assert "全县.zip" in page_of(perf, "/form-checks")
    with county.database.read() as session:
        kept = session.scalars(select(FormResultRow).order_by(FormResultRow.position)).all()
        assert [(row.file_name, row.verdict) for row in kept] == [
            ("镇/表.xlsx", "consistent"),
            ("坏.json", "unreadable"),
        ]
    county.clock.advance(timedelta(days=jobs.KEEP_DAYS + 1))
    with county.database.begin() as uow:
        prune_form_batches(uow, county.clock, Actor.system("eval_svc", REGION))
    assert perf.get(path).status_code == 404


def test_a_dead_process_loses_and_repeats_nothing(
    county: EvalCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    perf = county.person("fin_perf")
    monkeypatch.setattr(jobs, "PIECE", 1)
    form = b'{"form": "project_self_evaluation", "funds": [], "indicators": []}'
    answer = brought(perf, **{f"f{number}__json": form + b" " * number for number in range(3)})
    checked = jobs._checked
    calls: list[int] = []

    def dying(*given: Any) -> Any:
        calls.append(given[2])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return checked(*given)

    monkeypatch.setattr(jobs, "_checked", dying)
    with pytest.raises(KeyboardInterrupt):
        work_on_form_batch(county.database)
    assert not work_on_form_batch(county.database)
    with county.database.begin() as uow:
        uow.session.execute(update(FormBatchRow).values(claimed_until=None))
    path = batch_path(county, answer)
    assert "成功 3 条" in page_of(perf, path)
    assert calls == [0, 1, 1, 2]


def test_batch_the_program_cannot_finish_says_so(
    county: EvalCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(jobs, "_checked", broken)
    perf = county.person("fin_perf")
    path = batch_path(county, brought(perf, a__json=b"{}", b__json=b"{} "))
    assert "系统没有核对完" in page_of(perf, path)


def test_self_evaluations_of_a_year_are_checked_in_the_starters_scope(county: EvalCounty) -> None:
    county.open()
    perf = county.person("fin_perf")
    nothing = perf.post("/form-checks/campaign", {"year": str(YEAR)})
    assert nothing.status_code == 422
    county.submitted(county.operator(SCHOOL), "教学楼改造")
    county.submitted(county.operator(POLICE), "巡逻车购置")
    office = county.office()
    path = batch_path(county, office.post("/form-checks/campaign", {"year": str(YEAR)}))
    assert "巡逻车购置" not in page_of(office, path)
    assert "教学楼改造" in page_of(office, path)
    whole = batch_path(county, perf.post("/form-checks/campaign", {"year": str(YEAR)}))
    assert "巡逻车购置" in page_of(perf, whole)
    with count_queries(county.database.engine) as counted:
        page_of(perf, whole)
    assert len(counted) <= 6


def test_findings_stand_beside_the_form_and_on_the_review(county: EvalCounty) -> None:
    county.open()
    school, form = county.operator(SCHOOL), county.form("教学楼改造")
    page = page_of(school, address(form))
    assert "form-findings" in page
    typed = {
        "version": str(form["version"]),
        "funds.0.position": "0",
        "funds.0.budget": "50",
        "funds.0.executed": "60",
        "indicators.0.position": "0",
        "indicators.0.actual": "40",
    }
    live = school.post(f"{address(form)}/scores", typed).get_data(as_text=True)
    assert "执行数超过预算数" in live
    assert 'href="#field-funds-0-executed"' in live
    assert "未填写偏差原因" in live
    assert 'href="#field-indicators-0-reason"' in live
    assert "应填未填" not in live
    parts = enumerate(("166660.00", "166660.00", "166680.00"))  # 50万元, rounded 3 × 16.67
    funds = [
        {"position": at, **dict.fromkeys(("initial", "budget", "executed"), amount)}
        for at, amount in parts
    ]
    sent = county.submitted(school, "教学楼改造", funds=funds)
    review = page_of(county.office(), address(sent))
    assert "形式审查疑点" in review
    assert "没有发现不一致" in review
