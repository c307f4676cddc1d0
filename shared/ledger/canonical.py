"""Canonical text of rows whose identifiers were drawn at random.

Two runs of the same acts differ in nothing but their identifiers. Here each identifier gets a name
that follows from where it stands: its *colour* is a digest of the rows it occurs in, of their
identifiers' colours in turn, and so on until no more identifiers can be told apart. So two exports
are equal exactly when the rows say the same and hang together the same way.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONELY = "id"
"""Name of an identifier that occurs once: it links nothing, so it tells nothing."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of one service's table: JSON values, those that order the table first."""

    service: str
    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """A row's JSON cut at its identifiers: `parts` has one more entry than `ids`."""

    parts: Sequence[str]
    ids: Sequence[str]

    def naming(self, names: Mapping[str, str]) -> str:
        """Return the text with every identifier replaced by its name."""
        pieces = [self.parts[0]]
        for identifier, part in zip(self.ids, self.parts[1:], strict=True):
            pieces += (names[identifier], part)
        return "".join(pieces)


def canonical_lines(rows: Iterable[LedgerRow]) -> Iterator[str]:
    """Yield one JSON line for each row, in an order and with names that no identifier decides."""
    texts = [_cut(row) for row in rows]
    colours = _distinguish(texts)
    names: dict[str, str] = {}
    for text in sorted(texts, key=lambda each: each.naming(colours)):
        for identifier in text.ids:
            if colours[identifier] == LONELY:
                names[identifier] = LONELY
            elif identifier not in names:
                names[identifier] = f"{LONELY}{len(names) + 1:06}"
    yield from sorted((text.naming(names) for text in texts), key=_order)


def _cut(row: LedgerRow) -> _Text:
    line = {"service": row.service, "table": row.table, **row.values}
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return _Text(_ID.split(text), _ID.findall(text))


def _order(line: str) -> list[tuple[bool, float, str]]:
    """Order by the values from the first on, numbers as numbers."""
    return [
        (False, value, "") if isinstance(value, int | float) else (True, 0, json.dumps(value))
        for value in json.loads(line).values()
    ]


def _distinguish(texts: Sequence[_Text]) -> dict[str, str]:
    """Return a colour for each identifier, different for any two that play different parts."""
    occurrences = Counter(identifier for text in texts for identifier in text.ids)
    colours = {each: "" if count > 1 else LONELY for each, count in occurrences.items()}
    linked = [text for text in texts if any(not colours[each] for each in text.ids)]
    _refine(linked, colours)
    while True:
        classes: dict[str, list[str]] = defaultdict(list)
        for identifier, colour in colours.items():
            classes[colour].append(identifier)
        ties = [colour for colour, group in classes.items() if colour != LONELY and len(group) > 1]
        if not ties:
            return colours
        # They play the same part, so whichever is named first leads to the same text.
        first = min(ties)
        colours[classes[first][0]] = _digest(first, "first")
        _refine(linked, colours)


def _refine(texts: Sequence[_Text], colours: dict[str, str]) -> None:
    """Give each linked identifier the colour of its surroundings until that tells no more apart."""
    known = 0
    while (found := len(set(colours.values()))) > known:
        known = found
        places: dict[str, list[str]] = defaultdict(list)
        for text in texts:
            row = _digest(text.naming(colours))
            for position, identifier in enumerate(text.ids):
                if colours[identifier] != LONELY:
                    places[identifier].append(f"{row}.{position}")
        colours.update(
            {each: _digest(colours[each], *sorted(where)) for each, where in places.items()}
        )


def _digest(*texts: str) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()
