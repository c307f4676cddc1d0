"""The form check over HTTP and on the command line: no database, no server state, no 500."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from services.commands.check import check
from services.eval_svc.api import form_checks
from shared.db.engine import open_engine
from shared.testing.clock import FrozenClock
from shared.testing.web import actor_with, bearer, web_app

FORMS = Path(__file__).parents[1] / "data" / "forms"
PLACE = "/evaluation/api/v1/form-checks"
PROBLEM = "application/problem+json"
PUTUO = "zp-xm-2022-shanghai-putuo-tiyu-jiesuan"
LINGLING = "zp-bm-2021-lingling-linye"
MALFORMED = 10_000


class Api:
    """Asks as somebody else every so often, as many people together would."""

    def __init__(self, client: FlaskClient, sign_in: Callable[[], dict[str, str]]) -> None:
        self.client, self.sign_in, self.headers = client, sign_in, sign_in()
        self.asked = 0

    def post(self, body: bytes, content_type: str = "application/json") -> Any:
        self.asked += 1
        if self.asked % 250 == 0:
            self.headers = self.sign_in()
        return self.client.post(PLACE, data=body, content_type=content_type, headers=self.headers)


@pytest.fixture
def api(frozen_clock: FrozenClock) -> Api:
    engine = open_engine(make_url("postgresql+psycopg://nowhere.invalid/none"))
    app, tokens = web_app(engine, frozen_clock, [form_checks.api], service="eval_svc")
    return Api(
        app.test_client(use_cookies=False),
        lambda: bearer(tokens.token_for(actor_with("fin_perf"))),
    )


def content(name: str) -> bytes:
    return (FORMS / f"{name}.json").read_bytes()


def test_a_form_is_checked_and_nothing_is_kept(api: Api) -> None:
    answer = api.post(content(LINGLING))
    assert answer.status_code == 200
    assert answer.json["verdict"] == "inconsistent"
    first = answer.json["findings"][0]
    assert first["code"] == "execution_rate_mismatch"
    assert first["basis"] == "arithmetic"
    assert "80.45%" in first["explanation"]
    assert "printed 100%" in first["explanation_en"]


def test_a_form_that_cannot_be_read_is_told_apart_from_one_that_was_not_saved(api: Api) -> None:
    figure = json.loads(content(LINGLING)) | {"total_score": 98}
    answer = api.post(json.dumps(figure).encode())
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert answer.json["detail"] == "这张表有 1 处读不出，没有核对；请按提示改正后重新提交。"


def test_nobody_signed_in_is_refused(api: Api) -> None:
    answer = api.client.post(PLACE, data=content(PUTUO), content_type="application/json")
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)


def wrong(chance: random.Random) -> bytes:
    """Return a body that is no form: cut, flipped, of another shape, or with a wrong member."""
    kind = chance.randrange(4)
    good = chance.choice([PUTUO, LINGLING])
    if kind == 0:
        return content(good)[: chance.randrange(0, len(content(good)) - 2)]
    if kind == 1:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(1, 60)))
    if kind == 2:
        shapes: list[Any] = [[], "form", 5, None, True, {}, {"form": 1}, {"form": "other"}]
        return json.dumps(chance.choice(shapes)).encode()
    document = json.loads(content(good))
    name = chance.choice(["funds", "indicators", "sections"])
    wrongs: list[Any] = [1, 2.5, True, {}, ["a"], [1], [[]], [{"row": 3, "level1": 7}], "x"]
    document[name] = chance.choice(wrongs)
    document["total_score"] = 98.62
    return json.dumps(document).encode()


def test_ten_thousand_malformed_bodies_get_problem_documents_only(api: Api) -> None:
    chance = random.Random(20260501)
    statuses = set()
    for _ in range(MALFORMED):
        body = wrong(chance)
        answer = api.post(body)
        assert answer.content_type == PROBLEM, body[:200]
        assert answer.json["detail"]
        statuses.add(answer.status_code)
    assert statuses == {400, 422}


def test_limits_are_said(api: Api) -> None:
    document = json.loads(content(PUTUO))
    document["indicators"] = document["indicators"][:1] * 2_001
    answer = api.post(json.dumps(document).encode())
    assert answer.status_code == 422
    assert "2000" in answer.json["errors"][0]["message"]
    large = api.post(b'{"form": "' + b"x" * (2 * 1024 * 1024) + b'"}')
    assert (large.status_code, large.content_type) == (413, PROBLEM)
    assert api.post(b"<form/>", "application/xml").status_code == 415


@pytest.mark.parametrize(
    ("name", "code"),
    [(PUTUO, 0), (LINGLING, 1), ("zp-xm-2022-huangshi-tushuguan", 3)],
)
def test_the_command_ends_with_the_verdict(name: str, code: int) -> None:
    ran = CliRunner().invoke(check, [str(FORMS / f"{name}.json")], standalone_mode=False)
    assert ran.return_value == code
    assert ran.output.startswith("结论：")


def test_the_command_prints_what_the_api_answers(api: Api) -> None:
    file = FORMS / f"{LINGLING}.json"
    ran = CliRunner().invoke(check, [str(file), "--format", "json"], standalone_mode=False)
    assert json.loads(ran.output) == api.post(file.read_bytes()).json


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", b'{"form": "none"}', b"[" * 100_000]
)
def test_the_command_says_what_cannot_be_read(body: bytes, tmp_path: Path) -> None:
    file = tmp_path / "form.json"
    file.write_bytes(body)
    ran = CliRunner().invoke(check, [str(file)], standalone_mode=False)
    assert ran.return_value == 2
    assert "。" in ran.output
    gone = CliRunner().invoke(check, [str(tmp_path / "gone.json")], standalone_mode=False)
    assert gone.return_value == 2
