"""Each kind of disagreement: a form that is right, changed in one place, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from services.eval_svc.usecases.check_form import check_document
from shared.errors import InvalidInputError


def fund(row: str, budget: str | None, executed: str | None, **more: str) -> dict[str, Any]:
    return {"row": row, "budget_adjusted": budget, "executed": executed, **more}


def line(
    level1: str, name: str, target: str | None, actual: str | None, weight: str, score: str
) -> dict[str, Any]:
    return {
        "level1": level1, "level2": "", "level3": name, "target": target, "actual": actual,
        "weight": weight, "score": score, "reason": "",
    }  # fmt: skip


RIGHT: Mapping[str, Any] = {
    "form": "project_self_evaluation",
    "amount_unit": "万元",
    "funds": [
        fund("total", "200", "180", weight="10", rate="90%", score="9"),
        fund("fiscal", "150", "130"),
        fund("carry_over", "50", "50"),
        fund("other", "", "-"),
    ],
    "sections": [
        {"level1": "产出指标", "weight": "50", "score": "50"},
        {"level1": "效益指标（30分）", "weight": "30", "score": "30"},
        {"level1": "满意度指标", "weight": "10", "score": "10"},
    ],
    "indicators": [
        line("产出指标", "新建水池", "≥10座", "11座", "30", "30"),
        line("产出指标", "验收合格率", "100%", "100%", "20", "20"),
        line("效益指标", "受益人数", "≥1万人", "12000人", "30", "30"),
        line("满意度指标", "群众满意度", ">=90%", "95％", "10", "10"),
    ],
    "total_weight": "100",
    "total_score": "99",
    "grade": "优",
}


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Return the right form with values set at paths such as `funds.0.rate`."""
    document = deepcopy(dict(RIGHT))
    for path, value in changes:
        *steps, last = path.split(".")
        place: Any = document
        for step in steps:
            place = place[int(step)] if step.isdecimal() else place[step]
        place[int(last) if last.isdecimal() else last] = value
    return document


def found(document: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (each["code"], each["severity"], each["path"])
        for each in check_document(document).to_json()["findings"]
    }


def test_the_right_form_is_consistent_and_nothing_is_found() -> None:
    report = check_document(RIGHT)
    assert not report.findings
    assert report.to_json()["verdict"] == "consistent"
    assert report.to_json()["recomputed"]["total_score"] == "99"


I0 = "indicators[0]"
CASES: dict[str, tuple[list[tuple[str, Any]], set[tuple[str, str, str]]]] = {
    "rate": ([("funds.0.rate", "95%")], {("execution_rate_mismatch", "error", "funds[0].rate")}),
    "rate by rounding": (
        [("funds.0.rate", "90.01%")],
        {("execution_rate_mismatch", "warning", "funds[0].rate")},
    ),
    "rate as a share": ([("funds.0.rate", "0.90")], set()),
    "rate without sign": ([("funds.0.rate", "90")], set()),
    "score, customary": (
        [("funds.0.score", "10.00"), ("total_score", "100")],
        {("execution_score_mismatch", "warning", "funds[0].score")},
    ),
    "score, printed rule": (
        [("funds.0.score", "10.00"), ("total_score", "100"), ("execution_rule", "proportional")],
        {("execution_score_mismatch", "error", "funds[0].score")},
    ),
    "sources": (
        [("funds.1.budget_adjusted", "151")],
        {("fund_rows_do_not_add_up", "error", "funds[0].budget_adjusted")},
    ),
    "no source filled in": (
        [("funds.1.budget_adjusted", ""), ("funds.2.budget_adjusted", "")],
        set(),
    ),
    "totals of the indicators alone": ([("total_weight", "90"), ("total_score", "90")], set()),
    "one total of the indicators alone": (
        [("total_weight", "90")],
        {("weights_do_not_add_up", "error", "total_weight")},
    ),
    "empty total row alone": (
        [("funds.0.budget_adjusted", "0"), ("funds.0.executed", ""), ("funds.0.rate", "0")],
        {("total_row_empty", "error", "funds[0]")},
    ),
    "weights": (
        [("indicators.3.weight", "9"), ("indicators.3.score", "9"), ("total_score", "98"),
         ("sections.2.score", "9")],
        {("weights_do_not_add_up", "error", "total_weight"),
         ("weights_do_not_add_up", "error", "sections[2].weight")},
    ),
    "scores": ([("total_score", "95")], {("scores_do_not_add_up", "error", "total_score")}),
    "above full marks": (
        [("indicators.3.weight", "20"), ("indicators.3.score", "20"), ("total_weight", "110"),
         ("total_score", "109"), ("sections.2.weight", "20"), ("sections.2.score", "20")],
        {("total_above_full_marks", "error", "sections")},
    ),
    "score above weight": (
        [("indicators.3.score", "11"), ("total_score", "100"), ("sections.2.score", "11")],
        {("score_above_weight", "error", "indicators[3].score")},
    ),
    "missed, full marks": (
        [("indicators.0.actual", "9座")],
        {("indicator_score_mismatch", "notice", f"{I0}.score"),
         ("full_marks_for_missed_target", "warning", f"{I0}.score")},
    ),
    "no more than asked, full marks": (
        [("indicators.0.target", ">10座"), ("indicators.0.actual", "10座")],
        {("full_marks_for_missed_target", "warning", f"{I0}.score")},
    ),
    "about as many as asked": (
        [("indicators.0.target", "约10座"), ("indicators.0.actual", "9座")],
        set(),
    ),
    "contracted, not about": (
        [("indicators.0.target", "合约10座"), ("indicators.0.actual", "9座")],
        {("indicator_score_mismatch", "notice", f"{I0}.score"),
         ("full_marks_for_missed_target", "warning", f"{I0}.score")},
    ),
    "missed, full marks, printed rule, reason": (
        [("indicators.0.actual", "9座"), ("indicators.0.reason", "汛期停工"),
         ("indicator_rule", "proportional")],
        {("indicator_score_mismatch", "error", f"{I0}.score")},
    ),
    "missed by the rule, no reason": (
        [("indicators.0.actual", "9座"), ("indicators.0.score", "27"), ("total_score", "96"),
         ("sections.0.score", "47")],
        {("missing_reason", "warning", f"{I0}.reason")},
    ),
    "far above the target": (
        [("indicators.0.actual", "13座")], {("missing_reason", "warning", f"{I0}.reason")}
    ),
    "blank actual": (
        [("indicators.1.actual", "")], {("missing_value", "error", "indicators[1].actual")}
    ),
    "blank rate": ([("funds.0.rate", "")], {("missing_value", "error", "funds[0].rate")}),
    "more spent than there was": (
        [("funds.0.executed", "210"), ("funds.1.executed", "160"), ("funds.0.rate", "105%"),
         ("funds.0.score", "10"), ("total_score", "100")],
        {("rate_above_100", "warning", "funds[0].executed"),
         ("rate_above_100", "warning", "funds[1].executed")},
    ),
    "nothing spent": (
        [("funds.0.executed", "0"), ("funds.1.executed", "0"), ("funds.2.executed", "0"),
         ("funds.0.rate", "0"), ("funds.0.score", "0"), ("total_score", "90")],
        {("nothing_executed", "notice", "funds[0].executed")},
    ),
    "zero target kept": (
        [("indicators.0.level3", "安全事故"), ("indicators.0.target", "0起"),
         ("indicators.0.actual", "0起")],
        {("zero_target", "notice", f"{I0}.target")},
    ),
    "zero target broken": (
        [("indicators.0.level3", "安全事故"), ("indicators.0.target", "0起"),
         ("indicators.0.actual", "2起")],
        {("zero_target", "notice", f"{I0}.target"),
         ("full_marks_for_missed_target", "warning", f"{I0}.score")},
    ),
    "reverse indicator": (
        [("indicators.0.target", "≤10座"), ("indicators.0.actual", "12座"),
         ("indicators.0.score", "24"), ("indicators.0.reason", "增建"), ("total_score", "93"),
         ("sections.0.score", "44"), ("indicator_rule", "proportional")],
        set(),
    ),
    "other unit": (
        [("indicators.0.actual", "11公里")], {("unit_mismatch", "warning", f"{I0}.actual")}
    ),
    "ten thousand times": (
        [("indicators.2.actual", "1人")],
        {("unit_mismatch", "warning", "indicators[2].actual")},
    ),
    "unit against the name": (
        [("indicators.1.target", "≥3个"), ("indicators.1.actual", "3个")],
        {("unit_mismatch", "warning", "indicators[1].target")},
    ),
    "grade": ([("grade", "良")], {("grade_mismatch", "error", "grade")}),
    "a score rounded in the total": (
        [("funds.0.rate", "90%"), ("funds.0.score", "9.00"), ("total_score", "99.0")], set()
    ),
    "a cost below its target": (
        [("indicators.0.level2", "成本指标"), ("indicators.0.target", "20万元"),
         ("indicators.0.actual", "18")], set(),
    ),
    "a date": ([("indicators.0.target", "12月底前"), ("indicators.0.actual", "11月")], set()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_change_shows_just_what_it_breaks(name: str) -> None:
    changes, wanted = CASES[name]
    assert found(changed(*changes)) == wanted


def test_what_is_not_on_the_copy_is_not_checked_and_said() -> None:
    report = check_document(changed(("funds.0.rate", None), ("total_score", None), ("grade", None)))
    assert not report.findings
    assert report.to_json()["verdict"] == "incomplete"
    skipped = {each.partition(":")[0] for each in report.to_json()["unchecked"]}
    assert {"funds[0].rate", "total_score", "grade"} <= skipped


def test_a_copy_in_part_keeps_silent_about_sums_but_not_about_too_much() -> None:
    gone = changed(("partial", True))
    gone["indicators"] = gone["indicators"][:2]
    assert not check_document(gone).findings
    assert check_document(gone).to_json()["verdict"] == "incomplete"
    gone["sections"][0]["weight"] = "70"
    assert {each[0] for each in found(gone)} == {"total_above_full_marks"}


def test_breakdown_rows_are_no_indicators() -> None:
    document = changed()
    row = dict(RIGHT["indicators"][0], level3="其中：东区", weight=None, score=None, actual="")
    document["indicators"].insert(1, row)
    assert not check_document(document).findings


def test_the_same_money_printed_twice_by_source_and_by_spending_adds_up() -> None:
    document = changed()
    document["funds"] += [fund("基本支出", "80", "80"), fund("项目支出", "120", "100")]
    assert not check_document(document).findings
    document["funds"][-1]["executed"] = "99"
    assert {each[0] for each in found(document)} == {"fund_rows_do_not_add_up"}


def test_rows_under_a_source_are_not_added_again() -> None:
    document = changed()
    document["funds"].insert(2, fund("其中：上级补助", "60", "60"))
    assert not check_document(document).findings


def test_a_breakdown_of_several_rows_under_a_source_is_left_out() -> None:
    document = changed()
    document["funds"][2:2] = [fund("其中：省级", "90", "80"), fund("市级", "60", "50")]
    assert not check_document(document).findings


def test_a_merged_score_over_several_rows_is_no_score_above_its_weight() -> None:
    document = changed(("indicators.0.score", "50"), ("indicators.1.score", None))
    assert not check_document(document).findings
    document["indicators"][1]["score"] = "0"
    assert "score_above_weight" in {each[0] for each in found(document)}


def test_headings_are_added_where_the_rows_show_no_figures() -> None:
    document = changed()
    for row in document["indicators"]:
        row["weight"] = row["score"] = None
    assert not check_document(document).findings
    assert check_document(document).to_json()["verdict"] == "consistent"
    document["sections"][2]["score"] = "8"
    assert found(document) == {("scores_do_not_add_up", "error", "total_score")}
    document["sections"] = []
    assert check_document(document).to_json()["verdict"] == "incomplete"


@pytest.mark.parametrize(
    ("total", "grade", "right"),
    [("89.99", "优", False), ("90", "优", True), ("80", "良", True), ("79.99", "中", True),
     ("59.9", "差", True), ("60", "差", False), ("100", "优秀", True), ("85", "良好", True),
     ("50", "优□良□", True)],
)  # fmt: skip
def test_grades_are_half_open_bands(total: str, grade: str, right: bool) -> None:  # noqa: FBT001
    document = changed(("total_score", total), ("grade", grade), ("partial", True))
    assert ("grade_mismatch" in {each[0] for each in found(document)}) is not right


def named(scheme: str, *changes: tuple[str, Any]) -> set[tuple[str, str, str]]:
    return found(changed(("scheme", scheme), *changes))


def test_the_national_scheme_makes_its_rules_known() -> None:
    assert named("national-2020") == set()
    missed = ("indicators.0.actual", "9座"), ("indicators.0.reason", "汛期停工")
    assert named("national-2020", *missed) == {
        ("indicator_score_mismatch", "error", "indicators[0].score")
    }
    basis = check_document(changed(("scheme", "national-2020"), *missed)).findings[0]
    assert basis.basis.value == "policy_pack"
    assert "财预〔2020〕10号" in basis.source


def test_headings_that_differ_from_the_scheme_are_found() -> None:
    hubei = found(changed(("scheme", "hubei-2020")))
    assert ("weights_do_not_add_up", "error", "sections") in hubei


def test_a_banded_scheme_scores_execution_by_its_bands() -> None:
    banded = ("execution_rule", "national-2021-banded")
    between = changed(banded, ("funds.0.score", "8.0"), ("total_score", "98"))
    assert ("execution_score_mismatch", "error", "funds[0].score") in found(between)
    as_band = changed(banded, ("funds.0.score", "7"), ("total_score", "97"))
    assert "execution_score_mismatch" not in {each[0] for each in found(as_band)}
    finished = changed(banded, ("funds.0.score", "10"), ("total_score", "100"))
    assert "execution_score_mismatch" not in {each[0] for each in found(finished)}


def test_a_scheme_nobody_knows_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_document(changed(("scheme", "nowhere"), ("indicator_rule", "nowhere")))
    assert {each.path for each in refused.value.problems} == {"scheme", "indicator_rule"}
