"""Forged requests, foreign redirects, planted markup and formulas, too many requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from asking import Asker, Expected, address, matrix, routes
from fixtures.county import CSRF, County, apps_of
from openpyxl import load_workbook
from sqlalchemy import Engine, event, text
from werkzeug.test import TestResponse

from services.example.people import PASSWORD
from shared.web.csrf import FORM_COOKIE
from shared.web.identity import SESSION_COOKIE, local_redirect
from shared.web.rate_limit import Limit

SERVICES = tuple(matrix())
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKUP = "=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
FOREIGN = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
    "javascript:alert(1)", "data:text/html,x", "///evil.example", "/\tevil", "http:evil.example",
    "/\r\nSet-Cookie: a=b", "%2f%2fevil.example", " //evil.example", "https:/evil.example", "",
)  # fmt: skip


def entitled(expected: Expected) -> str:
    return min(expected.roles - {"anybody", "signed_in"}, default="fin_perf")


def forms(service: str) -> Iterator[Expected]:
    for expected in matrix()[service].values():
        if expected.method != "GET" and not expected.is_api and not expected.is_open:
            yield expected


@pytest.mark.parametrize("service", SERVICES)
def test_no_form_is_taken_without_its_token(county: County, asker: Asker, service: str) -> None:
    client, known = (
        county.apps[service].test_client(use_cookies=False),
        routes(county.apps[service]),
    )
    taken, asked = [], 0
    for expected in forms(service):
        path = address(county, service, known[expected.route])
        cookie = {"Cookie": f"{SESSION_COOKIE}={asker.token(entitled(expected), 'here')}"}
        for token in ("", "wrong", CSRF[:-1], CSRF + "x"):
            headers = cookie | ({"X-CSRF-Token": token} if token else {})
            answer = client.open(path, method=expected.method, headers=headers)
            asked += 1
            if answer.status_code != 403:
                taken.append(f"{expected.route} with {token!r}: {answer.status_code}")
    assert asked
    assert not taken, "\n".join(taken)


@pytest.mark.parametrize("path", ["/sign-in"])
def test_sign_in_itself_is_not_forged(county: County, path: str) -> None:
    client = county.apps["oversight_svc"].test_client(use_cookies=False)
    typed = {"account": "budget", "password": PASSWORD}
    assert client.post(path, data=typed).status_code == 403
    forged = client.post(
        path, data=typed | {"csrf_token": "a"}, headers={"Cookie": f"{FORM_COOKIE}=b"}
    )
    assert forged.status_code == 403
    assert SESSION_COOKIE not in forged.headers.get("Set-Cookie", "")


def sign_in(county: County, goal: str) -> TestResponse:
    client = county.apps["oversight_svc"].test_client(use_cookies=False)
    return client.post(
        "/sign-in",
        data={"account": "budget", "password": PASSWORD, "next": goal, "csrf_token": "a"},
        headers={"Cookie": f"{FORM_COOKIE}=a"},
    )


def test_sign_in_leads_only_to_this_place(county: County) -> None:
    assert sign_in(county, "/target/projects?year=2023").location == "/target/projects?year=2023"
    for goal in FOREIGN:
        assert local_redirect(goal) in {"/", "/%2f%2fevil.example"}
    assert sign_in(county, FOREIGN[0]).location == "/"
    assert sign_in(county, FOREIGN[2]).location == "/"


def test_the_session_cookie_is_kept_from_scripts_and_foreign_posts(county: County) -> None:
    answer = sign_in(county, "/")
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if SESSION_COOKIE in each]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


@contextmanager
def planted(engine: Engine) -> Iterator[None]:
    """Let every free text of the database read as markup, for as long as a transaction lasts."""
    query = (
        "select table_name, string_agg(format('%I = \\:markup', column_name), ', ')"
        " from information_schema.columns where table_schema = 'public' and data_type = 'text'"
        " and table_name = any(:tables) and column_name not in ('scan_digest', 'pinyin', 'path')"
        " group by table_name"
    )
    tables = [
        "project", "target", "target_indicator", "target_review", "unit", "library_indicator",
        "report", "report_indicator", "report_review", "project_copy", "payment_batch", "office",
        "contact", "extension", "evaluation_object", "account", "desk_task", "post", "task",
    ]  # fmt: skip
    with engine.connect() as connection:
        found = connection.execute(text(query), {"tables": tables}).all()
    updates = [text(f"update {table} set {columns}") for table, columns in found]  # noqa: S608 (names from the catalogue)

    def plant(connection: Any) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        for update in updates:
            connection.execute(update, {"markup": MARKUP})

    event.listen(engine, "begin", plant)
    try:
        yield
    finally:
        event.remove(engine, "begin", plant)


def escaped(page: str) -> bool:
    return not any(sign in page for sign in ("<script>alert(1)", "<img src=x", "\"'><img"))


def formulas(content: bytes) -> list[str]:
    book = load_workbook(BytesIO(content))
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if cell.data_type == "f"
    ]


def pages(service: str) -> Iterator[Expected]:
    for expected in matrix()[service].values():
        if expected.method == "GET" and not expected.is_open and not expected.is_api:
            yield expected


@pytest.mark.parametrize("service", SERVICES)
def test_planted_markup_stays_text_on_pages_and_in_workbooks(
    county: County, asker: Asker, service: str
) -> None:
    client, known = (
        county.apps[service].test_client(use_cookies=False),
        routes(county.apps[service]),
    )
    wrong, planted_pages, books = [], 0, 0
    with planted(county.engine(service)):
        for expected in pages(service):
            path = address(county, service, known[expected.route])
            token = asker.token(entitled(expected), "here")
            for trial in (path, f"{path}{'&' if '?' in path else '?'}format=xlsx&year=2023"):
                answer = client.get(trial, headers={"Cookie": f"{SESSION_COOKIE}={token}"})
                if answer.mimetype == XLSX:
                    books += 1
                    wrong += [f"{trial}: {each}" for each in formulas(answer.data)]
                elif answer.mimetype == "text/html":
                    page = answer.get_data(as_text=True)
                    planted_pages += "alert(1)" in page
                    if answer.status_code >= 500 or not escaped(page):
                        wrong.append(f"{trial}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert planted_pages
    assert books or service in {"oversight_svc", "eval_svc"}


def test_unescaped_markup_and_formulas_would_be_seen() -> None:
    assert not escaped(f"<p>{MARKUP}</p>")
    assert escaped("<p>=1+1&lt;script&gt;alert(1)</p>")


@pytest.fixture(scope="module")
def busy(county: County) -> dict[str, Any]:
    """The same applications with room for five requests."""
    return apps_of(county.resources, Limit(per_second=0.001, burst=5))


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("target_svc", "/target/targets"),
        ("target_svc", "/target/api/v1/targets?fiscal_year=2023"),
        ("oversight_svc", "/sign-in"),
        ("oversight_svc", "/oversight/units"),
        ("monitor_svc", "/monitoring/reports"),
        ("eval_svc", "/evaluation/objects"),
    ],
)
def test_too_many_requests_are_told_to_wait(
    county: County, busy: dict[str, Any], service: str, path: str
) -> None:
    token = Asker(county).token("fin_perf", "here")
    client = busy[service].test_client(use_cookies=False)
    get = partial(client.get, path, headers={"Authorization": f"Bearer {token}"})
    answers = [get() for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "频繁" in answers[-1].get_data(as_text=True)
