"""Accounts, posts, tenure and handover, separation of duties, machine clients and their tokens."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from oversight_world import PASSWORD, World, build_world
from sqlalchemy import Engine, select

from services.oversight_svc.domain.posts import PostUnsoundError
from services.oversight_svc.store.people import TenureRow
from shared.access.actor import Scope
from shared.access.keys import public_keys
from shared.access.tokens import read
from shared.errors import ForbiddenError, InvalidInputError
from shared.testing.clock import FrozenClock
from shared.testing.web import REGION, actor_with, bearer
from shared.trail.tables import TrailRow

SECRET = re.compile(r"<textarea[^>]*>([^<]+)</textarea>")


@pytest.fixture
def world(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> World:
    made = build_world(new_database(postgres_url), frozen_clock, tmp_path)
    made.unit("219", "县教育局")
    made.unit("220", "县水务局")
    made.person("sysadmin", "system_admin")
    made.person("secadmin", "security_admin")
    return made


def test_an_account_is_opened_appointed_and_signs_in(world: World) -> None:
    admin = world.browser("sysadmin")
    admin.get("/oversight/accounts/new")
    bad = admin.post("/oversight/accounts/new", {"login": "1a", "name": "王五"})
    assert bad.status_code == 422
    assert 'value="王五"' in bad.text
    told = admin.post("/oversight/accounts/new", {"login": "wangwu", "name": "王五"})
    assert told.headers["Cache-Control"] == "no-store"
    found = SECRET.search(told.text)
    assert found is not None
    account_id = _account_id(admin.get("/oversight/accounts?q=wangwu").text)
    guard = world.browser("secadmin")
    guard.get("/oversight/posts/new")
    made = guard.post(
        "/oversight/posts/new",
        {"name": "教育局经办", "unit_id": world.units["219"], "roles": ["unit_operator"]},
    )
    assert made.status_code == 303
    appointed = guard.post(
        f"{made.location}/assign",
        {
            "account_id": account_id,
            "started_on": "2023-10-10",
            "basis": "教任〔2023〕3号",
        },
    )
    assert appointed.location == made.location
    page = guard.get(made.location).text
    assert "王五" in page
    assert "教任〔2023〕3号" in page
    assert world.browser().sign_in("wangwu", found[1]).location == "/password"


def _account_id(text: str) -> str:
    found = re.search(r"/oversight/accounts/([0-9a-f-]{36})", text)
    assert found is not None
    return found[1]


def test_a_reset_ends_sessions_and_gives_a_password_for_once(world: World) -> None:
    world.person("wang", "unit_operator", unit="219")
    browser, admin = world.browser("wang"), world.browser("sysadmin")
    admin.get(f"/oversight/accounts/{world.people['wang']}")
    told = admin.post(f"/oversight/accounts/{world.people['wang']}/reset-password")
    found = SECRET.search(told.text)
    assert found is not None
    assert browser.get("/session").status_code == 401
    assert world.browser().sign_in("wang", PASSWORD).status_code == 422
    assert world.browser().sign_in("wang", found[1]).location == "/password"


def test_locking_needs_a_reason_and_ends_sessions(world: World) -> None:
    world.person("wang", "unit_operator", unit="219")
    browser, guard = world.browser("wang"), world.browser("secadmin")
    here = f"/oversight/accounts/{world.people['wang']}"
    guard.get(here)
    guard.post(f"{here}/lock", {"reason": " "})
    assert browser.get("/session").status_code == 200
    guard.post(f"{here}/lock", {"reason": "调离"})
    assert browser.get("/session").status_code == 401
    assert world.browser().sign_in("wang").status_code == 422
    guard.post(f"{here}/unlock", {"reason": "调回"})
    assert world.browser().sign_in("wang").status_code == 303


def test_a_handover_keeps_who_held_the_post_when(world: World) -> None:
    world.person("wang", "unit_operator", unit="219")
    world.account("liming", "李明")
    world.appoint("liming", "wang岗", start=date(2023, 11, 1))
    with world.database.read() as session:
        held = session.execute(
            select(TenureRow.started_on, TenureRow.ended_on)
            .where(TenureRow.post_id == world.posts["wang岗"])
            .order_by(TenureRow.started_on)
        ).all()
    assert [tuple(row) for row in held] == [
        (date(2023, 1, 1), date(2023, 10, 31)),
        (date(2023, 11, 1), None),
    ]
    assert world.browser().sign_in("wang").status_code == 303
    assert world.browser().sign_in("liming").status_code == 422
    with pytest.raises(InvalidInputError):
        world.appoint("wang", "wang岗", start=date(2023, 10, 1))


def test_a_substitute_needs_an_end_and_stands_beside_the_holder(world: World) -> None:
    world.person("wang", "unit_operator", unit="219")
    world.account("liming", "李明")
    with pytest.raises(InvalidInputError):
        world.appoint("liming", "wang岗", substitute=True)
    world.appoint("liming", "wang岗", end=date(2023, 10, 31), substitute=True)
    assert world.browser().sign_in("wang").status_code == 303
    assert world.browser().sign_in("liming").status_code == 303


def test_one_person_never_holds_two_duties_to_be_kept_apart(world: World) -> None:
    world.post("绩效经办", "fin_perf")
    world.post("审计管理", "audit_admin")
    for post in ("绩效经办", "审计管理"):
        with pytest.raises(PostUnsoundError):
            world.appoint("secadmin", post)
    with pytest.raises(PostUnsoundError):
        world.post("兼任", "security_admin", "fin_perf")


def test_nobody_substitutes_himself_into_more_rights(world: World) -> None:
    world.person("wang", "unit_operator", unit="219")
    world.account("liming", "李明")
    world.post("绩效经办", "fin_perf")
    end = date(2023, 12, 31)
    head = actor_with("unit_head", scope=Scope(region=REGION, unit_paths=("220/",)))
    officer = actor_with("fin_perf")
    for actor, post in ((head, "wang岗"), (officer, "secadmin岗"), (officer, "wang岗")):
        with pytest.raises(ForbiddenError):
            world.appoint("liming", post, end=end, substitute=True, by=actor)
    world.appoint("liming", "绩效经办", end=end, substitute=True, by=officer)
    with pytest.raises(ForbiddenError):
        world.appoint("liming", "绩效经办", by=officer)


def test_a_client_gets_a_token_with_its_secret_until_it_is_revoked(world: World) -> None:
    guard = world.browser("secadmin")
    guard.get("/oversight/clients/new")
    told = guard.post("/oversight/clients/new", {"name": "预算一体化", "role": "budget_platform"})
    found = SECRET.search(told.text)
    client_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}(?=</dd>)", told.text)
    assert found is not None
    assert client_id is not None
    machine = world.app.test_client()
    named = {"client_id": client_id[0], "client_secret": found[1]}
    form = {"grant_type": "client_credentials"}
    given = machine.post("/oauth/token", data={**form, **named})
    assert given.status_code == 200
    assert given.headers["Cache-Control"] == "no-store"
    assert given.json is not None
    assert (given.json["token_type"], given.json["expires_in"]) == ("Bearer", 600)
    basic = base64.b64encode(f"{client_id[0]}:{found[1]}".encode()).decode()
    again = machine.post("/oauth/token", data=form, headers={"Authorization": f"Basic {basic}"})
    assert again.status_code == 200
    with world.database.read() as session:
        verified = read(given.json["access_token"], public_keys(session), world.clock.now())
    assert verified.actor.roles == {"budget_platform"}
    listed = machine.get("/oversight/api/v1/units", headers=bearer(given.json["access_token"]))
    assert [each["name"] for each in listed.json["items"]] == ["县教育局", "县水务局"]
    guard.get("/oversight/clients")
    guard.post(f"/oversight/clients/{client_id[0]}/revoke")
    refused = machine.post("/oauth/token", data={**form, **named})
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    assert refused.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"] * 2}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "x"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            401,
            "invalid_client",
        ),
    ],
)
def test_token_errors_are_those_of_the_standard(
    world: World, form: dict[str, object], status: int, error: str
) -> None:
    answer = world.app.test_client().post("/oauth/token", data=form)
    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_every_act_on_people_is_in_the_trail_without_any_secret(world: World) -> None:
    password = world.account("liming", "李明", fresh=True)
    with world.database.read() as session:
        rows = session.scalars(select(TrailRow)).all()
        texts = [f"{row.before} {row.after} {row.comment}" for row in rows]
    assert {"oversight.account.create", "oversight.post.create", "oversight.post.assign"} <= {
        row.act for row in rows
    }
    assert not any(password in text or "argon2" in text for text in texts)
