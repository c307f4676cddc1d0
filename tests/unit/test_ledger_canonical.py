"""The canonical ledger: equal for equal runs, different for any difference that means something."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.canonical import LedgerRow, canonical_lines
from shared.ledger.reading import _member


def run(seed: int, *, amount: str = "30.00", owner: int = 1) -> list[LedgerRow]:
    """Two units, a project, its events and the acts on it, with identifiers of their own."""
    draw = random.Random(seed)
    town, school, project, event, first, second, post, other = (
        str(UUID(int=draw.getrandbits(128))) for _ in range(8)
    )
    units = (town, school)
    rows = [
        LedgerRow("target", "unit", {"unit_id": town, "code": "101", "path": f"/{town}/"}),
        LedgerRow("target", "unit", {"unit_id": school, "code": "102", "path": f"/{school}/"}),
        LedgerRow("target", "project", {"project_id": project, "unit_id": units[owner]}),
        LedgerRow("target", "money", {"project_id": project, "amount": amount}),
        LedgerRow(
            "target",
            "outbox",
            {"aggregate_id": project, "aggregate_version": 1, "envelope": {"id": event}},
        ),
        LedgerRow("monitoring", "inbox", {"aggregate_id": project, "event_id": event}),
        LedgerRow("target", "trail", {"record_id": first, "object_id": project, "post": post}),
        LedgerRow("target", "trail", {"record_id": second, "object_id": project, "post": other}),
    ]
    draw.shuffle(rows)
    return rows


@given(st.integers(), st.integers())
def test_identifiers_and_order_do_not_matter(first: int, second: int) -> None:
    assert list(canonical_lines(run(first))) == list(canonical_lines(run(second)))


def test_a_changed_amount_is_seen() -> None:
    before, after = (list(canonical_lines(run(1, amount=sum_))) for sum_ in ("30.00", "30.01"))
    assert set(after) - set(before) == {
        '{"service":"target","table":"money","project_id":"id000001","amount":"30.01"}'
    }


def test_another_owner_is_seen() -> None:
    assert list(canonical_lines(run(1))) != list(canonical_lines(run(1, owner=0)))


@pytest.mark.parametrize("table", ["inbox", "trail", "unit", "money"])
def test_a_missing_row_is_seen(table: str) -> None:
    rows = run(1)
    rows.remove(next(row for row in rows if row.table == table))
    assert list(canonical_lines(rows)) != list(canonical_lines(run(2)))


def test_a_link_told_twice_is_told_from_two_links() -> None:
    """Two rows alike but for what they hang on: the same one, or one each."""

    def pairs(*links: int) -> list[LedgerRow]:
        ids = [str(UUID(int=link + 1)) for link in links]
        return [LedgerRow("s", "t", {"from": one, "to": one}) for one in ids]

    assert list(canonical_lines(pairs(0, 1))) != list(canonical_lines(pairs(0, 0)))


def test_alike_parts_get_names_that_hold_together() -> None:
    """Two chains that nothing tells apart keep their links, whichever is named first."""

    def chains(numbers: list[int]) -> list[LedgerRow]:
        a, b, c, d = (str(UUID(int=number)) for number in numbers)
        return [
            LedgerRow("s", "left", {"x": a, "y": b}),
            LedgerRow("s", "right", {"x": b, "y": a}),
            LedgerRow("s", "left", {"x": c, "y": d}),
            LedgerRow("s", "right", {"x": d, "y": c}),
        ]

    lines = list(canonical_lines(chains([1, 2, 3, 4])))
    assert lines == list(canonical_lines(chains([9, 3, 7, 5])))
    assert len(set(lines)) == 4


def test_lines_follow_aggregate_and_version_as_number() -> None:
    aggregate = str(UUID(int=7))
    rows = [
        LedgerRow("s", "outbox", {"aggregate_id": aggregate, "aggregate_version": version})
        for version in (10, 9, 2)
    ]
    assert [line.rpartition(":")[2] for line in canonical_lines(rows)] == ["2}", "9}", "10}"]


def test_a_print_code_quoted_in_a_text_counts_as_an_identifier() -> None:
    """It is drawn at random for every submission, and documents quote it."""

    def told(code: str) -> list[str]:
        form = {"print_code": _member("print_code", code)}
        finding = {"source_document": _member("source_document", f"自评表（{code}）")}
        rows = [LedgerRow("evaluation", "form", form), LedgerRow("oversight", "finding", finding)]
        return list(canonical_lines(rows))

    assert told("2023-ADFD0893") == told("2023-70E84DF7")
    assert "0893" not in "".join(told("2023-ADFD0893"))
