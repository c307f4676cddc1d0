"""Total, grade, caps by execution rate and the division of the points, table by table.

Y25-5.4, YC23-5.1.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from test_scoring_rules import NATIONAL, SCHEMES, check

from services.eval_svc.domain.scoring_points import compare_points
from services.eval_svc.domain.scoring_total import grade_of, score_total
from shared.policy.scoring import Cap, Capping, ScoringScheme
from shared.terms.vocabulary import Grade

CAPPED = replace(
    NATIONAL,
    capping=Capping(
        (
            Cap(Decimal(50), Decimal(60), "fair"),
            Cap(Decimal(80), Decimal(90), "good"),
        ),
        NATIONAL.capping.basis,
    ),
)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda each: each.code)
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
def test_grades_are_half_open_from_below(scheme: ScoringScheme, total: str, grade: Grade) -> None:
    found = grade_of(scheme, Decimal(total))
    assert found.grade is grade
    assert found.explained.steps[-1].text.endswith(
        {"excellent": "优", "good": "良", "fair": "中", "poor": "差"}[grade]
    )


@pytest.mark.parametrize(
    ("rate", "total", "grade"),
    [
        (None, "97.5", Grade.EXCELLENT),
        ("80", "97.5", Grade.EXCELLENT),
        ("79.999", "90", Grade.GOOD),
        ("50", "90", Grade.GOOD),
        ("49.999", "60", Grade.FAIR),
        ("0", "60", Grade.FAIR),
    ],
)
def test_total_and_grade_are_capped_by_the_execution_rate(
    rate: str | None, total: str, grade: Grade
) -> None:
    parts = [("output", Decimal("49.5")), ("benefit", Decimal(30)), ("satisfaction", Decimal(10))]
    known = None if rate is None else Decimal(rate)
    found = score_total(CAPPED, Decimal(8), parts, known)
    check(found, total)
    graded = grade_of(CAPPED, Decimal(total), known)
    assert graded.grade is grade
    assert found.score == Decimal("97.5") or "总分不超过" in found.explanation
    low = score_total(CAPPED, Decimal(1), parts[2:], Decimal(10))
    check(low, "11")  # a cap takes nothing from a total below it
    assert grade_of(CAPPED, Decimal(11), Decimal(10)).grade is Grade.POOR


def test_the_total_tells_its_sections_and_what_has_no_score_yet() -> None:
    parts = [
        ("benefit", Decimal(20)),
        ("output", Decimal("9.5")),
        ("output", Decimal("6.67")),
        ("satisfaction", None),
    ]
    found = score_total(NATIONAL, Decimal("8.62"), parts, Decimal("86.2"))
    assert [step.text for step in found.explained.steps] == [
        "产出指标：9.5 + 6.67 = 16.17分",
        "效益指标：20 = 20分",
        "尚未得分：1条指标，暂不计入",
        "总分：8.62 + 16.17 + 20 = 44.79分",
    ]
    assert found.explanation == "预算执行8.62分，产出指标16.17分，效益指标20分；总分44.79分。"
    check(score_total(NATIONAL, Decimal(0), [], None), "0")


@pytest.mark.parametrize(
    ("code", "rows", "said"),
    [
        ("national-2020", "output 30, output 20, benefit 30, satisfaction 10", []),
        (
            "national-2020",
            "output 60, benefit 30",
            ["产出指标分值合计60分，评分方案为50分。", "满意度指标分值合计0分，评分方案为10分。"],
        ),
        ("national-2021", "output 50, benefit 40", []),
        ("national-2021", "cost 20, output 40, benefit 20, satisfaction 10", []),
        ("hubei-2020", "output 40, benefit 25, satisfaction 15", []),
        (
            "hubei-2020",
            "output 40, benefit 35",
            ["效益指标和满意度指标分值合计35分，评分方案为40分。"],
        ),
        (
            "national-2020",
            "cost 20, output 30, benefit 30, satisfaction 10",
            ["产出指标分值合计30分，评分方案为50分。", "成本指标分值合计20分，评分方案为0分。"],
        ),
    ],
)
def test_points_divided_otherwise_than_the_scheme_says(
    code: str, rows: str, said: list[str]
) -> None:
    given = [(level, Decimal(points)) for level, points in map(str.split, rows.split(","))]
    found = compare_points(SCHEMES[code], given)
    assert [each.sentence for each in found if each.given != each.usual] == said
    assert sum(each.given for each in found) == sum(points for _, points in given)
