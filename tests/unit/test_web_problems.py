"""Every family of errors has its status, and every address between services is registered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError

from shared import errors
from shared.errors import FieldProblem, InvalidInputError, WenxiaoError
from shared.web import failures
from shared.web.links import LINKS, link
from shared.web.problems import STATUSES, TITLES, problem_from

TARGET = UUID("01890a5d-ac96-774b-bcce-b302099a8302")


def _families(module: Any) -> list[type[WenxiaoError]]:
    found = [each for each in vars(module).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, WenxiaoError) and each is not WenxiaoError]


@pytest.mark.parametrize("family", [*_families(errors), *_families(failures)])
def test_every_family_of_errors_has_a_status(family: type[WenxiaoError]) -> None:
    error = (
        InvalidInputError([FieldProblem("a", "b", "c")])
        if family is InvalidInputError
        else family(act="x", seconds=3, expected="x")
    )
    problem = problem_from(error, "id")
    assert 400 <= problem.status < 500 or problem.status == 503
    assert problem.status in TITLES
    assert problem.status == next(STATUSES[each] for each in family.__mro__ if each in STATUSES)


def test_librarys_errors_are_ours() -> None:
    assert problem_from(ValidationError({"a": ["b"]}), "id").status == 422
    assert problem_from(KeyError("x"), "id").status == 500
    assert problem_from(WenxiaoError(), "id").status == 500


def test_links() -> None:
    assert link("target.target", year=2023, id=TARGET) == f"/target/targets/2023/{TARGET}"
    assert link("target.targets", {"year": 2023, "q": "a&b", "x": None}) == (
        "/target/targets?year=2023&q=a%26b"
    )
    assert link("oversight.unit", id="../x?y") == "/oversight/units/..%2Fx%3Fy"
    with pytest.raises(KeyError):
        link("target.nothing")
    with pytest.raises(KeyError):
        link("target.target")


def test_every_link_lies_under_its_service() -> None:
    roots = {"oversight.desk", "oversight.sign_in", "oversight.sign_out"}
    for name, path in LINKS.items():
        assert name in roots or path.startswith(f"/{name.partition('.')[0]}/")
