"""After sign-in a person comes back to a page of ours and to no other origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.identity import local_redirect


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "/x\r\nSet-Cookie: a=b",
        "///evil.example",
        "evil.example",
        " //evil.example",
        "/ok\\..\\evil",
        "",
        None,
    ],
)
def test_redirects_stay_on_this_origin(target: str | None) -> None:
    assert local_redirect(target) == "/"


@pytest.mark.parametrize("target", ["/", "/target/targets?year=2023#top", "/a//b", "/中文"])
def test_redirects_to_our_own_pages_work(target: str) -> None:
    assert local_redirect(target) == target


@given(st.text())
def test_whatever_is_let_through_is_a_path(target: str) -> None:
    result = local_redirect(target)
    assert result.startswith("/")
    assert not result.startswith(("//", "/\\"))
    assert result.isprintable()
