"""One sentence carried over a redirect («已提交…») in a cookie: no server session is needed."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Literal, get_args

from flask import Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

COOKIE = "wenxiao_notice"
LIFETIME_SECONDS = 60
LONGEST = 400

NoticeTone = Literal["green", "yellow", "red", "blue"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the next page says at its top."""

    text: str
    tone: NoticeTone


def redirect_with_notice(href: str, text: str, tone: NoticeTone = "green") -> BaseResponse:
    """Send the browser to `href` (303) and let the page there say `text` once."""
    response = redirect(href, 303)
    content = json.dumps([text[:LONGEST], tone], ensure_ascii=False).encode()
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(content).decode(),
        max_age=LIFETIME_SECONDS,
        path="/",
        httponly=True,
        samesite="Lax",
    )
    return response


def take_notice() -> Notice | None:
    """Return the notice for this page, to be shown once; an unreadable one counts as none."""
    packed = request.cookies.get(COOKIE)
    if not packed or request.headers.get("HX-Request"):
        return None
    g.notice_shown = True
    try:
        text, tone = json.loads(base64.urlsafe_b64decode(packed))
    except (ValueError, TypeError, binascii.Error):
        return None
    return Notice(str(text), tone) if tone in get_args(NoticeTone) else None


def install_notices(app: Flask) -> None:
    """Forget a notice once its page was drawn."""

    @app.after_request
    def forget(response: Response) -> Response:
        if g.get("notice_shown"):
            response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
        return response
