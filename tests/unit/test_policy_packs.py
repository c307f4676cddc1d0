"""Pack files: strict reading, what the shipped packs say, comparison, readings."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.answers import InvalidAnswersError, apply_answers
from shared.policy.compare import Difference, differences
from shared.policy.loader import (
    PACK_FOLDER,
    InvalidPackError,
    UnknownPackError,
    available_packs,
    content_digest,
    find_pack,
    load_pack,
    pack_from_content,
)
from shared.policy.model import Certainty, DeadlineKind, GateMode, Pack

YUECHI = find_pack("yuechi-2023")
SHILONG = find_pack("shilong-2021")


def changed(pack: Pack, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(pack.content))
    change(content)
    return content


def problems_of(change: Callable[[dict[str, Any]], None]) -> dict[str, str]:
    with pytest.raises(InvalidPackError) as raised:
        pack_from_content(changed(YUECHI, change))
    return {problem.path: problem.message for problem in raised.value.problems}


def test_shipped_packs() -> None:
    assert [pack.ref.code for pack in available_packs()] == ["shilong-2021", "yuechi-2023"]
    assert YUECHI.region == "511621"
    assert YUECHI.coverage.first_level_units == 85
    with pytest.raises(UnknownPackError, match="atlantis"):
        find_pack("atlantis")


def test_same_build_reduces_here_and_blocks_there() -> None:
    assert (YUECHI.gate.mode, SHILONG.gate.mode) == (GateMode.REDUCE, GateMode.BLOCK)
    assert "酌情削减" in YUECHI.gate.basis.clause
    assert "不得安排预算" in SHILONG.gate.basis.clause
    assert SHILONG.gate.basis.requirements == ("SL21-5.4", "SL21-5.5")
    assert SHILONG.gate.ex_ante_required
    assert not YUECHI.gate.ex_ante_required


def test_review_form_of_yuechi() -> None:
    items = YUECHI.review.items
    assert [item.points for item in items] == [Decimal(n) for n in (10, 10, 15, 15, 15, 15, 10, 10)]
    assert [stage.code for stage in YUECHI.review.stages] == [
        "dept_review",
        "fin_office_review",
        "fin_perf_review",
    ]
    assert YUECHI.review.returns_through == "fin_office_review"


def test_money_is_exact() -> None:
    assert YUECHI.monitoring.paper_from == Decimal("300000.00")
    assert YUECHI.target.execution_weight + sum(
        level.weight or 0 for level in YUECHI.target.levels
    ) == Decimal(100)


@pytest.mark.parametrize("pack", available_packs(), ids=lambda pack: pack.ref.code)
def test_what_the_source_is_silent_on_is_marked_assumed(pack: Pack) -> None:
    def walk(value: object) -> None:
        if isinstance(value, dict) and "certainty" in value:
            silent = "原文未写" in value["clause"] or "暂定" in value["clause"]
            if value["certainty"] == Certainty.STATED:
                assert "暂定" not in value["clause"], value
            if silent and "单位数" not in value["clause"]:
                assert value["certainty"] != Certainty.STATED, value
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(pack.content)


def test_round_trip_through_json_keeps_the_pack() -> None:
    for pack in available_packs():
        again = pack_from_content(json.loads(json.dumps(pack.content)))
        assert again == pack
        assert again.digest == pack.digest


def test_unknown_keys_wrong_types_and_missing_parts_are_told_by_path() -> None:
    def spoil(content: dict[str, Any]) -> None:
        content["gates"] = {}
        content["gate"]["mode"] = "maybe"
        content["gate"]["ex_ante_required"] = 1
        content["review"]["items"][3]["points"] = 15.0
        content["deadlines"]["correction"]["n"] = True
        content["region"] = 511621
        del content["title"]

    assert problems_of(spoil) == {
        "gates": "没有这个项目，请检查拼写",
        "gate.mode": "只能是：block、reduce、advise",
        "gate.ex_ante_required": "此处应为 true 或 false",
        "review.items.3.points": '此处应为加引号的数字，例如 "300000.00"',
        "deadlines.correction.n": "此处应为整数",
        "region": "此处应为文字；像数字的文字请加引号",
        "title": "缺少此项，请补上",
    }


def _put(content: dict[str, Any], path: str, value: object) -> None:
    *way, last = path.split(".")
    place: Any = content
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("review.items.0.points", "11", "review.items"),
        ("review.items.1.code", "clarity_of_form_repeated", None),
        ("review.items.1.code", "completeness_of_form", "review.items"),
        ("review.reject_grades", ["poor", "fair"], "review"),
        ("review.grade_bands.0.at_least", "1", "review.grade_bands"),
        ("review.stages", [], "review.stages"),
        ("target.levels.0.weight", "51", "target.levels"),
        ("target.required_level2", ["economic_cost"], "target.required_level2"),
        ("monitoring.indicator_bands.1.at_least", "90", "monitoring.indicator_bands"),
        ("monitoring.as_of_day", 31, "monitoring.as_of_day"),
        ("deadlines.correction", None, "deadlines.correction"),
        ("deadlines.correction.month", 3, "deadlines.correction.month"),
        ("deadlines.correction.roll", "next_workday", "deadlines.correction.roll"),
        ("deadlines.target_declaration.n", 3, "deadlines.target_declaration.n"),
        ("deadlines.target_declaration.month", 11, "deadlines.target_declaration.day"),
        ("escalation.notice_receipt", None, "escalation.notice_receipt"),
        ("escalation.notice_receipt.deadline", "nothing", "escalation.notice_receipt.deadline"),
        ("escalation.rectification.rungs.2.workdays", 30, "escalation.rectification.rungs"),
        ("escalation.rectification.rungs.1.code", "before_due", "escalation.rectification.rungs"),
        (
            "escalation.rectification.rungs.1.role",
            "fin_office",
            "escalation.rectification.rungs.overdue",
        ),
        (
            "escalation.rectification.rungs.1.is_paper",
            True,
            "escalation.rectification.rungs.overdue.is_paper",
        ),
        (
            "escalation.rectification.rungs.2.workdays",
            -1,
            "escalation.rectification.rungs.letter.workdays",
        ),
        ("windows.monitoring", None, "windows.monitoring"),
        ("windows.monitoring.end_month", 9, "windows.monitoring"),
        ("questions.0.deadline_id", "nothing", "questions.monitoring_report_day.deadline_id"),
        (
            "questions.0.readings.1.rule.month",
            None,
            "questions.monitoring_report_day.last_five_workdays_of_october.month",
        ),
    ],
)
def test_parts_must_agree(path: str, value: object, told: str | None) -> None:
    def change(content: dict[str, Any]) -> None:
        _put(content, path, value)

    if told is None:
        pack_from_content(changed(YUECHI, change))
    else:
        assert list(problems_of(change)) == [told]


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    text = (PACK_FOLDER / "yuechi-2023.yaml").read_text(encoding="utf-8")
    path = tmp_path / "pack.yaml"
    path.write_text(text + "\ntitle: 另一个标题\n", encoding="utf-8")
    with pytest.raises(InvalidPackError) as raised:
        load_pack(path)
    assert raised.value.problems[0].message == "「title」写了两次"


@pytest.mark.parametrize("text", ["", "- a", "a: [", "只是一句话"])
def test_a_file_that_is_no_pack(text: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPackError):
        load_pack(path)


def test_differences_name_what_changed() -> None:
    def newer(content: dict[str, Any]) -> None:
        content["version"] = "2"
        content["deadlines"]["correction"]["n"] = 5
        content["gate"]["ex_ante_required"] = True
        content["review"]["items"][0] |= {"points": "12"}
        content["review"]["items"][7] |= {"points": "8"}
        del content["deadlines"]["rectification_report"]["buffer_workdays"]

    found = differences(YUECHI, pack_from_content(changed(YUECHI, newer)))
    assert found == [
        Difference("version", "1", "2"),
        Difference("gate.ex_ante_required", "否", "是"),
        Difference("review.items.completeness_of_form.points", "10", "12"),
        Difference("review.items.conditions.points", "10", "8"),
        Difference("deadlines.correction.n", "10", "5"),
        Difference("deadlines.rectification_report.buffer_workdays", "5", None),
    ]
    assert differences(YUECHI, YUECHI) == []


def test_an_answer_replaces_the_deadline() -> None:
    answers = {"monitoring_report_day": "five_workdays_after_october"}
    applied = apply_answers(YUECHI, answers)
    assert applied.deadlines["monitoring_report"].kind is DeadlineKind.NTH_WORKDAY_AFTER_MONTH
    assert YUECHI.deadlines["monitoring_report"].kind is DeadlineKind.NTH_WORKDAY_OF_MONTH
    assert applied.digest == YUECHI.digest


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({}, "monitoring_report_day"),
        ({"monitoring_report_day": "whenever"}, "monitoring_report_day"),
        (
            {"monitoring_report_day": "fifth_workday_of_october", "colour": "blue"},
            "colour",
        ),
    ],
)
def test_every_question_needs_one_of_its_readings(answers: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidAnswersError) as raised:
        apply_answers(YUECHI, answers)
    assert [problem.path for problem in raised.value.problems] == [named]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        found = [(path, key) for key in value]
        return found + [p for key, inner in value.items() for p in _paths(inner, (*path, key))]
    if isinstance(value, list):
        return [p for n, inner in enumerate(value) for p in _paths(inner, (*path, n))]
    return []


OPTIONAL = {"year_offset", "month", "day", "n", "roll", "buffer_workdays"}
FREE = ("moved_when_absent",)  # a mapping that may as well be empty
REQUIRED_PLACES = [
    place for place in _paths(YUECHI.content) if place[1] not in OPTIONAL and place[0][-1:] != FREE
]


def test_no_required_value_can_be_missing() -> None:
    let_pass = []
    for way, key in REQUIRED_PLACES:
        content = json.loads(json.dumps(YUECHI.content))
        inner = content
        for step in way:
            inner = inner[step]
        del inner[key]
        with suppress(InvalidPackError):
            pack_from_content(content)
            let_pass.append((way, key))
    assert not let_pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.sampled_from(_paths(YUECHI.content)), JSON)
def test_whatever_loads_loads_again_the_same(
    place: tuple[tuple[Any, ...], str], value: object
) -> None:
    content = json.loads(json.dumps(YUECHI.content))
    way, key = place
    inner = content
    for step in way:
        inner = inner[step]
    inner[key] = value
    try:
        pack = pack_from_content(content)
    except InvalidPackError:
        return
    assert pack_from_content(json.loads(json.dumps(pack.content))) == pack


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=6))
def test_digest_does_not_depend_on_the_order_of_keys(content: dict[str, Any]) -> None:
    assert content_digest(content) == content_digest(dict(reversed(content.items())))
