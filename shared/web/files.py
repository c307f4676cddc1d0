"""Giving kept files out: never the uploaded bytes to be shown, only to be saved."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from shared.files.media import XLSX
from shared.files.places import evidence_store
from shared.files.store import FileStore
from shared.web.api import current_resources

SANDBOX = "sandbox; default-src 'none'"
"""Should a browser show such an answer all the same, nothing in it may run or load."""


def current_store() -> FileStore:
    """Return the evidence store of the running service."""
    resources = current_resources()
    return evidence_store(resources.settings, resources.database.service)


def attachment(content: bytes, filename: str, media_type: str = XLSX) -> Response:
    """Return a file to be saved, never shown: its bytes may have come from somebody else."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
