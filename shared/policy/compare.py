"""What a new version of a pack changes, for the page shown before it is activated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.policy.model import Pack


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed value; `old` is `None` where it is new, `new` is `None` where it is gone."""

    path: str
    old: str | None
    new: str | None


def differences(old: Pack, new: Pack) -> list[Difference]:
    """Return every value that differs, by path, as texts ready to show; empty for equal packs.

    Rows that carry a name of their own (`_ROW_NAMES`) are matched by it, so that an added row does
    not make all rows after it look changed.
    """
    before = dict(_leaves("", old.content))
    after = dict(_leaves("", new.content))
    paths = [*before, *(path for path in after if path not in before)]
    return [
        Difference(path, before.get(path), after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    ]


_ROW_NAMES = (
    "code",
    "id",
    "category",
    "light",
    "grade",
    "levels",
    "from_year",
    "at_least",
    "rate_below",
)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (plain YAML)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}".lstrip("."), inner)
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        for row in value:
            name = next(_shown(row[key]) for key in _ROW_NAMES if key in row)
            yield from _leaves(f"{path}.{name}", row)
    else:
        yield path, _shown(value)


def _shown(value: Any) -> str:  # noqa: ANN401 (plain YAML)
    if value is None:
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(row) for row in value)
    return str(value)
