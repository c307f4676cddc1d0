"""The requirements table is whole, and says nothing that is not there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "requirements.md"
IDS = tuple((Path(__file__).with_name("requirement_ids.txt")).read_text().split())
CITED = re.compile(r"\b(?:(?:Y25|YC23|SL21|JN22)-|HC(?=\d))[0-9A-Za-z]+(?:\.\d+)?\b")
COLUMNS = 7


@dataclass(frozen=True)
class Row:
    id: str
    point: str
    services: str
    status: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    missing: str


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and CITED.fullmatch(cells[0]):
            assert len(cells) == COLUMNS, line
            *first, code, tests, missing = cells
            found.append(Row(*first, _paths(code), _paths(tests), missing))
    return found


def _paths(cell: str) -> tuple[str, ...]:
    return tuple(cell.replace("`", "").replace("、", " ").split())


def test_every_requirement_has_exactly_one_row_in_order() -> None:
    assert len(IDS) == len(set(IDS)) == 169
    assert [row.id for row in rows()] == list(IDS)


def test_points_are_short_and_statuses_known() -> None:
    for row in rows():
        assert 0 < len(row.point) <= 20, row.id
        assert row.status in {"works", "part", "not yet"}, row.id
        assert row.services, row.id


def test_what_works_names_existing_code_and_tests() -> None:
    for row in rows():
        if row.status == "works":
            assert row.code, f"{row.id} works but names no code"
            assert row.tests, f"{row.id} works but names no test"
        if row.status == "part":
            assert row.missing, f"{row.id} is in part; say what is missing"
        for path in (*row.code, *row.tests):
            assert (ROOT / path.split("::")[0]).exists(), f"{row.id}: no {path}"
        assert all(path.startswith("tests/") for path in row.tests), row.id
        assert not any(path.startswith("tests/") for path in row.code), row.id


def docstrings() -> list[tuple[Path, str]]:
    folders = (ROOT / "services", ROOT / "shared")
    return [
        (path, ast.get_docstring(node) or "")
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    ]


def test_every_cited_requirement_exists() -> None:
    cited = [(path, name) for path, text in docstrings() for name in CITED.findall(text)]
    assert cited
    unknown = [f"{path.relative_to(ROOT)}: {name}" for path, name in cited if name not in IDS]
    assert not unknown, "\n".join(unknown)


def test_every_requirement_a_pack_rests_on_exists() -> None:
    packs = sorted((ROOT / "shared" / "policy").glob("*/*.yaml"))
    assert packs
    for path in packs:
        for line in re.findall(r"requirements: \[(.*)\]", path.read_text(encoding="utf-8")):
            assert set(line.split(", ")) <= set(IDS), f"{path.name}: {line}"


@pytest.mark.parametrize("text", ["Y25-4.3", "YC23-2.4", "SL21-R2b", "SL21-11.0", "HC2", "HC13.2"])
def test_the_pattern_recognises_ids(text: str) -> None:
    assert CITED.findall(f"see ({text}).") == [text]


def test_the_pattern_recognises_every_id() -> None:
    assert [name for name in IDS if not CITED.fullmatch(name)] == []
