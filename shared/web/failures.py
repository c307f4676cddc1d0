"""Failures that only exist because the caller speaks HTTP; `problems.py` gives each its status."""

from __future__ import annotations

from shared.errors import ConflictError, ForbiddenError, WenxiaoError


class MalformedRequestError(WenxiaoError):
    """The request cannot be read at all."""

    code = "malformed_request"
    sentence = "请求的格式不正确，请按接口说明修改后重新发送。"


class BadCursorError(MalformedRequestError):
    """The paging mark was changed, or belongs to another list."""

    code = "bad_cursor"
    sentence = "翻页标记已失效，请回到列表第一页重新查询。"


class FormTokenError(ForbiddenError):
    """An unsafe request came without the token of its session: it may come from another site."""

    code = "form_token"
    sentence = "页面校验已过期，为安全起见没有提交；请保留本页内容，刷新登录后再次提交。"


class KeyReusedError(WenxiaoError):
    """An `Idempotency-Key` came again with another request."""

    code = "idempotency_key_reused"
    sentence = "这个幂等键（Idempotency-Key）已用于另一个请求；新的请求请换用新的键。"


class KeyInFlightError(ConflictError):
    """The first request with this `Idempotency-Key` is still being worked on."""

    code = "idempotency_key_in_flight"
    sentence = "相同的请求正在办理中，请稍候再查询结果，不必重复提交。"


class TooManyRequestsError(WenxiaoError):
    """The caller asks faster than allowed; `seconds` says how long to wait."""

    code = "too_many_requests"
    sentence = "操作过于频繁，请在 {seconds} 秒后再试。"


class WrongMediaTypeError(WenxiaoError):
    """The body is of a kind this address does not take."""

    code = "wrong_media_type"
    sentence = "此接口只接受 {expected} 格式的内容，请检查请求的 Content-Type。"
