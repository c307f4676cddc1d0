"""Figures as forms print them."""
# ruff: noqa: RUF001 (full-width digits are what forms print)

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.eval_svc.domain.form_check.printed import figure_in, plain, quantity_in
from services.eval_svc.domain.form_check.units import are_alike, contradicts
from shared.terms.vocabulary import Operator

FIGURES = {
    "215,457.6": ("215457.6", 1, ""),
    "４７５３．６６万元": ("4753.66", 2, "万元"),
    "86.19％": ("86.19", 2, "%"),
    "86.19 %": ("86.19", 2, "%"),
    "100百分比": ("100", 0, "%"),
    "（10）": ("10", 0, ""),
    "10分": ("10", 0, "分"),
    ".5": ("0.5", 1, ""),
    "-3": ("-3", 0, ""),
    "1 234 567.00": ("1234567.00", 2, ""),
}


@pytest.mark.parametrize("text", FIGURES)
def test_a_figure_is_read_as_printed(text: str) -> None:
    value, places, unit = FIGURES[text]
    figure = figure_in(text)
    assert figure is not None
    assert (figure.value, figure.places, figure.unit) == (Decimal(value), places, unit)


@pytest.mark.parametrize(
    "text",
    ["", " ", "良好", "1,5", "5 10", "10/100", "九十", "1e5", "NaN", "9" * 40, None, "1.2.3"],
)
def test_what_is_no_figure_is_none(text: str | None) -> None:
    assert figure_in(text) is None


QUANTITIES = {
    "≥90%": ("90", "%", Operator.AT_LEAST),
    ">=90%": ("90", "%", Operator.AT_LEAST),
    "≧９０％": ("90", "%", Operator.AT_LEAST),
    "═100%": ("100", "%", Operator.EQUAL),
    "≥100百分比": ("100", "%", Operator.AT_LEAST),
    "百分之九十五": ("95", "%", None),
    "不低于百分之九十五点五": ("95.5", "%", Operator.AT_LEAST),
    "百分之十": ("10", "%", None),
    "百分之十二": ("12", "%", None),
    "百分之八": ("8", "%", None),
    "百分之一百": ("100", "%", None),
    "百分之百": ("100", "%", None),
    "百分之一百二十": None,
    "百分之九五": None,
    "三成": None,
    "100余人": ("100", "人", None),
    "约100人": ("100", "人", None),
    "百分之95": ("95", "%", None),
    "1.2万亩": ("12000", "亩", None),
    "2.6亿元": ("260000000", "元", None),
    "每亩300": ("300", "", None),
    "530元/人*月": ("530", "元/人*月", None),
    "不超过90万元": ("900000", "元", Operator.AT_MOST),
    "不低于360天": ("360", "天", Operator.AT_LEAST),
    "低于5%": ("5", "%", Operator.LESS_THAN),
    "90%以上": ("90", "%", Operator.AT_LEAST),
    "30天以内": ("30", "天", Operator.AT_MOST),
    "50名": ("50", "人", None),
    "25TB": ("25", "TB", None),
    "100%覆盖": ("100", "%", None),
    "2021年12月31日": None,
    "12月底前": None,
    "2022年": None,
    "12个月": ("12", "月", None),
    "3-5次": None,
    "85%~90%": None,
    "PM2.5≤35": None,
    "第1名": None,
    "1:1": None,
    "及时": None,
}


@pytest.mark.parametrize("text", QUANTITIES)
def test_an_indicator_value_is_read_or_left(text: str) -> None:
    wanted, quantity = QUANTITIES[text], quantity_in(text)
    if wanted is None:
        assert quantity is None
    else:
        assert quantity is not None
        found = (quantity.value, quantity.unit.name, quantity.operator)
        assert found == (Decimal(wanted[0]), *wanted[1:])


def unit(text: str) -> object:
    quantity = quantity_in(f"5{text}")
    assert quantity is not None
    return quantity.unit


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("个", "个", True), ("个", "", True), ("个项目", "个", True), ("人", "人次", False),
     ("亩", "公里", False), ("㎡", "平方米", True), ("名", "人", True), ("%", "个", False)],
)  # fmt: skip
def test_units_stand_for_one_another_or_not(one: str, other: str, alike: bool) -> None:  # noqa: FBT001
    assert are_alike(unit(one), unit(other)) is alike  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [("工程验收合格率", "个", True), ("工程验收合格率", "%", False), ("受益人数", "%", True),
     ("受益人数", "人次", False), ("造林面积", "人", True), ("造林面积", "万亩", False),
     ("用电功率", "元", False), ("满意度（≥90%）", "人", True), ("补助金额", "人", True)],
)  # fmt: skip
def test_a_unit_that_contradicts_the_name_is_seen(name: str, text: str, wrong: bool) -> None:  # noqa: FBT001
    assert contradicts(name, unit(text)) is wrong  # type: ignore[arg-type]


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False),
    st.sampled_from(["{:f}", "{:,}", "{:f}%", "{:,}万元", " {:f} "]),
)
@example(Decimal("-0.500"), "{:,}")
def test_printing_and_reading_a_figure_is_the_identity(value: Decimal, shape: str) -> None:
    figure = figure_in(shape.format(value))
    assert figure is not None
    assert figure.value == value
    assert figure.places == 3


@given(st.text(max_size=300))
def test_no_text_at_all_makes_the_readers_fail(text: str) -> None:
    plain(text)
    figure_in(text)
    quantity_in(text)
