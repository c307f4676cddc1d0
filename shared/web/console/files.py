"""A kept file viewed in place. A service needs one route of its own, which decides who may see it:

    @pages.get("/reports/<int:year>/<uuid:report_id>/files/<digest>/view")
    @permission("monitoring.report.view")
    def view_file(year, report_id, digest):
        kept = …  # the record this actor may see, or NotFoundError
        return show_file(kept.digest, kept.filename, crumbs=[Link("监控表", …)])

The same address gives the page, its pictures (`?part=1`) and the original to save (`?part=file`).
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, render_template, request

from shared.errors import NotFoundError
from shared.files.errors import FileRefusedError
from shared.files.media import JPEG, PDF, PNG, media_type_of, offered_name
from shared.files.opening import draw
from shared.files.preview import preview_of
from shared.web.console.views import Link
from shared.web.files import SANDBOX, attachment, current_store

PAGES_AT_ONCE = 10
LONGEST_NUMBER = 5


def show_file(digest: str, filename: str, *, crumbs: Sequence[Link] = ()) -> Response | str:
    """Return the page that shows a kept file, one of its pictures, or the file to be saved.

    Whether this actor may see it was decided by the caller. Raises `NotFoundError` for a digest
    or page that is not there, `FileDamagedError` when the content no longer fits its digest.
    """
    content = current_store().read(digest)
    media_type = media_type_of(content)
    name = offered_name(filename, media_type)
    part = request.args.get("part", "")
    if part == "file":
        return attachment(content, name, media_type)
    if part:
        return _picture(content, media_type, part)
    shown = preview_of(content, media_type)
    first = min(_number(request.args.get("from", "")) or 1, max(shown.pages, 1))
    return render_template(
        "shell/file.html",
        name=name,
        shown=shown,
        size=len(content),
        digest=digest,
        crumbs=crumbs,
        numbers=range(first, min(first + PAGES_AT_ONCE, shown.pages + 1)),
        step=PAGES_AT_ONCE,
    )


def _picture(content: bytes, media_type: str, part: str) -> Response:
    page = _number(part)
    if page is None or media_type not in {PDF, PNG, JPEG}:
        raise NotFoundError
    try:
        drawn, kind = draw(content, media_type, page)
    except FileRefusedError:
        raise NotFoundError from None
    response = Response(drawn, mimetype=kind)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return (int(text) or None) if is_number else None
