"""What a migration may not do while the release before it still serves.

Pure: reads the statements a migration would send. `docs/operations/upgrade.md` tells how the same
end is reached in two releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = r'(?:if (?:not )?exists )?(?:only )?"?([\w.]+)"?'
_CREATED = re.compile(rf"create table {_NAME}")
_INDEXED = re.compile(rf"create (?:unique )?index (?P<how>concurrently )?.*?\bon {_NAME}")
_ALTERED = re.compile(rf"alter table {_NAME} (?P<what>.*)", re.DOTALL)
_REMOVES = re.compile(r"\bdrop (?:column|table|constraint|view|function|type)\b")
_RENAMES = re.compile(r"\brename\b")
_FULL_SCAN = re.compile(r"\badd (?:constraint \S+ )?(?:foreign key|check|unique|primary key)\b")
_CHANGES_EVERY_ROW = re.compile(r"^(?:update|delete from) ")


def dangers(statements: Iterable[str], *, contracts: bool = False) -> list[str]:
    """Return what is wrong with a migration's SQL, a sentence for each statement; best none.

    `contracts` says that it only removes what no running release uses. Tables the migration makes
    itself are empty and unknown to everybody: anything may be done to them.
    """
    fresh: set[str] = set()
    found: list[str] = []
    for statement in statements:
        words = " ".join(statement.lower().split())
        if created := _CREATED.match(words):
            fresh.add(created[1])
        found += [f"{fault}: {words[:120]}" for fault in _faults(words, fresh, contracts)]
    return found


def _faults(words: str, fresh: set[str], contracts: bool) -> list[str]:  # noqa: FBT001 (private)
    if indexed := _INDEXED.match(words):
        is_free = indexed["how"] or indexed[2] in fresh
        return [] if is_free else ["an index that stops writers, not made concurrently"]
    if _CHANGES_EVERY_ROW.match(words):
        return ["rows are filled in batches outside migrations"]
    altered = _ALTERED.match(words)
    if altered and altered[1] in fresh:
        return []
    found = []
    if _REMOVES.search(words) and not contracts:
        found.append("removes what the release before may use")
    if _RENAMES.search(words):
        found.append("renames what the release before knows by its old name")
    return found + (_faults_of_change(altered["what"]) if altered else [])


def _faults_of_change(what: str) -> list[str]:
    found = []
    if "add column" in what and "not null" in what and "default" not in what:
        found.append("a column the release before cannot fill, without default")
    if re.search(r"\balter column \S+ (?:set data )?type\b", what):
        found.append("a change of type rewrites the table under a lock that stops everybody")
    if re.search(r"\balter column \S+ set not null\b", what):
        found.append("set not null reads the whole table under a lock and refuses old writers")
    if _FULL_SCAN.search(what) and "not valid" not in what and "using index" not in what:
        found.append("a constraint checked at once under a lock; add it not valid, validate later")
    return found
