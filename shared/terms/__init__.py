"""Official terms and labels: one row per term, one Chinese label per stored value.

`terms.toml` fixes each official Chinese term's English name; `labels.toml` holds what is shown for
every enum value. Console, documents and the glossary take their words from here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Term:
    """One official term. `avoid` are words that must not be used for it."""

    zh: str
    en: str
    definition: str
    source: str
    avoid: tuple[str, ...]
    services: tuple[str, ...]


@cache
def terms() -> tuple[Term, ...]:
    """Return every term, in the order of the file."""
    content = tomllib.loads((_FOLDER / "terms.toml").read_text(encoding="utf-8"))
    return tuple(
        Term(
            zh=row["zh"],
            en=en,
            definition=row["definition"],
            source=row["source"],
            avoid=tuple(row["not"]),
            services=tuple(row["services"]),
        )
        for en, row in content["term"].items()
    )


@cache
def term(en: str) -> Term:
    """Return the term of the English name; raise `KeyError` when there is none."""
    for row in terms():
        if row.en == en:
            return row
    raise KeyError(en)


@cache
def kinds() -> Mapping[str, Mapping[str, str]]:
    """Return all labels: kind → value → Chinese label."""
    content = tomllib.loads((_FOLDER / "labels.toml").read_text(encoding="utf-8"))
    return MappingProxyType({kind: MappingProxyType(rows) for kind, rows in content.items()})


def labels(kind: str) -> Mapping[str, str]:
    """Return value → label of one kind, in the order to be shown; raise `KeyError` if unknown."""
    return kinds()[kind]


def label(kind: str, value: str) -> str:
    """Return the Chinese label of a stored value; raise `KeyError` when either is unknown.

    `kind` is the enum's class name in snake case: `label("target_state", "draft")`.
    """
    return kinds()[kind][value]


def label_of(member: Enum) -> str:
    """Return the Chinese label of an enum member; raise `KeyError` when it has none."""
    return label(kind_of(type(member)), str(member.value))


def kind_of(enum: type[Enum]) -> str:
    """Return the kind under which the labels of `enum` stand."""
    return _WORD_START.sub("_", enum.__name__).lower()
