"""Chinese substring search on plain PostgreSQL: pairs of characters in a `tsvector`.

Every stretch of letters, digits and characters is cut into overlapping pairs, with their places. A
query asks for its pairs one right after the other, which finds exactly the texts that contain it.
No extension and no dictionary is needed, and a GIN index serves it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, cast, true
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import InstrumentedAttribute

_STRETCH = re.compile(r"[^\W_]+")
LAST_PLACE = 16_383
"""PostgreSQL keeps no place in a `tsvector` beyond this one."""
LONGEST_QUERY = 60


def bigram_text(*texts: str) -> str:
    """Return the `tsvector` of `texts` in PostgreSQL's text form; texts never run together.

    Characters beyond place 16 383 are left out.
    """
    entries: list[str] = []
    place = 1
    for stretch in _stretches(" ".join(texts)):
        for token in _pairs(stretch, with_last=True):
            if place > LAST_PLACE:
                return " ".join(entries)
            entries.append(f"'{token}':{place}")
            place += 1
        place += 1  # a gap, so that no query reaches across
    return " ".join(entries)


def bigram_query(text: str) -> str:
    """Return the `tsquery` for texts containing every stretch of `text`; empty for no stretch.

    A single character matches as the beginning of a pair. Only the first 60 characters count.
    """
    phrases: list[str] = []
    for stretch in _stretches(text[:LONGEST_QUERY]):
        if len(stretch) == 1:
            phrases.append(f"'{stretch}':*")
            continue
        phrases.append(" <-> ".join(f"'{pair}'" for pair in _pairs(stretch, with_last=False)))
    return " & ".join(f"({phrase})" for phrase in phrases)


def bigram_match(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Return the condition that `column` (a bigram `tsvector`) contains `text`.

    Nothing to look for is no condition.
    """
    query = bigram_query(text)
    return column.bool_op("@@")(cast(query, TSQUERY)) if query else true()


BigramVector = TSVECTOR
"""Type of a bigram column; give it a GIN index and fill it with `bigram_text`."""


def _stretches(text: str) -> Iterator[str]:
    # NFKC makes full-width letters, digits and brackets the usual ones.
    for match in _STRETCH.finditer(unicodedata.normalize("NFKC", text).lower()):
        yield match[0]


def _pairs(stretch: str, *, with_last: bool) -> Iterator[str]:
    for start in range(len(stretch) - 1):
        yield stretch[start : start + 2]
    if with_last:
        yield stretch[-1]  # so that a query of this one character finds it
