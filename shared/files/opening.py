"""Opens evidence in a confined process: is it sound, how does a page look, what does it say."""

from __future__ import annotations

from shared.confined import ConfinedError, run_confined
from shared.files.errors import (
    REPORTED,
    FileBrokenError,
    FileRefusedError,
    FileTooComplexError,
)
from shared.files.media import DOC, TXT, XLS
from shared.files.word_text import Laid

_WORKER = "shared.files.worker"
_CPU_SECONDS = 30
_FACT_LENGTH = 60
_NOT_OPENED = frozenset({TXT, DOC, XLS})
"""Text was decoded and the streams of a compound file were listed when its kind was told."""


def inspect(content: bytes, media_type: str) -> int:
    """Return how many pages of `content` can be drawn; raise a `FileRefusedError` when unsound."""
    if media_type in _NOT_OPENED:
        return 0
    head, _ = _ask({"task": "inspect", "media_type": media_type}, content)
    return int(str(head.get("pages", 0)))


def draw(content: bytes, media_type: str, page: int) -> tuple[bytes, str]:
    """Return page `page` (from 1) of a PDF, or a picture, drawn anew, with its media type."""
    request = {"task": "picture", "media_type": media_type, "page": page}
    head, drawn = _ask(request, content)
    return drawn, str(head["media_type"])


def word_blocks(content: bytes, most: int) -> tuple[list[str | list[list[str]]], bool]:
    """Return at most `most` paragraphs and table rows of a .docx, and whether that is all."""
    head, _ = _ask({"task": "text", "most": most}, content)
    blocks = head.get("blocks")
    return (blocks if isinstance(blocks, list) else []), bool(head.get("complete"))


def word_layout(content: bytes, most: int) -> list[Laid]:
    """Return paragraphs and tables of a .docx, each cell with its place in the table's grid.

    Raises a `FileRefusedError` for what is unsound or has more than `most` paragraphs and rows.
    """
    head, _ = _ask({"task": "layout", "most": most}, content)
    blocks = head.get("blocks")
    return blocks if isinstance(blocks, list) else []


def _ask(request: dict[str, object], content: bytes) -> tuple[dict[str, object], bytes]:
    try:
        head, rest = run_confined(_WORKER, request, content, cpu_seconds=_CPU_SECONDS)
    except ConfinedError as error:
        kind: type[FileRefusedError] = FileTooComplexError if error.ran_out else FileBrokenError
        raise kind from None
    if "error" in head:
        raise _reported(head)
    return head, rest


def _reported(head: dict[str, object]) -> FileRefusedError:
    kind = REPORTED.get(str(head["error"]), FileRefusedError)
    facts = head.get("facts")
    known = facts.items() if isinstance(facts, dict) else ()
    try:
        return kind(**{str(name): str(value)[:_FACT_LENGTH] for name, value in known})
    except KeyError:
        return FileBrokenError()
