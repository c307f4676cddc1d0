"""The OpenAPI 3.1 description of one service's API, built from its operations.

An API route without an operation makes the start of the service fail: what is not described is
not served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Blueprint, Flask, Response, jsonify
from marshmallow import Schema, fields
from werkzeug.routing import Rule

from shared.web.api import Operation, operation_of
from shared.web.idempotency import HEADER as IDEMPOTENCY_HEADER
from shared.web.permissions import OPEN_ENDPOINTS, public, rule_of
from shared.web.problems import CONTENT_TYPE, TITLES
from shared.web.schemas import ApiSchema

VERSION = "1"
DOCUMENT = "openapi.json"
_PLACEHOLDER = re.compile(r"<(?:[^<>]*:)?([^<>:]+)>")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CONVERTERS: dict[str, dict[str, Any]] = {
    "UUIDConverter": {"type": "string", "format": "uuid"},
    "IntegerConverter": {"type": "integer", "minimum": 0},
}


class FieldErrorSchema(ApiSchema):
    """One message about one field."""

    path = fields.String(metadata={"description": "出错的字段，如 indicators.3.weight"})
    code = fields.String()
    message = fields.String(metadata={"description": "中文说明"})
    label = fields.String(metadata={"description": "字段的中文名称"})
    row = fields.Integer(metadata={"description": "文件中的行号，从 1 起"})
    column = fields.String(metadata={"description": "文件中的列"})


class ProblemSchema(ApiSchema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "发生了什么，下一步怎么办"})
    code = fields.String(required=True, metadata={"description": "稳定的错误代码"})
    correlation_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorSchema))
    facts = fields.Dict(keys=fields.String(), values=fields.String())


class _Converter(OpenAPIConverter):
    """Describes decimals as the strings they are on the wire."""

    def field2type_and_format(
        self,
        field: fields.Field[Any],
        **options: Any,  # noqa: ANN401 (apispec's)
    ) -> dict[str, Any]:
        if isinstance(field, fields.Decimal) and field.as_string:
            return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
        return super().field2type_and_format(field, **options)


class _Plugin(MarshmallowPlugin):
    """apispec's plugin with our converter."""

    Converter = _Converter


class UndescribedRouteError(Exception):
    """An API route has no operation: a programming error found at start-up."""


def openapi_blueprint(business: str) -> Blueprint:
    """Return the address of the description; the document is built at its first request."""
    blueprint = Blueprint("openapi", __name__)

    @blueprint.get(f"/api/v1/{DOCUMENT}")
    @public("接口说明，不含业务内容")
    def openapi() -> Response:
        """Publish the description."""
        # Built from the application that serves it, so it cannot fall behind.
        from flask import current_app  # noqa: PLC0415

        return jsonify(document_of(current_app, business))

    return blueprint


def check_described(app: Flask, business: str) -> None:
    """Raise `UndescribedRouteError` for an API route without an operation."""
    for rule, _method, operation in _routes(app, business):
        if operation is None:
            raise UndescribedRouteError(f"{rule.endpoint} ({rule.rule}) declares no operation")


def document_of(app: Flask, business: str) -> dict[str, Any]:
    """Return the OpenAPI document of the service called `business`."""
    plugin = _Plugin(schema_name_resolver=_schema_name)
    spec = APISpec(
        title=f"问效 {business}",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "金额以元为单位，按字符串传送。"},
    )
    spec.components.schema("Problem", schema=ProblemSchema)
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for rule, method, operation in _routes(app, business):
        if operation is not None:
            spec.path(
                path=_path_of(rule),
                operations={method.lower(): _operation(app, rule, method, operation)},
            )
    return spec.to_dict()


_SECURITY: dict[str, dict[str, Any]] = {
    "session": {"type": "apiKey", "in": "cookie", "name": "wenxiao_session"},
    "client": {
        "type": "http",
        "scheme": "bearer",
        "description": "接入系统以 client_credentials 方式在 /oauth/token 取得令牌。",
    },
}


def _routes(app: Flask, business: str) -> Iterator[tuple[Rule, str, Operation | None]]:
    prefix = f"/{business}/api/"
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if not rule.rule.startswith(prefix) or rule.endpoint == "openapi.openapi":
            continue
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        for method in _METHODS:
            if method in (rule.methods or ()):
                yield rule, method, operation_of(app.view_functions[rule.endpoint])


def _path_of(rule: Rule) -> str:
    return _PLACEHOLDER.sub(r"{\1}", rule.rule)


def _operation(app: Flask, rule: Rule, method: str, operation: Operation) -> dict[str, Any]:
    declared = rule_of(app, rule.endpoint)
    described: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": operation.summary,
        "tags": [rule.endpoint.rpartition(".")[0]],
        "parameters": list(_parameters(rule, method, operation)),
        "responses": _responses(method, operation, bool(declared and declared.public_reason)),
    }
    if declared and declared.act:
        described["x-permission"] = declared.act
    if declared and not declared.public_reason:
        described["security"] = [{"client": []}, {"session": []}]
    if operation.body is not None:
        described["requestBody"] = _content(operation.body)
    if operation.upload:
        described["requestBody"] = _UPLOAD
    return described


_UPLOAD: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}


def _content(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _parameters(rule: Rule, method: str, operation: Operation) -> Iterator[Any]:
    for name in sorted(rule.arguments):
        converter = type(rule._converters[name]).__name__  # noqa: SLF001
        kind = _CONVERTERS.get(converter, {"type": "string"})
        yield {"in": "path", "name": name, "required": True, "schema": kind}
    if operation.query is not None:
        yield {"in": "query", "schema": type(operation.query)}
    if operation.versioned:
        yield _header("If-Match", "所依据的版本，取自读取时的 ETag", required=True)
    if method == "POST":
        yield _header(IDEMPOTENCY_HEADER, "同一请求重复发送时只办理一次", required=False)


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {
        "in": "header",
        "name": name,
        "required": required,
        "schema": schema,
        "description": description,
    }


def _responses(method: str, operation: Operation, is_public: bool) -> dict[str, Any]:  # noqa: FBT001
    answers: dict[str, Any] = {str(operation.status): _success(operation)}
    for status in _expected_problems(method, operation, is_public):
        answers[str(status)] = {
            "description": TITLES[status],
            "content": {CONTENT_TYPE: {"schema": "Problem"}},
        }
    return answers


def _expected_problems(method: str, operation: Operation, is_public: bool) -> Iterator[int]:  # noqa: FBT001
    yield from (400, 404, 422, 429, 500, 503)
    if not is_public:
        yield from (401, 403)
    if method != "GET":
        yield from (409, 413)
    if operation.body is not None or operation.upload:
        yield 415
    if operation.versioned:
        yield from (412, 428)


def _success(operation: Operation) -> dict[str, Any]:
    if operation.reply is None:
        return {"description": "已办理"}
    schema: Any = operation.reply
    if operation.many:
        schema = {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": {"type": "array", "items": operation.reply},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    answer: dict[str, Any] = {
        "description": operation.summary,
        "content": {"application/json": {"schema": schema}},
    }
    if not operation.many:
        answer["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "版本"}}
    return answer


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    name = schema if isinstance(schema, str) else getattr(schema, "__name__", type(schema).__name__)
    return name.removesuffix("Schema")
