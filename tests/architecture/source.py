"""The source under test: files, trees, and what in them is called what."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared")
EVERYWHERE = (*CODE, "tests", "bench")


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below `folders`, of all code when none is named."""
    return sorted(path for folder in folders or CODE for path in (ROOT / folder).rglob("*.py"))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def name_of(path: Path) -> str:
    """Return a file's place in the project, for messages."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else node.attr
    return ""
