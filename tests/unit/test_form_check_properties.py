"""The form check on anything: it never breaks, and says the same of the same form."""
# ruff: noqa: RUF001 (full-width digits are what forms print)

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.eval_svc.domain.form_check.form import FundLine
from services.eval_svc.domain.form_check.funds import closest_sum
from services.eval_svc.domain.form_check.rules import (
    proportional_execution,
    proportional_indicator,
)
from services.eval_svc.usecases.check_form import check_document
from shared.errors import InvalidInputError
from shared.terms.vocabulary import Operator

FORMS = Path(__file__).parents[1] / "data" / "forms"
PUBLISHED = [json.loads(path.read_text()) for path in sorted(FORMS.glob("z*.json"))]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
CELL = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6),
    st.sampled_from(["", "0", "-", "100%", "≥90%", "1.2万亩", "12,5", "９９", "-3", "0次", "10分"]),
    st.decimals(-(10**6), 10**6, places=2).map(str),
)
POINTS = st.decimals(0, 100, places=1)
AMOUNT = st.decimals(Decimal("0.01"), 10**9, places=2)


def rows(*names: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELL)), max_size=3)


FUND_CELLS = ("budget_initial", "budget_adjusted", "executed", "weight", "rate", "score")
FUND_ROWS = st.lists(
    st.fixed_dictionaries(
        {"row": st.sampled_from(["total", "合计", "fiscal", "其中：财政拨款", "其他资金"])},
        optional=dict.fromkeys(
            ("budget_initial", "budget_adjusted", "executed", "weight", "rate", "score"), CELL
        ),
    ),
    max_size=3,
)
FORM = st.fixed_dictionaries(
    {
        "form": st.sampled_from(
            ["project_self_evaluation", "department_self_evaluation", "transfer_self_evaluation"]
        ),
        "partial": st.booleans(),
        "funds": FUND_ROWS,
        "sections": rows("level1", "weight", "score"),
        "indicators": rows(
            "level1", "level2", "level3", "target", "actual", "weight", "score", "reason"
        ),
        "execution_rule": st.sampled_from(["unknown", "proportional"]),
        "indicator_rule": st.sampled_from(["unknown", "proportional"]),
        "total_weight": CELL,
        "total_score": CELL,
        "grade": CELL,
    }
)


def answered(document: object) -> str:
    """Return the report's text, or the text of the refusal; anything else is a failure."""
    try:
        return json.dumps(check_document(document).to_json(), ensure_ascii=False)
    except InvalidInputError as error:
        return "; ".join(f"{each.path}: {each.message}" for each in error.problems)


@given(ANY_JSON)
def test_no_json_makes_the_check_fail(document: object) -> None:
    answered(document)


@given(FORM)
def test_a_form_with_any_cells_gets_a_report_and_the_same_one_again(document: object) -> None:
    assert answered(document) == answered(document)
    assert "verdict" in answered(document)


@given(st.randoms(use_true_random=False), st.sampled_from(PUBLISHED), ANY_JSON)
def test_a_published_form_with_anything_put_anywhere_is_answered(
    chance: random.Random, form: dict[str, Any], anything: object
) -> None:
    answered(put_somewhere(json.loads(json.dumps(form)), chance, anything))


def put_somewhere(document: Any, chance: random.Random, anything: object) -> object:
    """Put a value at a random place of a document and return the document."""
    place: Any = document
    while place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chance.choice(keys)
        if not isinstance(place[key], dict | list) or chance.random() < 0.3:
            place[key] = anything
            break
        place = place[key]
    return document


@given(POINTS, AMOUNT, AMOUNT, st.sampled_from(list(Operator)[:5]))
def test_a_proportional_score_lies_between_nothing_and_the_points(
    points: Decimal, target: Decimal, actual: Decimal, operator: Operator
) -> None:
    assert 0 <= proportional_indicator(points, operator, target, actual) <= points
    assert 0 <= proportional_execution(points, actual, target)[0] <= points


@given(POINTS, AMOUNT, AMOUNT, AMOUNT)
def test_doing_more_never_scores_less_and_costing_more_never_scores_more(
    points: Decimal, target: Decimal, one: Decimal, other: Decimal
) -> None:
    less, more = sorted((one, other))
    rises: Callable[[Decimal], Decimal] = lambda done: proportional_indicator(  # noqa: E731
        points, Operator.AT_LEAST, target, done
    )
    falls: Callable[[Decimal], Decimal] = lambda done: proportional_indicator(  # noqa: E731
        points, Operator.AT_MOST, target, done
    )
    assert rises(less) <= rises(more)
    assert falls(less) >= falls(more)


@given(st.lists(AMOUNT, min_size=1, max_size=6))
def test_sources_that_add_up_are_never_doubted(amounts: list[Decimal]) -> None:
    sources = [FundLine("其他资金") for _ in amounts]
    total = sum(amounts, Decimal(0))
    assert closest_sum(sources, amounts, total) == total


@given(st.lists(AMOUNT, min_size=1, max_size=6), AMOUNT)
def test_sources_that_do_not_add_up_are_told_with_their_sum(
    amounts: list[Decimal], more: Decimal
) -> None:
    sources = [FundLine("其他资金") for _ in amounts]
    total = sum(amounts, Decimal(0))
    assert closest_sum(sources, amounts, total + more) == total


@given(st.decimals(1, 10**6, places=2), st.decimals(1, 10**6, places=2), st.integers(0, 4))
def test_a_rate_printed_right_is_never_doubted(
    budget: Decimal, executed: Decimal, places: int
) -> None:
    rate = f"{(executed * 100 / budget).quantize(Decimal(1).scaleb(-places), 'ROUND_HALF_UP')}%"
    document = {
        "form": "project_self_evaluation",
        "funds": [
            {
                "row": "total",
                "budget_adjusted": str(budget),
                "executed": str(executed),
                "rate": rate,
            }
        ],
    }
    codes = {each.code.value for each in check_document(document).findings}
    assert "execution_rate_mismatch" not in codes
