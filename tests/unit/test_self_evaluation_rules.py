"""Scope and submission of self-evaluations: boundaries, both packs. Scores: test_scoring_rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from services.eval_svc.domain.funds import Fund, total_fund, unit_doubt
from services.eval_svc.domain.scope import ScopeProject, ScopeUnit, build_scope, group_scope
from services.eval_svc.domain.scoring import Line, is_untrue
from services.eval_svc.domain.submission import (
    FilledForm,
    FilledLine,
    Signature,
    check_form,
    check_points,
    check_signature,
)
from shared.policy.loader import available_packs, find_pack, known_schemes
from shared.policy.model import SelfEvaluationPolicy
from shared.terms.vocabulary import SelfEvaluationKind

POLICY = find_pack("yuechi-2023").self_evaluation
POLICIES = [pack.self_evaluation for pack in available_packs()]
SCHEME = known_schemes()["national-2020"]
UNIT, DEPARTMENT = UUID(int=1), UUID(int=2)


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


def test_a_recheck_marks_untrue_from_ten_points_either_way() -> None:
    assert is_untrue(POLICY, Decimal(95), Decimal(85))
    assert is_untrue(POLICY, Decimal(85), Decimal(95))
    assert not is_untrue(POLICY, Decimal(95), Decimal("85.01"))


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
    return {problem.path: problem.code for problem in check_form(SCHEME, form)}


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
    assert "共98分" in check_points(SCHEME, [Decimal(88)])[0].message


def test_overall_forms_ask_for_tasks_and_the_department() -> None:
    whole = replace(FORM, kind=SelfEvaluationKind.DEPT_OVERALL, tasks=[("教研", " ")])
    assert wrong(whole) == {"overview": "missing", "tasks.0.done": "missing"}
    assert total_fund(funds("1", "2")).executed == Decimal(3)
