from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from werkzeug.datastructures import MultiDict

from shared.web.console.lists import Column, Filter, ListView, list_view
from shared.web.console.views import Choice

COLUMNS = (
    Column("title", "问题", "link"),
    Column("due", "期限", "due", sortable=True),
    Column("amount", "金额", "money"),
)
FILTERS = (
    Filter("q", "关键词", "text"),
    Filter("state", "状态", choices=(Choice("open", "待整改"),)),
)


def view(**query: str) -> ListView:
    return list_view(
        "/findings",
        MultiDict(query),
        columns=COLUMNS,
        filters=FILTERS,
        default_sort="due",
        kept=("tab",),
    )


def asked(href: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(href).query)


def follow(href: str) -> ListView:
    return view(**{key: texts[0] for key, texts in asked(href).items()})


def test_unknown_choices_sorts_and_limits_are_dropped() -> None:
    shown = view(state="nonsense", sort="amount", limit="100000")
    assert (shown.values, shown.sort, shown.limit) == ({}, "due", 50)


def test_filters_become_chips_that_remove_only_themselves() -> None:
    shown = view(q="公路 & 桥", state="open", tab="mine", cursor="c")
    assert [chip.label for chip in shown.chips()] == ["关键词：公路 & 桥", "状态：待整改"]
    assert asked(shown.chips()[0].remove_href) == {
        "state": ["open"],
        "tab": ["mine"],
        "sort": ["due"],
    }
    assert asked(shown.reset_href()) == {"tab": ["mine"], "sort": ["due"]}


def test_sorting_turns_round_and_starts_at_the_first_page() -> None:
    assert asked(view(cursor="c").sort_href("due")) == {"sort": ["-due"]}
    assert asked(view(sort="-due").sort_href("due")) == {"sort": ["due"]}


def test_the_way_back_passes_the_same_pages() -> None:
    first = view(q="x")
    second = follow(first.next_href("a"))
    third = follow(second.next_href("b"))
    assert (third.cursor, third.value("q")) == ("b", "x")
    back = follow(third.previous_href)
    assert (back.cursor, back.trail) == ("a", second.trail)
    assert follow(back.previous_href).cursor is None
    assert first.previous_href == ""


def test_a_page_opened_from_a_bare_mark_leads_back_to_the_first() -> None:
    assert follow(view(cursor="z").previous_href).cursor is None


def test_figures_stand_right() -> None:
    assert [column.align for column in COLUMNS] == ["start", "start", "end"]
