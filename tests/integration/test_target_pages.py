"""Pages of targets: who sees what, forms that keep what was typed, batches, files, query counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from fixtures.small_county import DEPARTMENT, POLICE, SCHOOL
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine
from target_county import PDF, Person, TargetCounty, content, form_of, line, open_county, signature

from shared.sheets.writing import OutColumn, write_table
from shared.testing.queries import count_queries
from shared.testing.web import CSRF, cookie

NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> TargetCounty:
    return open_county(new_database(postgres_url), tmp_path, NOW)


def text(who: Person, path: str) -> str:
    answer = who.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("unit", "seen"),
    [
        (SCHOOL, {"课桌椅更新"}),
        (DEPARTMENT, {"课桌椅更新", "教学楼改造"}),
        (POLICE, {"巡逻车购置"}),
    ],
)
def test_a_unit_sees_only_what_is_its_own(county: TargetCounty, unit: str, seen: set[str]) -> None:
    names = {"课桌椅更新", "教学楼改造", "巡逻车购置"}
    page = text(county.operator(unit), "/target/projects?year=2024")
    assert {name for name in names if name in page} == seen
    page = text(county.operator(unit), "/target/joint-review?year=2024")
    assert {name for name in names if name in page} == seen


def test_an_office_sees_its_units_and_nothing_by_address(county: TargetCounty) -> None:
    path, _ = county.draft(county.operator(POLICE), "P003")
    own, other = county.office("politics_law"), county.office("education")
    assert "巡逻车购置" in text(own, "/target/targets?year=2024")
    assert "巡逻车购置" not in text(other, "/target/targets?year=2024")
    for suffix in ("", "/print", "/indicators.xlsx"):
        assert own.get(f"/target{path}{suffix}").status_code == 200
        assert other.get(f"/target{path}{suffix}").status_code == 404
    project = county.project_id("P003")
    assert other.get(f"/target/projects/2024/{project}").status_code == 404
    assert other.call("GET", path).status_code == 404


def test_search_finds_chinese_parts_and_pinyin_initials(county: TargetCounty) -> None:
    perf = county.person("fin_perf")
    for words in ("逻车", "xlc", "P003"):
        page = text(perf, f"/target/projects?year=2024&q={words}")
        assert "巡逻车购置" in page
        assert "课桌椅更新" not in page


def test_totals_by_book_lead_to_their_lists(county: TargetCounty) -> None:
    fund = {"预算账本": "政府性基金预算"}
    county.import_projects([line("F001", "土地整理", unit=POLICE, amount="300000.00", **fund)])
    page = text(county.person("fin_perf"), "/target/projects?year=2024")
    assert "82.00" in page  # 50 + 8 + 24 万元 of the general budget
    assert "30.00" in page
    page = text(county.person("fin_perf"), "/target/projects?year=2024&book=gov_fund")
    assert "土地整理" in page
    assert "课桌椅更新" not in page


def test_a_stale_form_is_kept_and_not_saved(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    typed = form_of(annual_goal="我刚才填写的目标", version=str(version - 1), act="draft")
    answer = police.post(f"/target{path}/draft", **typed)
    assert answer.status_code == 412
    page = answer.get_data(as_text=True)
    assert "我刚才填写的目标" in page
    assert "刚被他人修改过" in page
    assert f'name="version" value="{version}"' in page
    assert police.call("GET", path).get_json()["annual_goal"] == content()["annual_goal"]


def test_a_saved_draft_and_a_refused_submission_say_where_to_mend(
    county: TargetCounty,
) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    typed = form_of(version=str(version), act="submit", **{"indicators.0.weight": "28"})
    saved = police.post(f"/target{path}/draft", **typed)
    assert saved.status_code == 422  # kept, but not led on to the signature
    assert "各指标权重合计为 98" in saved.get_data(as_text=True)
    client = county.app.test_client(use_cookies=False)
    answer = client.post(
        f"/target{path}/submit",
        data={
            "csrf_token": CSRF,
            "version": str(version + 1),
            "commitment": "true",
            "signer_name": "李局长",
            "signature_kind": "signed_scan",
            "scan": (BytesIO(PDF), "签字.pdf"),
        },
        headers=cookie(police.token),
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "各指标权重合计为 98" in page
    assert "已上传 签字.pdf" in page  # and need not be chosen again


def test_a_signed_scan_is_served_only_with_its_target(county: TargetCounty) -> None:
    police, stranger = county.operator(POLICE), county.operator(SCHOOL)
    path, _ = county.submitted(police, "P003")
    digest = police.upload("/files", PDF, "签字.pdf").get_json()["digest"]
    office = county.office("politics_law")
    here = f"/target{path}/scans/{digest}"
    page = office.get(here).get_data(as_text=True)
    assert 'src="?part=1"' in page
    assert office.get(f"{here}?part=1").mimetype == "image/jpeg"
    answer = office.get(f"{here}?part=file")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert stranger.get(f"/target{path}/scans/{digest}").status_code == 404
    other = police.upload("/files", PDF + b"%2\n", "别的.pdf").get_json()["digest"]
    assert office.get(f"/target{path}/scans/{other}").status_code == 404


def test_the_code_on_paper_changes_with_the_content_and_not_with_the_state(
    county: TargetCounty,
) -> None:
    def code() -> str:
        return text(police, f"/target{path}/print").split("<code>")[1].split("</code>")[0]

    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    signed = code()
    digest = police.upload("/files", PDF, "签字.pdf").get_json()["digest"]
    sent = police.call("POST", f"{path}/submission", signature(digest), version=version)
    assert code() == signed
    version = sent.get_json()["version"]
    back = {"passing": False, "opinion": "请补充。"}
    office = county.office("politics_law")
    returned = office.call("POST", f"{path}/reviews", back, version=version).get_json()
    police.call("PUT", path, content(annual_goal="改过的目标"), version=returned["version"])
    assert code() != signed


def sheet(county: TargetCounty, police: Person, path: str, file: bytes, act: str) -> object:
    client = county.app.test_client(use_cookies=False)
    data = {**form_of(annual_goal="还没有保存的目标"), "csrf_token": CSRF, "act": act}
    data["sheet"] = (BytesIO(file), "指标.xlsx")
    return client.post(f"/target{path}/sheet", data=data, headers=cookie(police.token))


def test_indicators_go_out_to_wps_and_come_back_into_the_form(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, version = county.draft(police, "P003")
    out = police.get(f"/target{path}/indicators.xlsx").data
    rows = CalamineWorkbook.from_filelike(BytesIO(out)).get_sheet_by_index(0).to_python()
    head = next(at for at, row in enumerate(rows) if "三级指标" in row)
    rows[head + 1][rows[head].index("指标值")] = "26"
    edited = write_table(
        [OutColumn(str(name)) for name in rows[head]], rows[head + 1 :], "绩效指标"
    )
    answer = sheet(county, police, path, edited, "read")
    page = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert 'name="indicators.0.value" value="26"' in page
    assert "还没有保存的目标" in page
    assert "已读入 5 条指标，尚未保存" in page
    kept = police.call("GET", path).get_json()
    assert (kept["version"], kept["indicators"][0]["value"]) == (version, "20")


def test_a_faulty_sheet_loses_nothing_and_comes_back_marked(county: TargetCounty) -> None:
    police = county.operator(POLICE)
    path, _ = county.draft(police, "P003")
    titles = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "计量单位", "权重")
    row = ("产出指标", "数量的指标", "巡逻次数", "≥", "300", "次", "二十")
    faulty = write_table([OutColumn(title) for title in titles], [row], "绩效指标")
    answer = sheet(county, police, path, faulty, "read")
    page = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "巡逻次数" in page
    assert "二十" in page
    assert "权重须为数字" in page
    marked = sheet(county, police, path, faulty, "marked")
    book = CalamineWorkbook.from_filelike(BytesIO(marked.data))  # type: ignore[attr-defined]
    assert "问题清单" in book.sheet_names


def test_the_picker_adds_a_published_entry_to_what_is_typed(county: TargetCounty) -> None:
    perf, police = county.person("fin_perf"), county.operator(POLICE)
    path, _ = county.draft(police, "P003")
    entry = {
        "sector": "common", "level1": "output", "level2": "quantity", "name": "巡逻里程",
        "operator": "ge", "standard_value": "1000", "unit": "公里",
    }  # fmt: skip
    assert police.post("/target/indicators/new", **entry).status_code == 303
    assert "巡逻里程" not in text(police, f"/target{path}/picker?library_q=里程")
    (row,) = perf.call("GET", "/indicators?state=proposed").get_json()["items"]
    address = f"/target/indicators/{row['indicator_id']}"
    assert police.post(f"{address}/publish", version="1").status_code == 403
    assert perf.post(f"{address}/publish", version="1").status_code == 303
    assert "巡逻里程" in text(police, f"/target{path}/picker?library_q=里程")
    typed = form_of(pick=row["code"], annual_goal="x")
    page = police.post(f"/target{path}/rows", **typed).get_data(as_text=True)
    assert 'name="indicators.5.library_code" value="ZB0001"' in page
    assert 'name="indicators.0.value" value="20"' in page
    assert perf.post(f"{address}/retire", version="2").status_code == 303
    assert "巡逻里程" not in text(police, f"/target{path}/picker?library_q=里程")


def test_a_batch_leaves_the_doubtful_out_and_says_why(county: TargetCounty) -> None:
    clear, _ = county.submitted(county.operator(DEPARTMENT), "P001")
    police = county.operator(POLICE)
    doubtful, version = county.draft(police, "P003")
    rows = content()["indicators"]
    rows[1] |= {"operator": "qualitative", "value": "显著提高"}
    saved = police.call("PUT", doubtful, content(indicators=rows), version=version).get_json()
    digest = police.upload("/files", PDF, "签字.pdf").get_json()["digest"]
    police.call("POST", f"{doubtful}/submission", signature(digest), version=saved["version"])
    ids = [path.rpartition("/")[2] for path in (clear, doubtful)]
    office = county.person("fin_office")
    page = office.post("/target/targets/2024/pass", ids=ids).get_data(as_text=True)
    assert "办成 1 份，未办 1 份" in page
    assert "指标值含糊" in page
    states = [office.call("GET", path).get_json()["state"] for path in (clear, doubtful)]
    assert states == ["fin_perf_review", "fin_office_review"]


def test_tabling_and_approval_of_many_at_once(county: TargetCounty) -> None:
    paths = [
        county.passed(county.operator(DEPARTMENT), "P001")[0],
        county.passed(county.operator(POLICE), "P003")[0],
    ]
    ids = [path.rpartition("/")[2] for path in paths]
    budget = county.person("fin_budget")
    unready = budget.post("/target/targets/2024/approve", ids=ids, document_number="1号",
                          approved_on="2023-10-10")  # fmt: skip
    assert "办成 0 份，未办 2 份" in unready.get_data(as_text=True)
    assert "办成 2 份" in budget.post("/target/targets/2024/table", ids=ids).get_data(as_text=True)
    asked = budget.post("/target/targets/2024/approve", ids=ids)
    assert "批复文号" in asked.get_data(as_text=True)
    empty = budget.post("/target/targets/2024/approve", ids=ids, document_number="",
                        approved_on="2023-10-10")  # fmt: skip
    assert empty.status_code == 422
    done = budget.post("/target/targets/2024/approve", ids=ids, document_number="岳财预1号",
                       approved_on="2023-10-10")  # fmt: skip
    assert "办成 2 份" in done.get_data(as_text=True)
    for path in paths:
        assert budget.call("GET", path).get_json()["document_number"] == "岳财预1号"


def test_the_excel_is_the_screen(county: TargetCounty) -> None:
    county.submitted(county.operator(POLICE), "P003")
    perf = county.person("fin_perf")
    file = perf.get("/target/targets?year=2024&format=xlsx").data
    rows = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0).to_python()
    head = next(row for row in rows if "项目" in row)
    found = next(row for row in rows if "巡逻车购置" in row)
    assert found[head.index("状态")] == "业务股室审核"
    assert found[head.index("申请金额（万元）")] == 24


COUNTS = {
    "/target/projects?year=2024": 5,
    "/target/projects/2024/{project}": 5,
    "/target/targets?year=2024": 9,
    "{target}": 14,
    "{target}/print": 7,
    "/target/joint-review?year=2024": 6,
    "/target/gate?year=2024": 1,
    "/target/indicators": 2,
    "/target/api/v1/projects?fiscal_year=2024": 1,
    "/target/api/v1/targets?fiscal_year=2024": 1,
    "/target/api/v1/gate-questions?fiscal_year=2024": 1,
}


def test_no_page_asks_more_because_there_is_more(county: TargetCounty) -> None:
    perf = county.person("fin_perf")
    path, _ = county.submitted(county.operator(POLICE), "P003")
    addresses = {
        template: template.format(project=county.project_id("P003"), target=f"/target{path}")
        for template in COUNTS
    }

    def counted() -> dict[str, int]:
        counts = {}
        for template, address in addresses.items():
            text(perf, address)  # what is read once a process is read before
            with count_queries(county.database.engine) as sent:
                text(perf, address)
            counts[template] = len(sent)
        return counts

    few = counted()
    more = [line(f"M{at:03d}", f"更多项目{at}", unit=POLICE, amount="10000.00") for at in range(40)]
    county.import_projects(more)
    for at in range(3):
        county.submitted(county.operator(POLICE), f"M{at:03d}")
    assert counted() == few
    assert {template: few[template] <= most for template, most in COUNTS.items()} == dict.fromkeys(
        COUNTS, True
    ), few
