"""The counter where paper copies are received: type or scan a version code, then confirm."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from flask import render_template

from shared.duties.forms import PaperForm
from shared.duties.pages import DutyPages
from shared.duties.tables import DutyColumns
from shared.web.console.forms import blank
from shared.web.console.request import clock

LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """What a version code was printed for; `facts` are shown first, `href` is its page."""

    duty: DutyColumns
    title: str
    href: str
    facts: tuple[tuple[str, Any], ...]


def draw_counter(pages: DutyPages, code: str, found: FoundPaper | None) -> str:
    """Return the counter with what was found for `code`, if one was given."""
    form = blank(PaperForm(), {"code": code, "received_on": clock().today()})
    return render_template("duties/paper.html", pages=pages, code=code, found=found, form=form)


def code_of(text: str) -> str:
    """Return a version code as it was printed: full-width letters and blanks are forgiven."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())[:LONGEST_CODE]
