"""Reads packs: from the files shipped here, and from the content of an activation event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from marshmallow import ValidationError

from shared.errors import FieldProblem, InvalidInputError, NotFoundError
from shared.policy.coherence import incoherences
from shared.policy.model import DeadlineRule, Pack, PackRef, Question, WindowRule
from shared.policy.schema import PackBlock
from shared.policy.scoring import ScoringScheme
from shared.policy.scoring_coherence import scheme_incoherences
from shared.policy.scoring_schema import SchemeBlock

PACK_FOLDER = Path(__file__).with_name("packs")
SCHEME_FOLDER = Path(__file__).with_name("schemes")


class InvalidPackError(InvalidInputError):
    """A pack that cannot be used; every problem is told by its path in the file."""

    code = "invalid_pack"
    sentence = "政策包有 {count} 处需要改正，没有启用；请按提示修改后重新载入。"


class UnknownPackError(NotFoundError):
    """No pack of that code is shipped."""

    code = "unknown_pack"
    sentence = "没有代码为「{pack}」的政策包；请从政策包列表中选择。"


def load_pack(path: Path) -> Pack:
    """Read one pack file; raise `InvalidPackError` with every problem found.

    A scoring scheme may be named by the code of a shipped one; the pack then carries it in full.
    """
    content = _read(path)
    scoring = content.get("scoring")
    if isinstance(scoring, dict) and isinstance(scoring.get("schemes"), list):
        scoring["schemes"] = [_in_full(row) for row in scoring["schemes"]]
    return pack_from_content(content)


def _read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第{mark.line + 1}行" if mark else "文件"
        message = getattr(error, "problem", None) or "不是有效的 YAML"
        raise InvalidPackError([FieldProblem(place, "not_yaml", str(message))]) from error
    if not isinstance(content, dict):
        raise InvalidPackError([FieldProblem("文件", "not_mapping", "应为成对的“名称: 值”")])
    return content


def _in_full(row: Any) -> Any:  # noqa: ANN401 (plain YAML)
    """Return a scheme a pack names by its code as it stands in the scheme's own file."""
    if not isinstance(row, str):
        return row
    path = SCHEME_FOLDER / f"{row}.yaml"
    if not path.is_file():
        told = f"没有代码为「{row}」的评分方案"
        raise InvalidPackError([FieldProblem("scoring.schemes", "unknown", told)])
    return _read(path)


def pack_from_content(content: Mapping[str, Any]) -> Pack:
    """Build a pack from its content as loaded or as carried by an activation event.

    Raises `InvalidPackError` when a key is unknown or missing, a value has the wrong type, or
    parts contradict one another.
    """
    try:
        data = PackBlock().load(content)
    except ValidationError as error:
        raise InvalidPackError(list(_flat("", error.messages))) from error
    pack = _assemble(data, content)
    problems = incoherences(pack)
    if problems:
        raise InvalidPackError(problems)
    return pack


@cache
def available_packs() -> tuple[Pack, ...]:
    """Return every shipped pack, by code."""
    return tuple(load_pack(path) for path in sorted(PACK_FOLDER.glob("*.yaml")))


@cache
def known_schemes() -> Mapping[str, ScoringScheme]:
    """Return every scoring scheme that is shipped, on its own or in a pack, by code."""
    found: dict[str, ScoringScheme] = {}
    for path in sorted(SCHEME_FOLDER.glob("*.yaml")):
        scheme = load_scheme(path)
        found[scheme.code] = scheme
    for pack in available_packs():
        found.update({scheme.code: scheme for scheme in pack.scoring.schemes})
    return MappingProxyType(found)


def load_scheme(path: Path) -> ScoringScheme:
    """Read one scheme's own file; raise `InvalidPackError` with every problem found."""
    try:
        scheme: ScoringScheme = SchemeBlock().load(_read(path))
    except ValidationError as error:
        raise InvalidPackError(list(_flat("", error.messages))) from error
    problems = list(scheme_incoherences(scheme.code, scheme))
    if problems:
        raise InvalidPackError([FieldProblem(at, "incoherent", said) for at, said in problems])
    return scheme


def find_pack(code: str) -> Pack:
    """Return the shipped pack `code`; raise `UnknownPackError` when there is none."""
    for pack in available_packs():
        if pack.ref.code == code:
            return pack
    raise UnknownPackError(pack=code)


def content_digest(content: Mapping[str, Any]) -> str:
    """Return SHA-256 (hex) of the content's canonical JSON: sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _assemble(data: dict[str, Any], content: Mapping[str, Any]) -> Pack:
    deadlines = {name: DeadlineRule(id=name, **rule) for name, rule in data["deadlines"].items()}
    windows = {name: WindowRule(id=name, **rule) for name, rule in data["windows"].items()}
    questions = tuple(_question(question) for question in data["questions"])
    ref = PackRef(data.pop("code"), data.pop("version"))
    named = {"deadlines": deadlines, "windows": windows, "questions": questions}
    return Pack(ref=ref, **(data | named), content=content, digest=content_digest(content))


def _question(data: dict[str, Any]) -> Question:
    readings = tuple(
        (row["code"], row["title"], DeadlineRule(id=data["deadline_id"], **row["rule"]))
        for row in data["readings"]
    )
    return Question(**(data | {"readings": readings}))


def _flat(path: str, messages: Any) -> Iterator[FieldProblem]:  # noqa: ANN401 (nested messages)
    if isinstance(messages, dict):
        for key, inner in messages.items():
            # a mapping's entry reports under "key" or "value", a block under "_schema"
            own = key in {"_schema", "key", "value"}
            yield from _flat(path if own else f"{path}.{key}".lstrip("."), inner)
    else:
        yield from (FieldProblem(path, "invalid", str(message)) for message in messages)


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe loader, refusing a key written twice, which it would silently overwrite."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 (inherited)
    ) -> dict[Hashable, Any]:
        """Refuse repeated keys, then build the mapping."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"「{key.value}」写了两次"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
