"""Scope, scoring and submission of self-evaluations: boundaries, both packs, properties."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eval_svc.domain.funds import Fund, total_fund, unit_doubt
from services.eval_svc.domain.scope import ScopeProject, ScopeUnit, build_scope, group_scope
from services.eval_svc.domain.scoring import (
    Line,
    band_points,
    grade_of,
    is_untrue,
    needs_reason,
    score_execution,
    score_line,
    total_score,
)
from services.eval_svc.domain.submission import (
    FilledForm,
    FilledLine,
    Signature,
    check_form,
    check_points,
    check_signature,
)
from shared.policy.loader import available_packs, find_pack
from shared.policy.model import SelfEvaluationPolicy
from shared.terms.vocabulary import Grade, SelfEvaluationKind

POLICY = find_pack("yuechi-2023").self_evaluation
POLICIES = [pack.self_evaluation for pack in available_packs()]
UNIT, DEPARTMENT = UUID(int=1), UUID(int=2)
AMOUNTS = st.decimals("0", "1000000", places=2)
POINTS = st.decimals("0.5", "60", places=1)


def project(amount: str, *flags: str, number: int = 9) -> ScopeProject:
    return ScopeProject(UUID(int=number), UNIT, DEPARTMENT, "项目", Decimal(amount), flags)


def line(operator: str, target: str, actual: str, points: str = "20", **more: object) -> Line:
    return Line(Decimal(points), operator, target, actual, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("amount", "flags", "reason"),
    [
        ("300000.00", (), "threshold"),
        ("299999.99", (), None),
        ("299999.99", ("gov_procurement",), "procurement"),
        ("0.00", ("gov_procurement", "grain"), "procurement"),
        ("300000.00", ("gov_procurement",), "threshold"),
        ("10.00", ("grain",), None),
    ],
)
def test_projects_are_in_from_the_threshold_and_for_their_marks(
    policy: SelfEvaluationPolicy, amount: str, flags: tuple[str, ...], reason: str | None
) -> None:
    found = build_scope(policy, [], [project(amount, *flags)])
    assert [item.reason.value for item in found] == ([reason] if reason else [])
    assert all(item.explanation for item in found)


def test_every_first_level_unit_owes_its_overall_form() -> None:
    units = [ScopeUnit(DEPARTMENT, "教育局", True), ScopeUnit(UNIT, "小学", False)]  # noqa: FBT003
    (whole, part) = build_scope(POLICY, units, [project("400000.00"), project("1.00", number=8)])
    assert (whole.name, whole.amount, whole.paper_required) == (
        "教育局部门整体支出",
        Decimal("400001.00"),
        True,
    )
    assert part.kind is SelfEvaluationKind.PROJECT


def test_the_scope_is_grouped_by_its_reasons_without_losing_anybody() -> None:
    units = [ScopeUnit(DEPARTMENT, "教育局", True)]  # noqa: FBT003
    projects = [project("400000.00"), project("500000.00"), project("1.00", "gov_procurement")]
    found = build_scope(POLICY, units, projects)
    groups = group_scope(found)
    assert [(len(each.items), each.amount) for each in groups] == [
        (1, Decimal("900001.00")),
        (2, Decimal("900000.00")),
        (1, Decimal("1.00")),
    ]
    assert [item for each in groups for item in each.items] == found
    assert all(
        item.explanation.endswith(f"{each.rule}。") for each in groups for item in each.items
    )


@pytest.mark.parametrize(
    ("given_line", "score"),
    [
        (line("ge", "20", "20"), "20"),
        (line("ge", "20", "10"), "10"),
        (line("ge", "3", "1"), "6.67"),
        (line("ge", "90%", "95%"), "20"),
        (line("gt", "20", "21"), "20"),
        (line("eq", "0", "0"), "20"),
        (line("eq", "0", "1"), "0"),
        (line("ge", "20", "-5"), "0"),
        (line("le", "100", "100"), "20"),
        (line("le", "100", "150"), "10"),
        (line("le", "100", "199.99"), "0"),
        (line("le", "100", "200"), "0"),
        (line("lt", "0", "0"), "20"),
        (line("le", "0", "1"), "0"),
        (line("qualitative", "健全", "建立", band="reached", chosen=Decimal(16)), "16"),
        (line("qualitative", "健全", "建立", band="reached", chosen=Decimal(20)), "20"),
        (line("qualitative", "健全", "建立", band="reached", chosen=Decimal("15.99")), None),
        (line("qualitative", "健全", "建立", band="partly", chosen=Decimal(16)), None),
        (line("qualitative", "健全", "建立", band="partly", chosen=Decimal(12)), "12"),
        (line("qualitative", "健全", "建立", band="missed", chosen=Decimal(0)), "0"),
        (line("qualitative", "健全", "建立", band="missed"), None),
        (line("qualitative", "健全", "建立", chosen=Decimal(20)), None),
        (line("ge", "20", ""), None),
        (line("ge", "二十", "20"), None),
        (line("ge", "20", "很多"), None),
    ],
)
def test_each_kind_of_indicator_is_scored(given_line: Line, score: str | None) -> None:
    scored = score_line(POLICY, given_line)
    assert scored.score == (Decimal(score) if score else None)
    assert scored.explanation.endswith("。")


def test_far_over_the_target_asks_for_a_reason_at_130_percent() -> None:
    below, at = (score_line(POLICY, line("ge", "100", actual)) for actual in ("129.99", "130"))
    assert (below.over_fulfilled, at.over_fulfilled) == (False, True)
    assert not needs_reason(Decimal(20), below)
    assert needs_reason(Decimal(20), at)
    assert needs_reason(Decimal(20), score_line(POLICY, line("ge", "100", "99")))


@pytest.mark.parametrize(
    ("budget", "executed", "score"),
    [("100", "70", "7.00"), ("100", "120", "10.00"), ("0", "0", "0"), ("3", "1", "3.33")],
)
def test_execution_earns_its_share(budget: str, executed: str, score: str) -> None:
    scored, _ = score_execution(POLICY, budget=Decimal(budget), executed=Decimal(executed))
    assert scored.score == Decimal(score)


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", Grade.EXCELLENT),
        ("90", Grade.EXCELLENT),
        ("89.99", Grade.GOOD),
        ("80", Grade.GOOD),
        ("79.99", Grade.FAIR),
        ("60", Grade.FAIR),
        ("59.99", Grade.POOR),
        ("0", Grade.POOR),
    ],
)
def test_grades_are_inclusive_from_below(total: str, grade: Grade) -> None:
    assert grade_of(POLICY, Decimal(total)) is grade


def test_a_recheck_marks_untrue_from_ten_points_either_way() -> None:
    assert is_untrue(POLICY, Decimal(95), Decimal(85))
    assert is_untrue(POLICY, Decimal(85), Decimal(95))
    assert not is_untrue(POLICY, Decimal(95), Decimal("85.01"))


@given(
    points=POINTS,
    goal=AMOUNTS,
    done=AMOUNTS,
    more=AMOUNTS,
    operator=st.sampled_from(["ge", "gt", "eq", "le", "lt"]),
    policy=st.sampled_from(POLICIES),
)
def test_scores_stay_between_nothing_and_the_points_and_follow_the_achievement(
    points: Decimal,
    goal: Decimal,
    done: Decimal,
    more: Decimal,
    operator: str,
    policy: SelfEvaluationPolicy,
) -> None:
    scored, later = (
        score_line(policy, Line(points, operator, str(goal), str(actual))).score
        for actual in (done, done + more)
    )
    assert scored is not None
    assert later is not None
    assert 0 <= scored <= points
    assert 0 <= later <= points
    if operator in ("le", "lt") or goal == 0:
        assert later <= scored
    else:
        assert later >= scored


@given(st.lists(st.tuples(POINTS, st.decimals("0", "2", places=2)), max_size=12))
def test_the_total_is_the_sum_of_its_lines(rows: list[tuple[Decimal, Decimal]]) -> None:
    lines = [Line(points, "ge", "100", str(share * 100)) for points, share in rows]
    scores = [score_line(POLICY, each).score for each in lines]
    assert total_score(scores) == sum(score for score in scores if score is not None)
    assert total_score(scores) <= sum((points for points, _ in rows), Decimal(0))


@given(points=POINTS, share=st.integers(0, 1000), policy=st.sampled_from(POLICIES))
def test_every_points_of_a_qualitative_indicator_lie_in_exactly_one_band(
    points: Decimal, share: int, policy: SelfEvaluationPolicy
) -> None:
    low = band_points(policy, policy.qualitative_bands[0], points)
    chosen = min((points * share / 1000).quantize(Decimal("0.01")), points)
    fits = [
        band.code
        for band in policy.qualitative_bands
        if score_line(
            policy, Line(points, "qualitative", "好", "好", band=band.code, chosen=chosen)
        ).score
        is not None
    ]
    assert len(fits) == 1, (low, chosen, fits)


def funds(*executed: str) -> list[Fund]:
    return [
        Fund("fiscal", Decimal(100_0000), Decimal(100_0000), Decimal(each)) for each in executed
    ]


FORM = FilledForm(
    kind=SelfEvaluationKind.PROJECT,
    funds=funds("900000"),
    known_budget=Decimal(1000000),
    known_executed=Decimal(900000),
    executed_note="",
    result="完成",
    overview="",
    tasks=(),
    lines=[FilledLine("数量", "output", line("ge", "1", "1", points="90"), "")],
    conclusion="好",
    problems="无",
    measures="无",
    project_owner="赵",
    finance_person="钱",
)


def wrong(form: FilledForm) -> dict[str, str]:
    return {problem.path: problem.code for problem in check_form(POLICY, form)}


def test_a_whole_form_passes() -> None:
    assert wrong(FORM) == {}
    assert check_signature(Signature(True, "李", "d", "d")) == []  # noqa: FBT003
    told = {each.path for each in check_signature(Signature(False, " ", "", ""))}  # noqa: FBT003
    assert told == {"commitment", "signer_name", "scan", "report"}


def test_money_in_a_wrong_unit_wrong_sums_and_silent_corrections_are_told() -> None:
    huge = replace(FORM, funds=funds("9000000000"))
    assert wrong(huge)["funds.0.executed"] == "wrong_unit"
    assert wrong(replace(FORM, known_budget=Decimal(999999)))["funds.0.budget"] == "sum_differs"
    changed = replace(FORM, funds=funds("950000"))
    assert wrong(changed) == {"executed_note": "missing"}
    assert wrong(replace(changed, executed_note="年底支付。")) == {}
    over = replace(FORM, funds=funds("1100000"), known_executed=None)
    assert wrong(over) == {"executed_note": "missing"}


@pytest.mark.parametrize(("factor", "doubted"), [("10000", True), ("0.0001", True), ("1.5", False)])
def test_only_the_mix_of_units_is_doubted(factor: str, doubted: bool) -> None:  # noqa: FBT001
    reference = Decimal(500000)
    assert (unit_doubt(reference * Decimal(factor), reference) is not None) is doubted
    assert unit_doubt(Decimal(0), reference) is None


def test_indicators_are_told_beside_their_fields() -> None:
    rows = [
        FilledLine("a", "output", line("ge", "10", "", points="30"), ""),
        FilledLine("b", "output", line("ge", "10", "9", points="30"), " "),
        FilledLine("c", "benefit", line("qualitative", "好", "好", points="28"), ""),
        FilledLine("", "", line("ge", "", "1", points="0"), ""),
    ]
    assert wrong(replace(FORM, lines=rows)) == {
        "indicators.0.actual": "missing",
        "indicators.1.reason": "missing",
        "indicators.2.band": "not_scored",
        "indicators.3.name": "missing",
        "indicators.3.level1": "missing",
        "indicators.3.target_value": "missing",
        "indicators": "points_sum",
    }
    assert "共98分" in check_points(POLICY, [Decimal(88)])[0].message


def test_overall_forms_ask_for_tasks_and_the_department() -> None:
    whole = replace(FORM, kind=SelfEvaluationKind.DEPT_OVERALL, tasks=[("教研", " ")])
    assert wrong(whole) == {"overview": "missing", "tasks.0.done": "missing"}
    assert total_fund(funds("1", "2")).executed == Decimal(3)
