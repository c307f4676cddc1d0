"""Every route × every role × every place: who is let in, who is refused, what does not exist.

The expectation is `matrix.toml`, never the rights table or the routes' own declarations.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asking import (
    ADMINISTRATORS,
    MARKERS,
    PLACES,
    ROLES,
    STRANGERS,
    Asker,
    Expected,
    body_for,
    matrix,
    routes,
    writes,
)
from bodies import BODIES
from fixtures.county import County
from werkzeug.test import TestResponse

from shared.access.rights import load_rights
from shared.web.files import SANDBOX
from shared.web.security_headers import HEADERS

SERVICES = tuple(matrix())
BUSINESS = ("/target/", "/monitoring/", "/evaluation/")
OF_THE_SYSTEM = (
    "/events", "/trail", "/static/", "/healthz", "/readyz", "/metrics", "/openapi.json",
)  # fmt: skip


def owed(expected: Expected, role: str, place: str) -> str:
    """Return what the twin table promises for one cell."""
    if expected.is_open:
        return "open"
    if role in STRANGERS:
        return "stranger"
    if not expected.allows(role):
        return "refused"
    return "hidden" if expected.hides(place) else "allowed"


def is_kept(expected: Expected, promise: str, answer: TestResponse) -> bool:  # noqa: PLR0911 (a table)
    """Tell whether the answer is what was owed."""
    status = answer.status_code
    if status >= 500 and "readyz" not in expected.route:
        return False
    if promise == "stranger":
        if expected.method == "GET" and not expected.is_api:
            return status == 302 and answer.location.startswith("/sign-in?")
        return status == 401
    if promise == "refused":
        return status == 403
    if promise == "hidden":
        return status == 404
    if promise == "open":
        return "/sign-in" in expected.route or status != 403
    return status not in {401, 403, 404} or (status == 404 and "own_file" in expected.marks)


def cells(expected: Expected, place: str) -> Iterator[str]:
    """Give who asks: here everybody, elsewhere those who could be let in by mistake."""
    if place == "here":
        yield from (*ROLES, *STRANGERS)
    elif not expected.is_open:
        # Administrators belong to no unit, so no unit is another one's to them.
        left_out = ADMINISTRATORS if place == "other_unit" else ()
        yield from (role for role in ROLES if expected.allows(role) and role not in left_out)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("service", SERVICES)
def test_every_cell_is_answered_as_written(
    county: County, asker: Asker, service: str, place: str
) -> None:
    known = routes(county.apps[service])
    wrong = []
    for expected in matrix()[service].values():
        rule = known[expected.route]
        for role in cells(expected, place):
            promise = owed(expected, role, place)
            body = dict(BODIES.get(expected.route, {}))
            if promise == "hidden":
                body = body or body_for(county, service, rule)
            body = {
                name: county.ids.get(value, value) if isinstance(value, str) else value
                for name, value in body.items()
            }
            with writes(county, service) as written:
                answer = asker.ask(service, expected.route, rule, asker.token(role, place), body)
            if found := faults(expected, promise, place, answer, written):
                wrong.append(f"{expected.route} as {role} from {place}, owed {promise}: {found}")
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong)


def faults(
    expected: Expected, promise: str, place: str, answer: TestResponse, written: list[str]
) -> list[str]:
    """Return what is wrong with one cell; nothing when it is answered as written."""
    found = []
    if not is_kept(expected, promise, answer):
        found.append(f"answered {answer.status_code}")
    if written and promise in {"refused", "stranger", "hidden"}:
        found.append(f"wrote {written[0]}")
    if place != "here" and "region_wide" not in expected.marks and shows_names(answer):
        found.append("shows names of another's units")
    if not owed_headers(answer).items() <= dict(answer.headers).items():
        found.append("lacks a security header")
    return found


def owed_headers(answer: TestResponse) -> dict[str, str]:
    """Return the headers every answer carries; a kept file is shut into a sandbox besides."""
    owed = dict(HEADERS)
    if answer.headers.get("Content-Security-Policy") == SANDBOX:
        owed["Content-Security-Policy"] = SANDBOX
        owed["Content-Disposition"] = answer.headers.get("Content-Disposition", "attachment")
    return owed


def shows_names(answer: TestResponse) -> bool:
    if answer.status_code != 200 or answer.mimetype not in {"text/html", "application/json"}:
        return False
    return any(name in answer.get_data(as_text=True) for name in MARKERS)


@pytest.mark.parametrize("service", SERVICES)
def test_the_matrix_and_the_routes_are_the_same_list(county: County, service: str) -> None:
    real, written = set(routes(county.apps[service])), set(matrix()[service])
    assert not real - written, "not in matrix.toml:\n" + "\n".join(sorted(real - written))
    assert not written - real, "no such route:\n" + "\n".join(sorted(written - real))


def test_there_are_at_least_five_thousand_cells() -> None:
    asked = [
        (expected.route, role, place)
        for lines in matrix().values()
        for expected in lines.values()
        for place in PLACES
        for role in cells(expected, place)
    ]
    assert len(set(asked)) == len(asked) >= 5000


def test_the_roles_here_are_all_roles_there_are() -> None:
    assert set(ROLES) == set(load_rights().roles)
    named = {role for lines in matrix().values() for each in lines.values() for role in each.roles}
    assert named <= {*ROLES, "anybody", "signed_in"}


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_is_promised_business_data(role: str) -> None:
    promised = [
        expected.route
        for lines in matrix().values()
        for expected in lines.values()
        if role in expected.roles
        and expected.route.split()[1].startswith(BUSINESS)
        and not any(part in expected.route for part in OF_THE_SYSTEM)
    ]
    assert promised == []


def test_open_routes_are_exactly_these() -> None:
    opened = {
        expected.route
        for lines in matrix().values()
        for expected in lines.values()
        if expected.is_open and not any(part in expected.route for part in OF_THE_SYSTEM)
    }
    assert opened == {"GET /sign-in", "POST /sign-in", "POST /oauth/token", "GET /session"}
