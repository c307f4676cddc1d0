"""Writing an API resource: `reads` and `changes` turn a small function into a described operation.

They parse and check what came in, open the transaction, call the function, write what goes out,
and leave behind the description that `openapi.py` publishes. A change is stored under its
`Idempotency-Key` in the transaction of its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, cast

from flask import Response, current_app, json, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser
from werkzeug.wrappers import Response as BaseResponse

from shared.errors import InvalidInputError
from shared.web.etag import asked_version, etag_of
from shared.web.failures import MalformedRequestError, WrongMediaTypeError
from shared.web.idempotency import Answer, once
from shared.web.identity import current_actor
from shared.web.paging import MOST, USUAL, Page
from shared.web.schemas import ApiSchema, problems_in

if TYPE_CHECKING:
    from flask import Request as FlaskRequest
    from werkzeug.wrappers import Request

    from shared.runtime.module import Resources

EXTENSION = "wenxiao.resources"
OPERATION_ATTRIBUTE = "wenxiao_operation"
View = Callable[..., Any]
Given = dict[str, Any]
"""A request's body or query as its schema loaded it."""


class ListQuery(ApiSchema):
    """What every list takes: a page mark and a size."""

    cursor = fields.String(
        load_default=None, metadata={"label": "翻页标记", "description": "上一页的 next_cursor"}
    )
    limit = fields.Integer(
        load_default=USUAL,
        validate=validate.Range(min=1, max=MOST),
        metadata={"label": "每页条数"},
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view gives back: the value its reply schema writes.

    `version` becomes the `ETag`, `location` the address of what was made.
    """

    value: Any
    version: int | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """The description of one operation, for the parser and for OpenAPI."""

    summary: str
    reply: Schema | None
    status: int = 200
    query: Schema | None = None
    body: Schema | None = None
    many: bool = False
    versioned: bool = False
    upload: bool = False
    is_change: bool = False


def current_resources() -> Resources:
    """Return what the running service was given at its start."""
    return cast("Resources", current_app.extensions[EXTENSION])


def operation_of(view: View) -> Operation | None:
    """Return the description a view carries, or `None` when it is no operation."""
    return getattr(view, OPERATION_ATTRIBUTE, None)


def reads(
    summary: str,
    *,
    reply: type[Schema],
    query: type[Schema] | None = None,
    many: bool = False,
) -> Callable[[View], View]:
    """Declare a reading operation: `view(session, actor, [query], **path) -> Reply | Page`.

    `session` is read-only. With `many` the view returns a `Page`, and `query` is a `ListQuery`.
    """
    operation = Operation(
        summary=summary,
        reply=reply(),
        query=query() if query else None,
        many=many,
    )

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**path: Any) -> BaseResponse:  # noqa: ANN401 (path values of any type)
            given = _inputs(operation)
            with current_resources().database.read() as session:
                result = view(session, current_actor(), **given, **path)
                response = _response(_written(operation, result))
            return response.make_conditional(request.environ)

        return _mark(answer, operation)

    return decorate


def changes(
    summary: str,
    *,
    reply: type[Schema] | None = None,
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    status: int = 200,
    versioned: bool = False,
    upload: bool = False,
) -> Callable[[View], View]:
    """Declare a changing operation.

    The view is `view(uow, actor, [query], [body], [version], [upload], **path) -> Reply`.

    `versioned` demands `If-Match` and passes the version it names, which the use case compares.
    `upload` takes one file as the multipart part `file`. Without `reply` it answers 204.
    """
    operation = Operation(
        summary=summary,
        reply=reply() if reply else None,
        status=status if reply else 204,
        query=query() if query else None,
        body=body() if body else None,
        versioned=versioned,
        upload=upload,
        is_change=True,
    )

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**path: Any) -> BaseResponse:  # noqa: ANN401 (path values of any type)
            given = _inputs(operation)
            actor, resources = current_actor(), current_resources()
            with resources.database.begin() as uow:

                def act() -> Answer:
                    result = view(uow, actor, **given, **path)
                    uow.session.flush()  # so that versions and refusals are known before writing
                    return _written(operation, result)

                stored = once(uow, resources.clock, actor, request, act)
            return _response(stored)

        return _mark(answer, operation)

    return decorate


def computes(
    summary: str, *, body: type[Schema], reply: type[Schema], most_bytes: int
) -> Callable[[View], View]:
    """Declare an operation that keeps nothing: `view(document) -> Reply`, without a transaction.

    The view takes the body as any JSON of at most `most_bytes` and reads it itself; `body`
    describes it.
    """
    operation = Operation(summary=summary, reply=reply(), body=body())

    def decorate(view: View) -> View:
        @wraps(view)
        def answer() -> BaseResponse:
            request.max_content_length = most_bytes
            if not request.is_json:
                raise WrongMediaTypeError(expected="application/json")
            return _response(_written(operation, view(_parser.load_json(request, body()))))

        return _mark(answer, operation)

    return decorate


def delivers(
    summary: str, *, reply: type[Schema], query: type[Schema] | None = None
) -> Callable[[View], View]:
    """Declare a reading operation that leaves a trace: `view(uow, actor, [query], **path)`.

    The view writes its `Response` itself, in the form `reply` describes; `If-None-Match` is
    answered after it, so that what it refuses is refused with a known tag too.
    """
    operation = Operation(summary=summary, reply=reply(), query=query() if query else None)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**path: Any) -> BaseResponse:  # noqa: ANN401 (path values of any type)
            given = _inputs(operation)
            with current_resources().database.begin() as uow:
                response: BaseResponse = view(uow, current_actor(), **given, **path)
            return response.make_conditional(request.environ)

        return _mark(answer, operation)

    return decorate


class _Parser(FlaskParser):
    """webargs with our errors: problems carry the Chinese names of the schema's fields."""

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Raise `InvalidInputError`; webargs puts the location's name around the messages."""
        del req, error_status_code, error_headers
        (messages,) = cast("dict[str, Any]", error.messages).values()
        raise InvalidInputError(problems_in(messages, schema)) from error

    def load_json(self, req: FlaskRequest, schema: Schema) -> Any:  # noqa: ANN401 (JSON of any shape)
        """Read the body; raise `MalformedRequestError` for one that cannot be, or not be stored."""
        try:
            content = super().load_json(req, schema)
            _check_signs(content)
        except (RecursionError, ValueError) as error:  # nested or long beyond reason
            raise MalformedRequestError from error
        return content

    def _handle_invalid_json_error(
        self, error: Exception, req: Request, *args: object, **kwargs: object
    ) -> NoReturn:
        del req, args, kwargs
        raise MalformedRequestError from error


_parser = _Parser()


def _inputs(operation: Operation) -> dict[str, Any]:
    """Return what the view takes beside its path values."""
    given: dict[str, Any] = {}
    if operation.query is not None:
        given["query"] = _parser.parse(operation.query, request, location="query", unknown=RAISE)
    if operation.body is not None:
        if not request.is_json:
            raise WrongMediaTypeError(expected="application/json")
        given["body"] = _parser.parse(operation.body, request, location="json", unknown=RAISE)
    if operation.versioned:
        given["version"] = asked_version(request)
    if operation.upload:
        given["upload"] = _uploaded()
    return given


def _check_signs(content: object) -> None:
    """Raise `ValueError` when a text holds what no UTF-8 column takes: NUL, half a sign."""
    if isinstance(content, str):
        if "\0" in content:
            raise ValueError("NUL")
        content.encode()  # UnicodeEncodeError is a ValueError
    elif isinstance(content, dict):
        for name, value in content.items():
            _check_signs(name)
            _check_signs(value)
    elif isinstance(content, list):
        for value in content:
            _check_signs(value)


def _uploaded() -> Any:  # noqa: ANN401 (werkzeug's file storage)
    if request.mimetype != "multipart/form-data":
        raise WrongMediaTypeError(expected="multipart/form-data")
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidInputError(problems_in({"file": ["请选择要上传的文件。"]}))
    return upload


def _written(operation: Operation, result: Reply | Page[Any] | None) -> Answer:
    """Return the answer to store and send; the body is written once, so replays are identical."""
    if operation.reply is None or result is None:
        return Answer(operation.status, "", {})
    if isinstance(result, Page):
        items = operation.reply.dump(result.items, many=True)
        return Answer(200, json.dumps({"items": items, "next_cursor": result.next_cursor}), {})
    headers = {}
    if result.version is not None:
        headers["ETag"] = etag_of(result.version)
    if result.location is not None:
        headers["Location"] = result.location
    return Answer(operation.status, json.dumps(operation.reply.dump(result.value)), headers)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status, headers=answer.headers)
    if answer.body:
        response.content_type = "application/json"
    else:
        del response.headers["Content-Type"]
    return response


def _mark(view: View, operation: Operation) -> View:
    setattr(view, OPERATION_ATTRIBUTE, operation)
    return view
