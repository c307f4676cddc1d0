"""Bigrams for substring search; what PostgreSQL makes of them is an integration test."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.directory.bigrams import LAST_PLACE, bigram_query, bigram_text
from shared.directory.pinyin import sort_key


def test_texts_are_cut_into_pairs_with_places() -> None:
    assert bigram_text("岳池县") == "'岳池':1 '池县':2 '县':3"
    assert bigram_text("教育", "219") == "'教育':1 '育':2 '21':4 '19':5 '9':6"


def test_full_width_is_the_same_as_usual() -> None:
    assert bigram_text("\uff21\uff22（一）") == bigram_text("ab 一")


def test_queries_ask_for_neighbours() -> None:
    assert bigram_query("岳池县") == "('岳池' <-> '池县')"
    assert bigram_query("岳池 县") == "('岳池') & ('县':*)"
    assert bigram_query(" ，。!' ") == ""


@given(st.text())
def test_no_text_breaks_the_syntax(text: str) -> None:
    # Only letters and digits stand between the quotes, so nothing needs escaping.
    for token in re.findall(r"'([^']*)'", bigram_text(text) + bigram_query(text)):
        assert 1 <= len(token) <= 2
        assert not set(token) & set("'\\ :&|!<>()*")


def test_long_texts_stop_at_the_last_place() -> None:
    assert bigram_text("教" * 20_000).endswith(f":{LAST_PLACE}")


def test_pinyin_sorts_as_people_do() -> None:
    assert sort_key("教育局") == "jyj jiaoyuju"
    assert sort_key("第1中学") == "d1zx di1zhongxue"
    names = ["赵镇", "安镇", "岳镇", "白镇"]
    assert sorted(names, key=sort_key) == ["安镇", "白镇", "岳镇", "赵镇"]
