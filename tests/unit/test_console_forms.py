from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields
from werkzeug.datastructures import MultiDict

from shared.errors import FieldProblem, InvalidInputError
from shared.web.console.forms import TypedNumber, TypedWan, bind, blank
from shared.web.schemas import ApiSchema


class Row(ApiSchema):
    id = fields.String(load_default="")
    name = fields.String(required=True, metadata={"label": "三级指标"})
    weight = TypedNumber(required=True, metadata={"label": "权重"})


class Target(ApiSchema):
    title = fields.String(required=True, metadata={"label": "项目名称"})
    budget = TypedWan(load_default=None, metadata={"label": "预算"})
    books = fields.List(fields.String(), load_default=list)
    begins_on = fields.Date(load_default=None)
    indicators = fields.List(fields.Nested(Row), load_default=list, metadata={"label": "绩效指标"})


def test_a_good_form_is_loaded_with_wan_as_yuan_and_foreign_inputs_left_out() -> None:
    form = bind(
        Target(),
        MultiDict(
            [
                ("csrf_token", "x"),
                ("act", "submit"),
                ("title", " 公路养护 "),
                ("budget", "１，２３４.５"),  # noqa: RUF001
                ("books", "general"),
                ("books", "fund"),
                ("begins_on", "2023-01-02"),
                ("indicators.0.name", "里程"),
                ("indicators.0.weight", "30"),
            ]
        ),
    )
    assert form.is_valid
    assert form.data["title"] == "公路养护"
    assert form.data["budget"] == Decimal("12345000.00")
    assert form.data["books"] == ["general", "fund"]
    assert form.data["begins_on"] == date(2023, 1, 2)
    assert form.data["indicators"][0]["weight"] == Decimal(30)


def test_a_refused_form_keeps_what_was_typed_and_names_each_field() -> None:
    form = bind(
        Target(),
        MultiDict(
            {
                "title": "",
                "budget": "很多",
                "indicators.0.name": "里程",
                "indicators.0.weight": "三十",
            }
        ),
    )
    assert not form.is_valid
    assert form.value("budget") == "很多"
    assert form.messages("title") == ["请填写此项。"]
    assert form.messages("budget") == ["请填写数字。"]
    assert (
        "field-indicators-0-weight",
        "绩效指标 · 第 1 项 · 权重",
        "请填写数字。",
    ) in form.summary()


def test_empty_rows_vanish_and_messages_follow_the_rows_that_stay() -> None:
    form = bind(
        Target(),
        MultiDict(
            {
                "title": "x",
                "indicators.0.name": " ",
                "indicators.0.id": "7",
                "indicators.2.name": "里程",
                "indicators.2.weight": "?",
                "indicators.10.name": "质量",
                "indicators.10.weight": "5",
            }
        ),
    )
    assert form.rows("indicators", spare=1) == ["indicators.0", "indicators.1", "indicators.2"]
    assert form.value("indicators.0.name") == "里程"
    assert form.value("indicators.1.name") == "质量"
    assert form.messages("indicators.0.weight") == ["请填写数字。"]


def test_problems_of_a_use_case_are_shown_beside_their_field() -> None:
    form = bind(Target(), MultiDict({"title": "x"}))
    form.refuse(InvalidInputError([FieldProblem("indicators", "weights", "权重合计应为90。")]))
    assert not form.is_valid
    assert form.messages("indicators") == ["权重合计应为90。"]


amounts = st.decimals(min_value=0, max_value=10**11, places=2)


@given(amounts, st.lists(st.tuples(st.text("里程质量", min_size=1), amounts), max_size=4))
def test_what_is_shown_comes_back_unchanged(
    budget: Decimal, rows: list[tuple[str, Decimal]]
) -> None:
    shown = blank(
        Target(),
        {
            "title": "x",
            "budget": budget,
            "indicators": [{"id": "", "name": name, "weight": weight} for name, weight in rows],
        },
    )
    pairs = chain.from_iterable(
        [(name, text) for text in texts] for name, texts in shown.typed.items()
    )
    form = bind(Target(), MultiDict(list(pairs)))
    assert form.is_valid, form.problems
    assert form.data["budget"] == budget
    assert [(row["name"], row["weight"]) for row in form.data["indicators"]] == rows
