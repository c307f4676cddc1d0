"""Rules of targets: indicators, submission, stages, doubts; under both localities' packs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.target_svc.domain.chain import stages_for, state_after_submission
from services.target_svc.domain.doubts import ReviewedTarget, find_doubts
from services.target_svc.domain.indicators import (
    Indicator,
    check_indicators,
    expected_weight,
    is_number,
    number_of,
)
from services.target_svc.domain.review import (
    ReviewFinding,
    act_for_grade,
    check_first_review,
    check_performance_review,
    check_return,
    total_points,
)
from services.target_svc.domain.states import TargetAct, TargetState
from services.target_svc.domain.submission import Submission, check_submission, is_late
from shared.policy.loader import find_pack
from shared.policy.model import Pack
from shared.terms.vocabulary import Grade, Operator

PACKS = {code: find_pack(code) for code in ("yuechi-2023", "shilong-2021")}
both = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
CENT = Decimal("0.01")


def row(level1: str, level2: str, weight: str, name: str = "") -> Indicator:
    return Indicator(
        level1, level2, name or f"{level2}指标", Operator.AT_LEAST, "90", "%", Decimal(weight)
    )


def good_rows(pack: Pack) -> list[Indicator]:
    """Return one row for every group the pack demands, weights adding up."""
    required = pack.target.required_level2
    pairs = [
        (level.code, code)
        for level in pack.target.levels
        for code, _ in level.level2
        if code in required or (level.required and code == level.level2[0][0])
    ]
    rows = [row(level1, level2, "1.00") for level1, level2 in pairs]
    rest = expected_weight(pack.target) - (len(rows) - 1)
    return [rows[0]._replace(weight=Decimal(rest)), *rows[1:]]


def codes(problems: list) -> set[str]:  # type: ignore[type-arg]
    return {problem.code for problem in problems}


@both
def test_a_whole_set_is_accepted(pack: Pack) -> None:
    assert check_indicators(pack.target, good_rows(pack)) == []


@both
@given(data=st.data())
def test_weights_must_add_up_to_the_cent(pack: Pack, data: st.DataObject) -> None:
    rows = good_rows(pack)
    cents = data.draw(st.integers(-8000, 100_000).filter(lambda n: n != 0))
    changed = rows[0]._replace(weight=rows[0].weight + cents * CENT)
    found = codes(check_indicators(pack.target, [changed, *rows[1:]]))
    assert "weights_do_not_add_up" in found


@both
@given(data=st.data())
def test_however_weights_are_split_the_sum_decides(pack: Pack, data: st.DataObject) -> None:
    rows = good_rows(pack)
    total = int(expected_weight(pack.target) * 100)
    cuts = data.draw(
        st.lists(
            st.integers(1, total - 1), min_size=len(rows) - 1, max_size=len(rows) - 1, unique=True
        )
    )
    marks = [0, *sorted(cuts), total]
    split = [
        each._replace(weight=(end - begin) * CENT)
        for each, begin, end in zip(rows, marks, marks[1:], strict=False)
    ]
    assert check_indicators(pack.target, split) == []


@both
def test_every_required_group_is_missed(pack: Pack) -> None:
    rows = good_rows(pack)
    for left_out in rows:
        rest = [each for each in rows if each is not left_out]
        still_there = {each.level1 for each in rest}
        demanded = left_out.level2 in pack.target.required_level2
        if demanded or left_out.level1 not in still_there:
            assert "missing_group" in codes(check_indicators(pack.target, rest))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"level1": "nonsense"}, "unknown_level1", "level1"),
        ({"level2": "nonsense"}, "unknown_level2", "level2"),
        ({"name": "  "}, "missing", "name"),
        ({"value": ""}, "missing", "value"),
        ({"value": "很多"}, "not_a_number", "value"),
        ({"unit": ""}, "missing", "unit"),
        ({"weight": Decimal(0)}, "not_positive", "weight"),
        ({"weight": Decimal(-1)}, "not_positive", "weight"),
    ],
)
@both
def test_each_fault_is_told_beside_its_field(
    pack: Pack, change: dict[str, object], code: str, field: str
) -> None:
    rows = good_rows(pack)
    rows[1] = rows[1]._replace(**change)
    found = [each for each in check_indicators(pack.target, rows) if each.code == code]
    assert [each.path for each in found] == [f"indicators.1.{field}"]
    assert all(each.message.endswith("。") for each in found)


@both
def test_qualitative_values_need_neither_number_nor_unit(pack: Pack) -> None:
    rows = good_rows(pack)
    rows[0] = rows[0]._replace(operator=Operator.QUALITATIVE, value="建成使用", unit="")
    assert check_indicators(pack.target, rows) == []


@both
def test_the_same_name_twice_is_told_at_both_rows(pack: Pack) -> None:
    rows = good_rows(pack)
    half = rows[0]._replace(weight=rows[0].weight / 2)
    found = check_indicators(pack.target, [half, half, *rows[1:]])
    assert {each.path for each in found} == {"indicators.0.name", "indicators.1.name"}


@given(st.decimals(-(10**12), 10**12, places=4))
def test_numbers_are_read_with_or_without_a_percent_sign(value: Decimal) -> None:
    for text in (f"{value}", f" {value}%", f"{value}％"):
        assert is_number(text)
        assert number_of(text) == value


@pytest.mark.parametrize(
    "text", ["", "NaN", "Infinity", "-inf", "1e5x", "一百", "1,2,3,4x", "\x00"]
)
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert not is_number(text)


def submission(pack: Pack, **changes: object) -> Submission:
    whole = Submission(
        annual_goal="完成。",
        midterm_goal="",
        period_years=1,
        indicators=good_rows(pack),
        commitment=True,
        signer_name="李某",
        signature_kind="signed_scan",
        scan_digest="a" * 64,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@both
def test_a_whole_submission_may_leave(pack: Pack) -> None:
    assert check_submission(pack.target, submission(pack)) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"annual_goal": " "}, "annual_goal"),
        ({"period_years": 2}, "midterm_goal"),
        ({"commitment": False}, "commitment"),
        ({"signer_name": ""}, "signer_name"),
        ({"signature_kind": "telephone"}, "signature_kind"),
        ({"scan_digest": ""}, "scan"),
        ({"indicators": []}, "indicators"),
    ],
)
@both
def test_what_a_submission_lacks_is_told(pack: Pack, change: dict[str, object], path: str) -> None:
    assert path in {each.path for each in check_submission(pack.target, submission(pack, **change))}


@both
def test_all_faults_are_told_at_once(pack: Pack) -> None:
    empty = submission(
        pack, annual_goal="", commitment=False, signer_name="", scan_digest="", indicators=[]
    )
    paths = {each.path for each in check_submission(pack.target, empty)}
    assert {"annual_goal", "commitment", "signer_name", "scan", "indicators"} <= paths


@given(st.dates(), st.dates())
def test_late_is_the_day_after_the_last(submitted: date, last: date) -> None:
    assert is_late(submitted, last) == (submitted > last)


@both
def test_a_department_does_not_review_itself(pack: Pack) -> None:
    below = [stage.code for stage in stages_for(pack.review, unit_is_department=False)]
    own = [stage.code for stage in stages_for(pack.review, unit_is_department=True)]
    assert below[0] == "dept_review"
    assert own == below[1:]
    assert state_after_submission(pack.review, unit_is_department=False) is TargetState.DEPT_REVIEW
    first = state_after_submission(pack.review, unit_is_department=True)
    assert first is TargetState.FIN_OFFICE_REVIEW


def finding(pack: Pack, **changes: object) -> ReviewFinding:
    whole = ReviewFinding(
        opinion="同意。",
        checks=dict.fromkeys(pack.review.mandatory_checks, True),
        items={item.code: item.points for item in pack.review.items},
        grade=Grade.GOOD,
        cut_amount=Decimal("0.00"),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@both
def test_the_first_review_passes_only_with_every_check(pack: Pack) -> None:
    assert check_first_review(pack.review, finding(pack), passing=True) == []
    for code in pack.review.mandatory_checks:
        checks = dict.fromkeys(pack.review.mandatory_checks, True) | {code: False}
        found = check_first_review(pack.review, finding(pack, checks=checks), passing=True)
        assert [each.path for each in found] == [f"checks.{code}"]


@both
def test_a_return_says_why(pack: Pack) -> None:
    assert check_return(finding(pack)) == []
    assert codes(check_return(finding(pack, opinion="  "))) == {"missing"}
    assert codes(check_first_review(pack.review, finding(pack, opinion=""), passing=False)) == {
        "missing"
    }


@both
@given(data=st.data())
def test_points_and_cuts_stay_in_range(pack: Pack, data: st.DataObject) -> None:
    requested = Decimal("1000.00")
    item = data.draw(st.sampled_from(pack.review.items))
    given_points = data.draw(st.decimals(-50, 150, places=1))
    cut = data.draw(st.decimals(-2000, 2000, places=2))
    looked_at = finding(pack, items={item.code: given_points}, cut_amount=cut)
    paths = {
        each.path for each in check_performance_review(pack.review, looked_at, requested=requested)
    }
    assert (f"items.{item.code}" in paths) == (not 0 <= given_points <= item.points)
    assert ("cut_amount" in paths) == (not 0 <= cut <= requested)


@both
def test_every_grade_leads_somewhere(pack: Pack) -> None:
    acts = {grade: act_for_grade(pack.review, grade) for grade in Grade}
    assert acts[Grade.EXCELLENT] is acts[Grade.GOOD] is TargetAct.APPROVE_PERF
    assert acts[Grade.FAIR] is TargetAct.RETURN_PERF
    assert acts[Grade.POOR] is TargetAct.REJECT_PERF
    assert total_points(finding(pack)) == sum(item.points for item in pack.review.items)


def reviewed(pack: Pack, **changes: object) -> ReviewedTarget:
    whole = ReviewedTarget(
        amount=Decimal("1000000.00"),
        previous_amount=Decimal("1000000.00"),
        indicators=good_rows(pack),
        previous_indicators=[],
        annual_goal="完成。",
        has_money_note=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@both
def test_a_sound_target_raises_no_doubt(pack: Pack) -> None:
    assert find_doubts(pack.target, reviewed(pack)) == []


@both
@pytest.mark.parametrize(
    ("amount", "doubted"),
    [
        ("1299999.99", True),
        ("1300000.00", True),
        ("1299000.00", False),
        ("700000.00", True),
        ("701000.00", False),
    ],
)
def test_a_jump_of_thirty_percent_is_doubted(pack: Pack, amount: str, doubted: bool) -> None:  # noqa: FBT001
    found = codes(find_doubts(pack.target, reviewed(pack, amount=Decimal(amount))))
    assert ("large_change" in found) == doubted


@both
def test_the_habits_of_careless_targets_are_doubted(pack: Pack) -> None:
    rows = good_rows(pack)
    vague = rows[0]._replace(operator=Operator.QUALITATIVE, value="进一步提高", unit="")
    below = rows[1]._replace(value="80", history_value="85")
    counted = next(each for each in rows if each.level2 == "quantity")
    quantity = counted._replace(operator=Operator.QUALITATIVE, value="若干")
    assert "vague" in codes(find_doubts(pack.target, reviewed(pack, indicators=[vague])))
    assert "below_history" in codes(find_doubts(pack.target, reviewed(pack, indicators=[below])))
    found = codes(find_doubts(pack.target, reviewed(pack, indicators=[quantity])))
    assert "quantity_not_quantified" in found
    copied = reviewed(pack, previous_indicators=good_rows(pack))
    assert "same_as_last_year" in codes(find_doubts(pack.target, copied))
    silent = reviewed(pack, has_money_note=False)
    assert "no_money_note" in codes(find_doubts(pack.target, silent))
