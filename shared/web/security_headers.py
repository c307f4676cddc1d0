"""Headers every answer carries: no inline script, no frames, no guessing of types, no caching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

    from shared.runtime.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; "  # Tabler draws its check marks as data: pictures
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"


def install_security_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of `app`; pages with data are not kept by browsers."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", TRANSPORT_SECURITY)
        if not (request.endpoint or "").endswith("static") or response.status_code >= 400:  # noqa: PLR2004
            response.headers["Cache-Control"] = _kept(response)
        return response


def _kept(response: Response) -> str:
    # What the view says, else not at all.
    return response.headers.get("Cache-Control") or "no-store"
