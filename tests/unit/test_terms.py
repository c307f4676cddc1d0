"""Terms and labels: one Chinese word for one English word, and a label for every stored value."""

from __future__ import annotations

import inspect
import re
from enum import StrEnum

import pytest
from pypinyin import lazy_pinyin

from shared import terms as glossary
from shared.access.rights import load_rights
from shared.policy import model, names
from shared.terms import kind_of, kinds, label, label_of, labels, scoring, term, terms, vocabulary

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_LOANWORDS = {"yuan"}  # the currency's English name
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


def enums_of(*modules: object) -> list[type[StrEnum]]:
    return [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, StrEnum) and member is not StrEnum
    ]


ENUMS = enums_of(vocabulary, scoring, model, names)


@pytest.mark.parametrize("enum", ENUMS, ids=kind_of)
def test_every_value_has_a_label_and_every_label_a_value(enum: type[StrEnum]) -> None:
    assert set(labels(kind_of(enum))) == {member.value for member in enum}
    assert all(label_of(member) for member in enum)


def test_labels_of_one_kind_differ() -> None:
    for kind, rows in kinds().items():
        assert len(set(rows.values())) == len(rows), kind


def test_kind_is_the_class_name_in_snake_case() -> None:
    assert kind_of(vocabulary.BudgetBook) == "budget_book"
    assert kind_of(vocabulary.IndicatorLevel1) == "indicator_level1"
    assert label("budget_book", "gov_fund") == "政府性基金预算"
    assert label_of(vocabulary.Operator.AT_LEAST) == "≥"
    with pytest.raises(KeyError):
        label("budget_book", "nothing")


def test_roles_are_called_the_same_where_rights_are_written() -> None:
    assert dict(labels("role")) == dict(load_rights().roles)


def test_no_two_terms_share_a_name() -> None:
    rows = terms()
    assert len({row.zh for row in rows}) == len({row.en for row in rows}) == len(rows) >= 60
    assert term("performance_target").zh == "绩效目标"
    with pytest.raises(KeyError):
        term("nothing")


def test_terms_are_complete() -> None:
    for row in terms():
        assert SNAKE.fullmatch(row.en), row.en
        assert row.definition.endswith("。"), row.en
        assert row.definition.count("。") == 1, row.en
        assert row.source, row.en
        assert set(row.services) <= {"target", "monitoring", "evaluation", "oversight"}, row.en
        assert row.services, row.en


def test_no_forbidden_word_is_used_for_its_term() -> None:
    shown = [text for rows in kinds().values() for text in rows.values()]
    shown += [text for row in terms() for text in (row.zh, row.definition)]
    for row in terms():
        for word in row.avoid:
            assert not [text for text in shown if word in text], (row.en, word)


def test_no_identifier_is_pinyin() -> None:
    for row in terms():
        assert row.en.replace("_", "") != "".join(lazy_pinyin(row.zh)), row.en
        assert not CHINESE.search(row.en)
    for kind, rows in kinds().items():
        for value, text in rows.items():
            if CHINESE.search(text) and value not in ENGLISH_LOANWORDS:
                assert value.replace("_", "") != "".join(lazy_pinyin(text)), (kind, value)


def test_values_are_lowercase_english() -> None:
    for enum in ENUMS:
        for member in enum:
            assert re.fullmatch(r"[a-z0-9_]+", member.value), member


def test_labels_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        labels("grade")["excellent"] = "特优"  # type: ignore[index]
    assert glossary.label("grade", "excellent") == "优"
