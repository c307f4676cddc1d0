"""Fills a Word template: what is filled in is text and never a template, whatever stands in it.

Templates are .docx files whose places are marked `{{ name }}`; `docs/guides/add-a-document.md`
tells how they are changed. The same template and context always give the same bytes, so a
document can be recognised by its hash.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.clock import LOCAL_ZONE
from shared.money import sum_yuan, wan_from_yuan

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold; \x07 and \x0c besides would begin paragraphs and pages of their own."""


class DocumentTemplateError(Exception):
    """A template and its context do not fit together: a fault of the program or the template."""


def render_document(template: Path, context: Mapping[str, Any]) -> bytes:
    """Return `template` filled with `context` as a .docx.

    Filters in templates: `date_zh` (2026年11月22日, empty for None), `wan` (元 as 万元 with two
    places, empty for None), `total` (sum of amounts in 元). Raises `DocumentTemplateError` when
    the template names something the context lacks.
    """
    from docxtpl.template import DocxTemplate  # noqa: PLC0415 (heavy; few processes write documents)

    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.filters.update(date_zh=date_zh, wan=wan, total=total)
    document = DocxTemplate(template)
    try:
        document.render(_clean(context), environment)
    except TemplateError as error:
        raise DocumentTemplateError(f"{template.name}: {error}") from error
    out = BytesIO()
    document.save(out)
    return _same_every_time(out.getvalue())


def date_zh(value: date | None) -> str:
    """Return 2026年11月22日, in Shanghai for an instant; empty for None."""
    if value is None:
        return ""
    day = value.astimezone(LOCAL_ZONE).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def wan(value: Decimal | None) -> str:
    """Return 元 as 万元 with two places and grouped digits; empty for None."""
    return "" if value is None else f"{wan_from_yuan(value):,.2f}"


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the sum in 元, leaving out what has no amount."""
    return sum_yuan(each for each in amounts if each is not None)


def _clean(value: Any) -> Any:  # noqa: ANN401 (context of any shape)
    """Return `value` without signs a Word file cannot hold, at any depth."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("", value)
    if isinstance(value, Mapping):
        return {key: _clean(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_clean(each) for each in value]
    return value


def _same_every_time(content: bytes) -> bytes:
    """Return the same zip with fixed times and order."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        # Readers want the list of content types first.
        for name in sorted(given.namelist(), key=lambda each: (each[0] != "[", each)):
            made.writestr(zipfile.ZipInfo(name, _EPOCH), given.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
