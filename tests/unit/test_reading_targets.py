"""Drafts made while a list is being read are those made of the whole list, and so are problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import example, given
from hypothesis import strategies as st

from services.target_svc.domain.indicators import Indicator, check_indicators
from services.target_svc.usecases.reading_targets import KnownProject, TargetReading
from shared.policy.loader import find_pack
from shared.sheets.model import SheetProblem
from shared.sheets.table import ParsedTable
from shared.terms.vocabulary import Operator

POLICY = find_pack("yuechi-2023").target
FIELDS = ("project_code", "annual_goal", "level1", "level2", "name", "operator", "value", "unit")
SOUND = (
    ("output", "quantity", "补助人数", "ge", "1200", "人次", "20"),
    ("output", "quality", "合格率", "ge", "95", "%", "20"),
    ("output", "timeliness", "及时率", "eq", "100%", "%", "10"),
    ("benefit", "social_benefit", "受益群众", "gt", "8000", "人", "30"),
    ("satisfaction", "service_satisfaction", "满意情况", "qualitative", "高", "", "10"),
)
BAD = len(SOUND)
PARTS = (*SOUND, ("output", "quality", "优良率", "ge", "很多", "%", "五"))
CODES = ("P1", "P2", "P3", "gone", "sent")
KNOWN = {
    code: KnownProject(uuid4(), uuid4(), f"项目{code}", target)
    for code, target in (
        ("P1", None),
        ("P2", None),
        ("P3", (UUID(int=3), "draft")),
        ("sent", (UUID(int=4), "dept_review")),
    )
}
Row = tuple[str, int]
WHOLE = [("P1", part) for part in range(BAD)]
OTHER = [("P2", part) for part in range(BAD)]


@st.composite
def row_lists(draw: st.DrawFn) -> list[Row]:
    """Whole sets, with some rows elsewhere, twice, missing or bad."""
    codes = draw(st.lists(st.sampled_from(["P1", "P2", "P3"]), unique=True))
    rows = [(code, part) for code in codes for part in range(BAD)]
    places = st.integers(0, len(rows))
    for place in draw(st.lists(places, max_size=3)):
        if place < len(rows):
            rows.insert(draw(places), rows.pop(place))
    row = st.tuples(st.sampled_from(CODES), st.integers(0, BAD))
    for place, more in draw(st.lists(st.tuples(places, row), max_size=2)):
        rows.insert(place, more)
    return rows


def growing(rows: Sequence[Row], size: int, faulty: int | None) -> Iterator[ParsedTable]:
    """A table of `rows`, some at a time; the cell of row `faulty` was refused."""
    table = ParsedTable("表", [], {name: [] for name in (*FIELDS, "weight")}, {})
    for start in range(0, max(len(rows), 1), size):
        for at, (code, part) in enumerate(rows[start : start + size], start=start):
            values = (code, f"目标{at}" if at % 2 else None, *PARTS[part])
            for column, value in zip(table.columns.values(), values, strict=True):
                column.append(value)
            table.row_numbers.append(at + 2)
            if at == faulty:
                table.problems.append(table.problem(at + 2, "value", "faulty", "…"))
        yield table


def expected(rows: Sequence[Row]) -> tuple[dict[str, list[int]], list[tuple[int, str, str]]]:
    """Return the rows of each known set, and place and kind of every problem."""
    sets: dict[str, list[int]] = {}
    problems: list[tuple[int, str, str]] = []
    for at, (code, _) in enumerate(rows):
        sets.setdefault(code, []).append(at)
    for code, places in sets.items():
        if code in ("gone", "sent"):
            problems.append((places[0] + 2, "project_code", "unknown submitted"))
            continue
        for problem in check_indicators(POLICY, [indicator(rows[at][1]) for at in places]):
            _, place, field = (*problem.path.split("."), "", "weight")[:3]
            problems.append((places[int(place or 0)] + 2, field, problem.code))
    known = {code: places for code, places in sets.items() if code in ("P1", "P2", "P3")}
    return known, sorted(problems)


def indicator(part: int) -> Indicator:
    level1, level2, name, operator, value, unit, weight = PARTS[part]
    points = Decimal(weight) if weight.isdecimal() else Decimal(0)
    return Indicator(level1, level2, name, Operator(operator), value, unit, points)


def told(problems: Sequence[SheetProblem]) -> list[tuple[int, str, str]]:
    codes = {"unknown": "unknown submitted", "submitted": "unknown submitted"}
    return sorted((one.row, one.field, codes.get(one.code, one.code)) for one in problems)


@given(rows=row_lists(), size=st.integers(1, 7))
@example(rows=WHOLE, size=2)
@example(rows=[*WHOLE[:2], *OTHER, *WHOLE[2:]], size=1)  # made whole later
@example(rows=[*WHOLE, *OTHER, ("P1", 1)], size=1)  # one too many
@example(rows=[("sent", 0), *WHOLE, ("sent", 1), ("gone", 0)], size=3)
def test_it_makes_of_pieces_what_is_made_of_the_whole(rows: list[Row], size: int) -> None:
    reading = TargetReading(KNOWN, POLICY)
    given_out = list(reading.drafts(growing(rows, size, None)))
    sets, problems = expected(rows)

    assert told(reading.outcome.problems) == problems
    assert [one.row for one in reading.outcome.problems] == [row for row, _, _ in problems]
    assert (reading.outcome.created, reading.outcome.changed) == (
        len(sets.keys() & {"P1", "P2"}), len(sets.keys() & {"P3"}),
    )  # fmt: skip
    if problems:
        return
    made = {draft.project_id: draft for draft in given_out}
    assert len(made) == len(given_out) == len(sets)
    for code, places in sets.items():
        draft = made[KNOWN[code].project_id]
        assert draft.row_numbers == [at + 2 for at in places]
        assert draft.indicators == [indicator(rows[at][1]) for at in places]
        assert draft.annual_goal == next((f"目标{at}" for at in places if at % 2), "")
        assert draft.is_new == (code != "P3")


def test_a_set_is_given_before_the_next_is_read() -> None:
    reading = TargetReading(KNOWN, POLICY)
    pieces = growing([*WHOLE, *OTHER], 1, None)
    next(reading.drafts(pieces))
    assert len(next(pieces).row_numbers) == len(WHOLE) + 2


@given(rows=row_lists().filter(bool), size=st.integers(1, 7), data=st.data())
def test_a_refused_cell_is_told_alone(rows: list[Row], size: int, data: st.DataObject) -> None:
    faulty = data.draw(st.integers(0, len(rows) - 1))
    reading = TargetReading(KNOWN, POLICY)
    for draft in reading.drafts(growing(rows, size, faulty)):
        assert max(draft.row_numbers) < faulty + 2
    assert told(reading.outcome.problems) == [(faulty + 2, "value", "faulty")]
    assert (reading.outcome.created, reading.outcome.changed) == (0, 0)
