"""The API's conventions without a database: problems, schemas in Chinese, versions, description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate
from sqlalchemy.engine import make_url
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from shared.access.actor import Actor
from shared.db.engine import open_engine
from shared.db.unit_of_work import UnitOfWork
from shared.errors import (
    InvalidInputError,
    RuleBrokenError,
    StaleVersionError,
    VersionRequiredError,
)
from shared.testing.clock import FrozenClock
from shared.testing.web import actor_with, bearer, cookie, web_app
from shared.web.api import ListQuery, Reply, changes, reads
from shared.web.etag import asked_version, etag_of, require_version
from shared.web.links import link
from shared.web.openapi import UndescribedRouteError, document_of
from shared.web.permissions import permission, signed_in
from shared.web.schemas import ApiSchema, Money, load_form, problems_in

PLACE = "/target/api/v1/targets"
TARGET = UUID("01890a5d-ac96-774b-bcce-b302099a8302")


class IndicatorSchema(ApiSchema):
    name = fields.String(
        required=True, validate=validate.Length(min=1, max=20), metadata={"label": "指标名称"}
    )
    weight = fields.Decimal(
        required=True,
        as_string=True,
        validate=validate.Range(min=0, max=100),
        metadata={"label": "权重"},
    )


class TargetSchema(ApiSchema):
    title = fields.String(required=True, metadata={"label": "项目名称"})
    amount = Money(required=True, metadata={"label": "预算金额"})
    due_on = fields.Date(metadata={"label": "完成日期"})
    book = fields.String(validate=validate.OneOf(["general", "fund"]), metadata={"label": "预算"})
    indicators = fields.List(fields.Nested(IndicatorSchema), metadata={"label": "绩效指标"})


class TooLateError(RuleBrokenError):
    code = "too_late"
    sentence = "{year} 年度已批复，不能再修改；如需调整请办理目标调整。"


def resource() -> Blueprint:
    blueprint = Blueprint("targets", __name__, url_prefix="/api/v1/targets")

    @blueprint.post("")
    @permission("target.target.edit")
    @changes("登记绩效目标", body=TargetSchema, reply=TargetSchema, status=201)
    def create(_uow: UnitOfWork, _actor: Actor, body: dict[str, Any]) -> Reply:
        return Reply(body, version=1, location=link("target.target", year=2023, id=TARGET))

    @blueprint.get("")
    @permission("target.target.view")
    @reads("查询绩效目标", query=ListQuery, reply=TargetSchema, many=True)
    def find(*_: object, **__: object) -> None: ...

    @blueprint.put("/<uuid:target_id>")
    @permission("target.target.edit")
    @changes("修改绩效目标", body=TargetSchema, reply=TargetSchema, versioned=True)
    def change(
        _uow: UnitOfWork, _actor: Actor, body: dict[str, Any], version: int, target_id: UUID
    ) -> Reply:
        assert target_id == TARGET
        if version != 3:
            raise StaleVersionError
        return Reply(body, version=4)

    @blueprint.post("/<uuid:target_id>/withdrawal")
    @permission("target.target.withdraw")
    @changes("撤回绩效目标")
    def withdraw(*_: object, target_id: UUID) -> None:
        if target_id != TARGET:
            raise TooLateError(year=2023)

    @blueprint.post("/import")
    @permission("target.project.import")
    @changes("导入", upload=True)
    def take(*_: object, upload: Any) -> None:
        assert upload.read() == b"rows"

    @blueprint.post("/broken")
    @signed_in
    @changes("失败")
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    return blueprint


@dataclass
class Api:
    app: Flask
    client: FlaskClient
    headers: dict[str, str]
    browser: dict[str, str]


@pytest.fixture
def api(frozen_clock: FrozenClock) -> Api:
    engine = open_engine(make_url("postgresql+psycopg://nowhere.invalid/none"))
    app, tokens = web_app(engine, frozen_clock, [resource()])
    token = tokens.token_for(actor_with("unit_operator", "fin_perf"))
    return Api(app, app.test_client(use_cookies=False), bearer(token), cookie(token))


def body(**changed: object) -> dict[str, object]:
    return {"title": "示例", "amount": "300000.00"} | changed


# ── Answers ──────────────────────────────────────────────────────────────────────────────────


def test_a_change_answers_with_its_version_and_place(api: Api) -> None:
    response = api.client.post(PLACE, headers=api.headers, json=body())
    assert response.status_code == 201
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Location"] == f"/target/targets/2023/{TARGET}"
    assert response.get_json()["amount"] == "300000.00"
    assert response.content_type == "application/json"


def test_a_change_with_nothing_to_say_answers_204(api: Api) -> None:
    response = api.client.post(f"{PLACE}/{TARGET}/withdrawal", headers=api.headers)
    assert (response.status_code, response.data) == (204, b"")


def test_every_problem_has_its_path_name_and_message(api: Api) -> None:
    wrong = body(
        title=None,
        amount=0.1,
        due_on="2026-13-01",
        book="other",
        indicators=[{"name": "数量", "weight": "50"}, {"name": "", "weight": "101", "x": 1}],
    )
    response = api.client.post(PLACE, headers=api.headers, json=wrong)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    problem = response.get_json()
    assert problem["code"] == "invalid_input"
    assert problem["detail"].startswith("有 7 处需要改正")
    told = {each["path"]: (each.get("label"), each["message"]) for each in problem["errors"]}
    assert told == {
        "title": ("项目名称", "此项不能为空。"),
        "amount": ("预算金额", "请填写数字。"),
        "due_on": ("完成日期", "请填写日期，如 2026-11-22。"),
        "book": ("预算", "只能填：general, fund。"),
        "indicators.1.name": ("绩效指标 · 第 2 项 · 指标名称", "长度应不少于 1 且不多于 20。"),
        "indicators.1.weight": ("绩效指标 · 第 2 项 · 权重", "应不小于 0 且不大于 100。"),
        "indicators.1.x": (None, "没有这一项，请按接口说明检查名称。"),
    }


def test_a_broken_rule_says_what_to_do_next(api: Api) -> None:
    response = api.client.post(f"{PLACE}/{UUID(int=0)}/withdrawal", headers=api.headers)
    assert response.status_code == 409
    problem = response.get_json()
    assert problem["type"] == "urn:wenxiao:problem:too_late"
    assert problem["detail"] == TooLateError(year=2023).message
    assert problem["facts"] == {"year": "2023"}
    assert problem["correlation_id"] == response.headers["X-Correlation-Id"]


def test_an_unforeseen_failure_is_a_document_without_details(api: Api) -> None:
    response = api.client.post(f"{PLACE}/broken", headers=api.headers)
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "secret detail" not in response.text
    assert response.get_json()["code"] == "internal_error"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"x" * (21 * 1024 * 1024), "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_read(api: Api, content: bytes, kind: str, status: int) -> None:
    response = api.client.post(PLACE, headers=api.headers, data=content, content_type=kind)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == status


def test_uploads(api: Api) -> None:
    place = f"{PLACE}/import"
    right = api.client.post(place, headers=api.headers, data={"file": (BytesIO(b"rows"), "a.xlsx")})
    empty = api.client.post(
        place, headers=api.headers, data={"x": "1"}, content_type="multipart/form-data"
    )
    other = api.client.post(place, headers=api.headers, json={})
    assert [each.status_code for each in (right, empty, other)] == [204, 422, 415]


def test_without_a_token_the_answer_is_a_challenge(api: Api) -> None:
    response = api.client.get(PLACE)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.content_type == "application/problem+json"


def test_a_browser_changing_by_api_needs_its_token(api: Api) -> None:
    assert api.client.post(PLACE, headers=api.browser, json=body()).status_code == 403


def test_methods_and_pages_that_are_not_there(api: Api) -> None:
    assert api.client.delete(PLACE, headers=api.headers).status_code == 405
    assert "POST" in api.client.delete(PLACE, headers=api.headers).headers["Allow"]
    assert api.client.get(f"{PLACE}/not-an-id", headers=api.headers).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "page=2"])
def test_queries_are_checked(api: Api, query: str) -> None:
    assert api.client.get(f"{PLACE}?{query}", headers=api.headers).status_code == 422


# ── Versions ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "status"),
    [(None, 428), ("*", 428), ("", 428), ('"2"', 412), ('W/"3"', 412), ("3", 412), ('"3"', 200)],
)
def test_a_change_says_what_it_is_based_on(api: Api, header: str | None, status: int) -> None:
    headers = api.headers if header is None else {**api.headers, "If-Match": header}
    response = api.client.put(f"{PLACE}/{TARGET}", headers=headers, json=body())
    assert response.status_code == status


def test_version_helpers() -> None:
    def asking(header: str) -> Request:
        return Request(EnvironBuilder(headers={"If-Match": header}).get_environ())

    assert asked_version(asking(etag_of(7))) == 7
    require_version(asking('"7"'), 7)
    with pytest.raises(StaleVersionError):
        require_version(asking('"7"'), 8)
    with pytest.raises(VersionRequiredError):
        require_version(Request(EnvironBuilder().get_environ()), 8)


# ── Schemas ──────────────────────────────────────────────────────────────────────────────────


@given(st.decimals(min_value=0, max_value=10**15, places=2))
def test_money_comes_back_as_it_went(amount: Decimal) -> None:
    schema = TargetSchema(only=["amount"])
    written = schema.dump({"amount": amount})
    assert isinstance(written["amount"], str)
    assert schema.load(json.loads(json.dumps(written)))["amount"] == amount


@pytest.mark.parametrize(
    "amount", [0.1, "NaN", "Infinity", "1.005", "", "x", None, True, [], "1e999"]
)
def test_what_is_no_money(amount: object) -> None:
    assert "amount" in TargetSchema(only=["amount"]).validate({"amount": amount})


def test_forms_keep_every_problem() -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_form(TargetSchema(), {"title": "x"})
    assert [each.path for each in caught.value.problems] == ["amount"]
    assert caught.value.problems[0].code == "required"


def test_a_fields_own_message_stays() -> None:
    class Own(ApiSchema):
        name = fields.String(required=True, error_messages={"required": "请填写姓名。"})

    assert Own().validate({}) == {"name": ["请填写姓名。"]}


def test_messages_of_the_whole_form_have_no_path() -> None:
    (problem,) = problems_in({"_schema": ["权重合计应为 100。"]})
    assert (problem.path, problem.message) == ("", "权重合计应为 100。")


def _every_message(field: fields.Field[Any]) -> Mapping[str, str]:
    return field.error_messages


@pytest.mark.parametrize(
    "kind",
    [
        fields.String,
        fields.Integer,
        fields.Decimal,
        fields.Date,
        fields.AwareDateTime,
        fields.UUID,
        fields.Boolean,
        fields.Dict,
        fields.Email,
        fields.Url,
    ],
)
def test_no_message_is_english(kind: type[fields.Field[Any]]) -> None:
    schema = type("Any", (ApiSchema,), {"value": kind()})()
    for message in _every_message(schema.fields["value"]).values():
        assert not any("a" <= letter.lower() <= "z" for letter in message.partition("如")[0])


# ── Description ──────────────────────────────────────────────────────────────────────────────


def test_the_description_is_openapi_3_1(api: Api) -> None:
    response = api.client.get("/target/api/v1/openapi.json")
    assert response.status_code == 200
    document = response.get_json()
    assert document["openapi"] == "3.1.0"
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    assert {operation.ok().label for operation in schema.get_all_operations()} == {
        f"POST {PLACE}",
        f"GET {PLACE}",
        f"PUT {PLACE}/{{target_id}}",
        f"POST {PLACE}/{{target_id}}/withdrawal",
        f"POST {PLACE}/import",
        f"POST {PLACE}/broken",
    }


def test_decimals_are_described_as_strings(api: Api) -> None:
    schemas = document_of(api.app, "target")["components"]["schemas"]
    assert schemas["Target"]["properties"]["amount"]["type"] == "string"
    weight = schemas["Indicator"]["properties"]["weight"]
    assert weight["type"] == "string"
    assert "minimum" not in weight


def test_the_description_names_permission_and_headers(api: Api) -> None:
    operation = document_of(api.app, "target")["paths"][f"{PLACE}/{{target_id}}"]["put"]
    assert operation["x-permission"] == "target.target.edit"
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert parameters["If-Match"]["required"] is True
    assert parameters["target_id"]["schema"]["format"] == "uuid"
    assert {"412", "428"} <= operation["responses"].keys()


def test_an_undescribed_route_stops_the_start(frozen_clock: FrozenClock) -> None:
    blueprint = Blueprint("secret", __name__)
    blueprint.get("/api/v1/secret")(signed_in(lambda: "x"))
    engine = open_engine(make_url("postgresql+psycopg://nowhere.invalid/none"))
    with pytest.raises(UndescribedRouteError, match="secret"):
        web_app(engine, frozen_clock, [blueprint])
