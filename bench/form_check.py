"""The form check over a province's forms: every rule with explanations, written out as JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from measuring import Result, in_turn, seconds_of

from services.eval_svc.usecases.check_form import check_document

FORMS = 2_000
INDICATORS = 12
REQUIRED = 10_000
"""Indicators a second on one core."""
_LEVELS = ("产出指标", "产出指标", "产出指标", "效益指标", "满意度指标")
_SIGNS = "≥%个万元公里人次"
_UNITS = ("%", "个", "万元", "公里", "人次")


def _indicator(chance: random.Random, at: int) -> dict[str, str]:
    target, share = chance.randrange(20, 2_000), chance.choice((100, 100, 100, 92, 140))
    unit = chance.choice(_UNITS)
    return {
        "level1": _LEVELS[at % len(_LEVELS)],
        "level2": "数量指标",
        "level3": f"第{at}项任务完成量",
        "target": f"≥{target}{unit}",
        "actual": f"{target * share / 100:.1f}{unit}",
        "weight": "7.5",
        "score": str(Decimal("7.5") * min(share, 100) / 100),
        "reason": "",
    }


def _form(chance: random.Random) -> bytes:
    budget = chance.randrange(10_000, 9_000_000)
    executed = budget * chance.randrange(60, 101) // 100
    rate = f"{executed * 100 / budget:.2f}%"
    document: dict[str, Any] = {
        "form": "project_self_evaluation",
        "amount_unit": "元",
        "funds": [
            {"row": "total", "budget_adjusted": f"{budget:,}", "executed": f"{executed:,}",
             "weight": "10", "rate": rate, "score": f"{executed * 10 / budget:.2f}"},
            {"row": "fiscal", "budget_adjusted": str(budget), "executed": str(executed)},
        ],
        "sections": [],
        "indicators": [_indicator(chance, at) for at in range(INDICATORS)],
        "total_weight": "100",
        "total_score": "95",
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()


def _check(bodies: list[bytes]) -> None:
    for body in bodies:
        json.dumps(check_document(json.loads(body)).to_json(), ensure_ascii=False)


def _bare(bodies: list[bytes]) -> None:
    """Read the same bodies and compute each proportional score and the sum, saying nothing."""
    for body in bodies:
        document = json.loads(body)
        total = Decimal(0)
        for row in document["indicators"]:
            target, actual = (
                Decimal(row[name].strip("≥%个万元公里人次")) for name in ("target", "actual")
            )
            total += Decimal(row["weight"]) * min(Decimal(1), actual / target)
        json.dumps(str(total))


def measure() -> Iterator[Result]:
    """Yield the check against bare arithmetic, and against the rate that is required."""
    chance = random.Random(20_240_510)
    bodies = [_form(chance) for _ in range(FORMS)]
    check_document(json.loads(bodies[0]))  # the packs are read once
    ours, bare = in_turn(
        lambda: seconds_of(lambda: _check(bodies)), lambda: seconds_of(lambda: _bare(bodies))
    )
    count = FORMS * INDICATORS
    title = f"真实性复核 {FORMS:,} 张表、{count:,} 个指标（一个进程）"
    yield Result(title, ours, bare, "只读 JSON、按比例算分，不核对、不说明", 0.05, "≥")
    required = (count / REQUIRED,) * len(ours)
    yield Result(title, ours, required, f"每秒 {REQUIRED:,} 个指标所允许的时间", 1.0, "≥")
