"""Scoring schemes as data: what the shipped ones say, which one holds, what cannot be loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import yaml

from services.oversight_svc.console.policy_paths import path_words
from services.oversight_svc.console.scheme_reading import scoring_lines
from shared.policy.compare import differences
from shared.policy.loader import (
    SCHEME_FOLDER,
    InvalidPackError,
    available_packs,
    find_pack,
    known_schemes,
    load_pack,
    pack_from_content,
)
from shared.policy.model import Pack
from shared.policy.scoring import NoSchemeError, scheme_of

YUECHI = find_pack("yuechi-2023")
SCHEMES = known_schemes()


USUAL = {"output": 50, "benefit": 30, "satisfaction": 10}
THREE = "output benefit satisfaction"


@pytest.mark.parametrize(
    ("code", "levels", "execution", "points"),
    [
        ("national-2020", THREE, 10, USUAL),
        ("national-2021", THREE, 10, USUAL),
        (
            "national-2021",
            f"cost {THREE}",
            10,
            {"cost": 20, "output": 40, "benefit": 20, "satisfaction": 10},
        ),
        ("national-2021", "cost output benefit", 10, {"cost": 20, "output": 40, "benefit": 30}),
        ("national-2021", "output benefit", 10, {"output": 50, "benefit": 40}),
        ("national-2021", "output", 10, USUAL),
        ("national-2021", "", 10, USUAL),
        ("national-2020", "output benefit", 10, USUAL),
        ("hubei-2020", THREE, 20, {"output": 40, "benefit satisfaction": 40}),
    ],
)
def test_the_points_of_each_scheme(
    code: str, levels: str, execution: int, points: dict[str, int]
) -> None:
    scheme = SCHEMES[code]
    found = {" ".join(row.levels): row.points for row in scheme.points_for(set(levels.split()))}
    assert found == points
    assert scheme.execution.points == execution
    assert scheme.execution.points + sum(found.values()) == 100


def test_hubei_draws_the_middle_step_at_fifty() -> None:
    steps = {code: each.qualitative_bands[-1].below for code, each in SCHEMES.items()}
    assert steps == {code: 50 if code == "hubei-2020" else 60 for code in SCHEMES}


def test_every_shipped_scheme_is_known_by_its_file_and_once_only() -> None:
    assert {path.stem for path in SCHEME_FOLDER.glob("*.yaml")} == set(SCHEMES)
    for pack in available_packs():
        for scheme in pack.scoring.schemes:
            assert SCHEMES[scheme.code] == scheme


@pytest.mark.parametrize("pack", available_packs(), ids=lambda pack: pack.ref.code)
@pytest.mark.parametrize("kind", ["project", "dept_overall", "transfer"])
def test_a_pack_names_the_scheme_of_a_kind_and_year(pack: Pack, kind: str) -> None:
    assert scheme_of(pack, kind, 2015).code == "national-2020"
    assert scheme_of(pack, kind, 2026).code == "national-2020"
    with pytest.raises(NoSchemeError, match="2014 年度"):
        scheme_of(pack, kind, 2014)


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(YUECHI.content))
    change(content["scoring"])
    return content


def test_a_later_year_may_have_another_scheme() -> None:
    def change(scoring: dict[str, Any]) -> None:
        scoring["defaults"]["project"].append({"from_year": 2024, "scheme": "national-2021"})

    pack = pack_from_content(changed(change))
    assert [scheme_of(pack, "project", year).code for year in (2023, 2024, 2030)] == [
        "national-2020",
        "national-2021",
        "national-2021",
    ]
    assert scheme_of(pack, "dept_overall", 2024).code == "national-2020"
    assert [(path_words(each.path), each.new) for each in differences(YUECHI, pack)] == [
        ("评分方案 · 适用 · 项目支出自评 · 2024 · 起始年度", "2024"),
        ("评分方案 · 适用 · 项目支出自评 · 2024 · 方案", "national-2021"),
    ]


def test_a_change_within_a_scheme_is_told_by_its_place() -> None:
    def change(scoring: dict[str, Any]) -> None:
        scoring["schemes"][2]["execution"]["bands"][1]["share"] = "60"

    (found,) = differences(YUECHI, pack_from_content(changed(change)))
    assert (found.old, found.new) == ("50", "60")
    assert path_words(found.path).startswith("评分方案 · 方案 · national-2021-banded · 预算执行")


OVER = [
    {"at_least": at, "share": share} for at, share in (("120", "5"), ("200", "5"), ("300", "4"))
]
CAPS = [
    {"rate_below": rate, "total_at_most": most, "grade_at_most": None}
    for rate, most in (("50", None), ("60", "90"), ("80", "80"))
]
SHORT = {
    "N20": "schemes.national-2020",
    "N21": "schemes.national-2021",
    "BANDED": "schemes.national-2021-banded",
}
WRONG: list[tuple[str, Any, str, str]] = [
    ("schemes.0.point_sets.0.rows.0.points", "51", "N20.point_sets.usual", "之和为101"),
    ("schemes.0.execution.points", "20", "N20.point_sets.usual", "应为100"),
    ("schemes.0.point_sets.0.rows.1.levels", ["output"], "N20.point_sets.usual", "写了两次"),
    ("schemes.0.point_sets.0.rows.1.levels", ["cost"], "N20.point_sets.usual", "2015年"),
    ("schemes.1.point_sets.1.code", "without-cost", "N21.point_sets", "重复"),
    (
        "schemes.1.moved_when_absent",
        {"benefit": "benefit"},
        "N21.moved_when_absent.benefit",
        "另一个",
    ),
    ("schemes.0.qualitative_bands.1.at_least", "50", "N20.qualitative_bands", "首尾相接"),
    ("schemes.0.grade_bands.0.at_least", "1", "N20.grade_bands", "从0开始"),
    ("schemes.0.grade_bands.1.grade", "poor", "N20.grade_bands", "各有一档"),
    ("schemes.0.grade_bands.2.at_least", "95", "N20.grade_bands", "从低到高"),
    ("schemes.0.execution.bands", OVER, "N20.execution.bands", "不写分档"),
    ("schemes.2.execution.bands", [], "BANDED.execution.bands", "写明各档"),
    ("schemes.2.execution.bands.0.at_least", "5", "BANDED.execution.bands", "从0开始"),
    ("schemes.2.execution.bands.2.share", "40", "BANDED.execution.bands", "越高"),
    ("schemes.2.satisfaction.bands.3.share", "101", "BANDED.satisfaction.bands", "不超过100"),
    ("schemes.0.execution.over_budget_share", "101", "N20.execution.over_budget_share", "100"),
    ("schemes.0.quantity.reverse_zero_from", "100", "N20.quantity.reverse_zero_from", "大于100"),
    ("schemes.0.over_fulfilment.reason_from", "100", "N20.over_fulfilment.reason_from", "大于100"),
    (
        "schemes.0.over_fulfilment.deductions",
        OVER[:1],
        "N20.over_fulfilment.deductions",
        "不应低于",
    ),
    ("schemes.0.over_fulfilment.deductions", OVER[1:], "N20.over_fulfilment.deductions", "越多"),
    ("schemes.0.capping.caps", CAPS[:1], "N20.capping.caps.50", "至少写明"),
    ("schemes.0.capping.caps", CAPS[1:], "N20.capping.caps", "不应越高"),
    ("schemes.0.last_year", 2014, "N20.last_year", "早于"),
    ("schemes.2.place", {"region": "42", "title": "湖北省"}, "BANDED.place", "湖北省"),
    ("schemes.0.kinds", ["project", "transfer"], "defaults.dept_overall.2015", "不适用于这类"),
    ("defaults.project.0.from_year", 2014, "defaults.project.2014", "2014年度不适用"),
    ("defaults.project.0.scheme", "hubei-2020", "defaults.project.2015", "不在本政策包"),
    ("schemes.0.places", 3, "schemes.0.places", "0 至 2"),
    ("defaults.transfer", [], "defaults.transfer", "至少"),
    ("schemes.0.code", "全国", "schemes.0.code", "小写英文"),
]


@pytest.mark.parametrize(("path", "value", "at", "said"), WRONG)
def test_what_does_not_fit_is_told_in_chinese_by_its_place(
    path: str, value: object, at: str, said: str
) -> None:
    def change(scoring: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = scoring
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = value

    with pytest.raises(InvalidPackError) as raised:
        pack_from_content(changed(change))
    told = {problem.path: problem.message for problem in raised.value.problems}
    first, _, rest = at.partition(".")
    assert said in told[f"scoring.{SHORT.get(first, first)}.{rest}"], told


def test_a_scheme_of_one_place_cannot_be_used_in_another(tmp_path: Any) -> None:
    path = tmp_path / "pack.yaml"
    content = dict(YUECHI.content)
    content["scoring"] = {**content["scoring"], "schemes": ["national-2020", "hubei-2020"]}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InvalidPackError) as raised:
        load_pack(path)
    assert [each.path for each in raised.value.problems] == ["scoring.schemes.hubei-2020.place"]
    content["scoring"]["schemes"] = ["national-2020", "nowhere"]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InvalidPackError) as raised:
        load_pack(path)
    assert "nowhere" in raised.value.problems[0].message


def test_the_rules_page_tells_each_rule_of_the_scheme_in_use() -> None:
    said = {name: value for name, value, _ in scoring_lines(YUECHI.scoring)}
    assert said["项目支出自评"] == "2015年度起 全国通行方案（10、50、30、10）第1版"
    assert said["分值"] == "通行分值：预算执行 10、产出指标 50、效益指标 30、满意度指标 10"
    assert said["定性指标"].endswith("未达成且效果较差 0%至60%")
    assert "可选方案：2021年指标体系方案（成本为一级指标）" in said
    assert all(isinstance(each, str) and each for each in said.values())


def test_the_figures_of_a_scheme_are_exact() -> None:
    for scheme in SCHEMES.values():
        assert isinstance(scheme.execution.points, Decimal)
        assert scheme.holds_in(2022)
        assert not scheme.holds_in(2014)
