"""Every failure becomes one answer: a problem document (RFC 9457) or the same as a page.

`STATUSES` is the one table from family of error to HTTP status. What is not foreseen becomes a 500
that names only the correlation id; the cause goes to the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, request
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from shared.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    RuleBrokenError,
    StaleVersionError,
    UnavailableError,
    VersionRequiredError,
    WenxiaoError,
)
from shared.web.failures import (
    KeyReusedError,
    MalformedRequestError,
    TooManyRequestsError,
    WrongMediaTypeError,
)
from shared.web.schemas import LabelledProblem, problems_in

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What a caller is told to wait when something is unavailable."""

STATUSES: Mapping[type[WenxiaoError], int] = {
    MalformedRequestError: 400,
    NotSignedInError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    RuleBrokenError: 409,
    StaleVersionError: 412,
    WrongMediaTypeError: 415,
    InvalidInputError: 422,
    KeyReusedError: 422,
    VersionRequiredError: 428,
    TooManyRequestsError: 429,
    UnavailableError: 503,
}

TITLES: Mapping[int, str] = {
    400: "请求格式不正确",
    401: "尚未登录或登录已过期",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的操作方式",
    409: "与现有内容冲突",
    412: "内容已被他人修改",
    413: "内容过大",
    415: "内容格式不受支持",
    422: "填写内容需要改正",
    428: "缺少版本",
    429: "操作过于频繁",
    500: "系统内部错误",
    503: "暂时不可用",
}

SENTENCES: Mapping[int, str] = {
    400: MalformedRequestError.sentence,
    404: NotFoundError.sentence,
    405: "此地址不支持这种操作方式，请从菜单重新进入。",
    413: "上传的内容超过了大小限制，请压缩或拆分后重新上传。",
    500: "系统出现未预料的错误，内容没有改动；请记下编号 {correlation_id} 并联系系统管理员。",
}

_log = structlog.get_logger(__name__)

UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure, ready to be shown: a stable `code`, what happened, and what to do next."""

    status: int
    code: str
    detail: str
    correlation_id: str
    errors: tuple[FieldProblem, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the short Chinese name of the status."""
        return TITLES.get(self.status, "操作没有完成")

    def to_json(self) -> dict[str, Any]:
        """Return the members of the problem document; empty ones are left out."""
        optional = {
            "errors": [_field_json(each) for each in self.errors],
            "facts": dict(self.facts),
        }
        return {
            "type": f"urn:wenxiao:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "correlation_id": self.correlation_id,
            **{name: value for name, value in optional.items() if value},
        }


def problem_from(error: Exception, correlation_id: str) -> Problem:
    """Return the answer to `error`; an unforeseen one is logged and answered without details."""
    known = _translate(error)
    if isinstance(known, WenxiaoError):
        status = _status_of(known)
        if status is not None:
            return Problem(
                status=status,
                code=known.code,
                detail=known.message,
                correlation_id=correlation_id,
                errors=known.problems if isinstance(known, InvalidInputError) else (),
                facts={name: str(value) for name, value in known.facts.items()},
                headers=_headers_of(known),
            )
    if isinstance(known, HTTPException) and known.code is not None and known.code < 500:  # noqa: PLR2004
        return Problem(
            status=known.code,
            code=known.name.lower().replace(" ", "_"),
            detail=SENTENCES.get(known.code, WenxiaoError.sentence),
            correlation_id=correlation_id,
            headers=_protocol_headers(known),
        )
    _log.error("unexpected failure", exc_info=error)
    return Problem(
        status=500,
        code="internal_error",
        detail=SENTENCES[500].format(correlation_id=correlation_id),
        correlation_id=correlation_id,
    )


def install_problems(app: Flask, api_prefixes: tuple[str, ...]) -> None:
    """Answer every exception of `app`: as a document under `api_prefixes`, elsewhere as a page."""

    def answer(error: Exception) -> BaseResponse:
        if isinstance(error, HTTPException) and error.code is not None and error.code < 400:  # noqa: PLR2004
            return error.get_response(request.environ)  # a redirect, such as a missing slash
        problem = problem_from(error, g.get("correlation_id", ""))
        as_document = request.path.startswith(api_prefixes)
        response = problem_document(problem) if as_document else _page(app, problem)
        response.headers.extend(problem.headers)
        return response

    app.register_error_handler(Exception, answer)


def problem_document(problem: Problem) -> Response:
    """Return `problem` as `application/problem+json`."""
    response = jsonify(problem.to_json())
    response.status_code = problem.status
    response.content_type = CONTENT_TYPE
    return response


def _page(app: Flask, problem: Problem) -> Response:
    """Return `problem` as a page; a page that cannot be drawn falls back to the document."""
    # The console shell imports this module for its forms, so it is looked up when used.
    from shared.web.console.pages import render_problem_page  # noqa: PLC0415

    try:
        response = make_response(render_problem_page(problem))
    except Exception:
        app.logger.exception("problem page failed")
        return problem_document(problem)
    response.status_code = problem.status
    return response


def _translate(error: Exception) -> Exception:
    """Return the error of ours that a library's error stands for, or the error itself."""
    if isinstance(error, ValidationError):
        return InvalidInputError(problems_in(error.messages))
    if isinstance(error, StaleDataError):
        return StaleVersionError()
    if isinstance(error, IntegrityError):
        return ConflictError() if _sqlstate(error) == UNIQUE_VIOLATION else error
    if isinstance(error, DataError):
        # A sign or a figure no column takes, such as NUL or the year 99999, got past the schemas.
        _log.warning("value refused by the database", exc_info=error)
        return MalformedRequestError()
    if isinstance(error, OperationalError | PoolTimeoutError):
        _log.warning("database unavailable", exc_info=error)
        return UnavailableError()
    return error


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _status_of(error: WenxiaoError) -> int | None:
    for family in type(error).__mro__:
        status = STATUSES.get(family)
        if status is not None:
            return status
    return None


def _retry(error: WenxiaoError) -> dict[str, str]:
    return {"Retry-After": str(error.facts.get("seconds", RETRY_SECONDS))}


def _challenge(_error: WenxiaoError) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="wenxiao"'}


_HEADERS: Mapping[type[WenxiaoError], Callable[[WenxiaoError], dict[str, str]]] = {
    NotSignedInError: _challenge,
    TooManyRequestsError: _retry,
    UnavailableError: _retry,
}


def _headers_of(error: WenxiaoError) -> dict[str, str]:
    for family, headers in _HEADERS.items():
        if isinstance(error, family):
            return headers(error)
    return {}


def _protocol_headers(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name == "Allow"}


def _field_json(problem: FieldProblem) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "path": problem.path,
        "code": problem.code,
        "message": problem.message,
        "label": problem.label if isinstance(problem, LabelledProblem) else None,
        "row": problem.row,
        "column": problem.column,
    }
    return {name: value for name, value in shown.items() if value is not None}
