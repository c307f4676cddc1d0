"""Requests nobody should send: every route answers them with a sentence, never with a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from urllib.parse import quote

import pytest
from asking import Asker, Expected, address, body_for, commits, matrix, routes
from fixtures.county import CSRF, County
from fixtures.sheets.books import xlsx
from fixtures.sheets.corpus import corpus
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared.web.api import operation_of
from shared.web.identity import SESSION_COOKIE

SERVICES = tuple(matrix())
CHINESE = range(0x4E00, 0x9FFF)
RAW_BODIES = {
    "cut off": b'{"a": ',
    "not JSON": b"hello",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 50_000,
    "huge number": b'{"a": 1e999999, "b": NaN}',
    "long number": b'{"a": ' + b"9" * 6000 + b"}",
    "unknown field": b'{"nobody_knows": 1}',
    "empty": b"",
}
VALUES: dict[str, object] = {
    "NUL": "a\x00b", "long": "长" * 20_000, "huge": 10**30, "negative": -1, "list": [[]],
    "object": {"a": 1}, "nothing": None, "half a sign": "\ud800", "not finite": float("inf"),
    "formula": '=cmd|"/c calc"!A1',
}  # fmt: skip
TEXTS = ("\x00", "9" * 40, "-1", "' or 1=1 --", "%", "\\", "😀" * 300, "2023-13-45")


def entitled(expected: Expected) -> str:
    """Return a role that is let in."""
    return min(expected.roles - {"anybody", "signed_in"}, default="fin_perf")


def lines(service: str, *, unsafe: bool) -> Iterator[Expected]:
    for expected in matrix()[service].values():
        if (expected.method != "GET") is unsafe and "/static/" not in expected.route:
            yield expected


def fault(what: str, answer: TestResponse) -> str:
    """Return what is wrong with an answer to a hostile request; empty when nothing is."""
    if answer.status_code >= 500:
        return f"{what}: {answer.status_code}"
    if answer.status_code >= 400 and not has_sentence(answer):
        return f"{what}: {answer.status_code} without a sentence"
    return ""


def has_sentence(answer: TestResponse) -> bool:
    return any(ord(sign) in CHINESE for sign in answer.get_data(as_text=True))


def headers_for(asker: Asker, expected: Expected) -> dict[str, str]:
    token = asker.token(entitled(expected), "here")
    if expected.is_api:
        bearer = {"Authorization": f"Bearer {token}", "If-Match": '"1"'}
        return bearer | {"Idempotency-Key": "hostile"}
    return {"Cookie": f"{SESSION_COOKIE}={token}", "X-CSRF-Token": CSRF}


def known_routes(county: County, service: str) -> dict[str, Rule]:
    return routes(county.apps[service])


@pytest.mark.parametrize("service", SERVICES)
def test_json_that_is_none_is_refused_with_a_sentence(
    county: County, asker: Asker, service: str
) -> None:
    client, found = (
        county.apps[service].test_client(use_cookies=False),
        known_routes(county, service),
    )
    faults = []
    for expected in lines(service, unsafe=True):
        if not expected.is_api:
            continue
        path = address(county, service, found[expected.route])
        for name, body in RAW_BODIES.items():
            for media_type in ("application/json", "text/plain"):
                answer = client.open(
                    path,
                    method=expected.method,
                    data=body,
                    headers=headers_for(asker, expected),
                    content_type=media_type,
                )
                faults.append(fault(f"{expected.route} given {name} as {media_type}", answer))
    assert not [each for each in faults if each], "\n".join(filter(None, faults))


@pytest.mark.parametrize("service", SERVICES)
def test_every_json_field_stands_every_value(county: County, asker: Asker, service: str) -> None:
    app, found = county.apps[service], known_routes(county, service)
    client, faults = app.test_client(use_cookies=False), []
    for expected in lines(service, unsafe=True):
        rule = found[expected.route]
        operation = operation_of(app.view_functions[rule.endpoint])
        if operation is None or operation.body is None:
            continue
        path, good = address(county, service, rule), body_for(county, service, rule)
        for field in operation.body.load_fields:
            for name, value in VALUES.items():
                answer = client.open(
                    path,
                    method=expected.method,
                    data=json.dumps(good | {field: value}),
                    headers=headers_for(asker, expected),
                    content_type="application/json",
                )
                faults.append(fault(f"{expected.route} {field} = {name}", answer))
    assert not [each for each in faults if each], "\n".join(filter(None, faults))


FORM_FIELDS = (
    "version", "act", "reason", "ids", "year", "digest", "name", "password", "login", "code",
    "unit_id", "project_id", "opinion", "cut_amount", "indicators.0.weight", "indicators.0.name",
    "received_on", "fiscal_year", "basis", "day", "next", "grade", "document_number",
    "due_on", "units", "expected_year", "indicators.99999999999.name",
)  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_forms_full_of_nonsense_are_refused_with_a_sentence(
    county: County, asker: Asker, service: str
) -> None:
    client, found = (
        county.apps[service].test_client(use_cookies=False),
        known_routes(county, service),
    )
    faults = []
    for expected in lines(service, unsafe=True):
        if expected.is_api:
            continue
        path = address(county, service, found[expected.route])
        for value in TEXTS:
            answer = client.open(
                path,
                method=expected.method,
                data=dict.fromkeys(FORM_FIELDS, value),
                headers=headers_for(asker, expected),
            )
            faults.append(fault(f"{expected.route} full of {value[:12]!r}", answer))
    assert not [each for each in faults if each], "\n".join(filter(None, faults))


QUERY = (
    "limit", "cursor", "q", "year", "fiscal_year", "unit", "unit_id", "state", "sort", "format",
    "page", "old", "new", "code", "since", "until", "from", "month", "act", "ids", "view",
)  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_addresses_full_of_nonsense_are_answered(
    county: County, asker: Asker, service: str
) -> None:
    client, found = (
        county.apps[service].test_client(use_cookies=False),
        known_routes(county, service),
    )
    faults = []
    for expected in lines(service, unsafe=False):
        rule = found[expected.route]
        path = address(county, service, rule).split("?")[0]
        queries = ("&".join(f"{name}={quote(value)}" for name in QUERY) for value in TEXTS[:2])
        trials = [f"{path}?{query}" for query in queries]
        trials += [f"{path}?{name}=%00" for name in ("q", "unit", "act", "cursor", "state")]
        trials += [f"{path}?year={year}" for year in ("x", "-1", "9" * 40)]
        trials += [path.replace("/2023", f"/{year}") for year in ("0", "99999", "9" * 30)]
        trials.append(f"{path}?q=%FF%FE")
        if rule.arguments:
            trials += [f"{path}%00", f"{path}/../../etc/passwd"]
        for trial in dict.fromkeys(trials):
            answer = client.get(trial, headers=headers_for(asker, expected))
            if "readyz" not in trial:
                faults.append(fault(trial[:120], answer))
    assert not [each for each in faults if each], "\n".join(filter(None, faults))


FILE_FIELDS = ("file", "sheet", "scan")


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Give one file of each kind; the whole corpus goes through the reader's own tests."""
    wanted = {"program.xlsx", "only magic", "ole of zeros", "texts like formulas"}
    yield from ((odd.filename, odd.content) for odd in corpus() if odd.name in wanted)
    yield "empty.xlsx", b""
    yield "wrong.xlsx", xlsx([["甲", "乙"], ["1", "2"]])
    yield "nul.csv", b"a,b\n\x00,\xff\n"


def takes_files(county: County, service: str, expected: Expected, rule: Rule) -> bool:
    operation = operation_of(county.apps[service].view_functions[rule.endpoint])
    if operation is not None:
        return operation.upload
    return expected.method == "POST" and expected.route.endswith(("/import", "/sheet", "/files"))


@pytest.mark.parametrize("service", SERVICES)
def test_hostile_files_are_refused_and_nothing_of_them_is_kept(
    county: County, asker: Asker, service: str
) -> None:
    client, found = (
        county.apps[service].test_client(use_cookies=False),
        known_routes(county, service),
    )
    faults, files = [], list(hostile_files())
    for expected in lines(service, unsafe=True):
        rule = found[expected.route]
        if not takes_files(county, service, expected, rule):
            continue
        path = address(county, service, rule)
        for name, content in files:
            data = {field: (BytesIO(content), name) for field in FILE_FIELDS} | {"year": "2023"}
            with commits(county, service) as kept:
                answer = client.post(path, data=data, headers=headers_for(asker, expected))
            faults.append(fault(f"{expected.route} given {name}", answer))
            # What was uploaded may be noted, for the marked copy; nothing of its content may.
            if answer.status_code >= 400 and any(" upload " not in each for each in kept):
                faults.append(f"{expected.route} refused {name} and kept {kept}")
    assert not [each for each in faults if each], "\n".join(filter(None, faults))


def test_what_is_kept_is_seen(county: County) -> None:
    """The guard against half-saved files notices a change that is kept, and only such a one."""
    database = county.resources["target_svc"].database
    with commits(county, "target_svc") as kept, database.begin() as uow:
        uow.session.execute(text("update project set summary = ''"))
    assert kept
    with commits(county, "target_svc") as kept, suppress(ValueError), database.begin() as uow:
        uow.session.execute(text("update project set summary = ''"))
        raise ValueError
    assert not kept


@pytest.mark.parametrize("service", SERVICES)
def test_too_large_a_request_is_refused_before_it_is_read(
    county: County, asker: Asker, service: str
) -> None:
    client, found = (
        county.apps[service].test_client(use_cookies=False),
        known_routes(county, service),
    )
    faults, large = [], b"x" * (21 * 1024 * 1024)
    for expected in lines(service, unsafe=True):
        rule = found[expected.route]
        if takes_files(county, service, expected, rule):
            answer = client.post(
                address(county, service, rule),
                data=large,
                headers=headers_for(asker, expected),
                content_type="multipart/form-data; boundary=x",
            )
            if answer.status_code != 413 or "大小" not in answer.get_data(as_text=True):
                faults.append(f"{expected.route}: {answer.status_code}")
    assert not faults, "\n".join(faults)
