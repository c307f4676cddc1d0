"""Reads a pasted evaluation report: the paragraphs that name problems, as a list to edit.

Nothing is decided here: what comes out is a proposal which a person corrects (practice: one issue
one line, 一键整改通知).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

LONGEST_TITLE = 60
MOST_ISSUES = 200
_LEVELS = (
    re.compile(r"^[一二三四五六七八九十百]{1,4}[、.\uff0e]\s*"),
    re.compile(r"^[(（][一二三四五六七八九十百]{1,4}[)）]\s*"),
    re.compile(r"^\d{1,3}(?:[、\uff0e](?!\d)|\.(?!\d))\s*"),
    re.compile(r"^(?:[(（]\d{1,3}[)）]|[①-⑳])\s*"),
)
_PROBLEM = re.compile(r"问题|不足|薄弱环节")
_CAUSE = re.compile(r"^(?:原因|成因|建议|对策|整改(?:建议|要求|意见)|改进|下一步|经验|成效)")
_SENTENCE_END = re.compile(r"[。；;!！]")
_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(亿元|万元|元)")
_FACTORS = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


@dataclass(frozen=True, slots=True)
class Issue:
    """One proposed finding; `amount` in 元, none when the text names none or several."""

    title: str
    description: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading with what stands below it; `level` 0 is the highest, -1 the text before any."""

    level: int
    heading: str
    body: tuple[str, ...]


def read_report(text: str) -> list[Issue]:
    """Return the issues a report names, in order; the whole text's items when no section says 问题.

    Below a heading with 问题 or 不足 every numbered item is one issue, the deepest heading wins;
    sections of causes and advice are left out.
    """
    blocks = _blocks(text)
    chosen = list(_of_problem_sections(blocks))
    if not chosen:
        chosen = [block for block in _leaves(blocks) if block.level > 0 or len(blocks) == 1]
    if not chosen:
        chosen = [block for block in blocks if block.level >= 0]
    return [_issue(block) for block in chosen if _words(block)][:MOST_ISSUES]


def _blocks(text: str) -> list[_Block]:
    blocks: list[tuple[int, str, list[str]]] = []
    for line in (raw.strip(" \t\u3000\xa0") for raw in text.splitlines()):
        if not line:
            continue
        level, heading = _level_of(line)
        if level >= 0 or not blocks:
            blocks.append((level, heading, []))
        else:
            blocks[-1][2].append(line)
    return [_Block(level, heading, tuple(body)) for level, heading, body in blocks]


def _level_of(line: str) -> tuple[int, str]:
    for level, pattern in enumerate(_LEVELS):
        match = pattern.match(line)
        if match:
            return level, line[match.end() :].strip()
    return -1, line


def _of_problem_sections(blocks: list[_Block]) -> Iterator[_Block]:
    """Give the leaves below headings that speak of problems; such a heading alone is one itself."""
    at = 0
    while at < len(blocks):
        head = blocks[at]
        end = at + 1
        while end < len(blocks) and blocks[end].level > head.level:
            end += 1
        is_title = head.level >= 0 and len(_first_sentence(head.heading)) <= LONGEST_TITLE
        if is_title and _PROBLEM.search(head.heading) and not _CAUSE.match(head.heading):
            inner = blocks[at + 1 : end]
            yield from _leaves(inner) if inner else _paragraphs(head)
            at = end
        else:
            at += 1


def _paragraphs(head: _Block) -> Iterator[_Block]:
    """Give a section without numbers: each paragraph is an issue, without any the heading."""
    if not head.body:
        yield head
    for line in head.body:
        yield _Block(head.level + 1, line, ())


def _leaves(blocks: list[_Block]) -> Iterator[_Block]:
    for at, block in enumerate(blocks):
        below = blocks[at + 1].level if at + 1 < len(blocks) else -1
        if below <= block.level and not _CAUSE.match(block.heading):
            yield block


def _words(block: _Block) -> str:
    return "".join((block.heading, *block.body)).strip()


def _issue(block: _Block) -> Issue:
    title = _first_sentence(block.heading)
    description = "\n".join(part for part in (block.heading, *block.body) if part)
    return Issue(title[:LONGEST_TITLE], description, _only_amount(description))


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text, maxsplit=1)[0].strip(" ：:")


def _only_amount(text: str) -> Decimal | None:
    """Return the one amount the text names, in 元; none when there are several different ones."""
    found = set()
    for figures, unit in _AMOUNT.findall(text):
        try:
            found.add(Decimal(figures.replace(",", "")) * _FACTORS[unit])
        except InvalidOperation:
            continue
    return found.pop().quantize(Decimal("0.01")) if len(found) == 1 else None
