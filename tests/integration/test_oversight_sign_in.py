"""Signing in: lock-out, one answer for every mistake, the cookie, renewal, ending, posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from oversight_world import PASSWORD, World, build_world
from sqlalchemy import Engine, func, select

from shared.access.keys import is_revoked, public_keys
from shared.access.tokens import read
from shared.outbox.tables import OutboxRow
from shared.testing.clock import FrozenClock
from shared.trail.tables import TrailRow
from shared.web.identity import SESSION_COOKIE


@pytest.fixture
def world(
    new_database: Callable[[str], Engine],
    postgres_url: str,
    frozen_clock: FrozenClock,
    tmp_path: Path,
) -> World:
    made = build_world(new_database(postgres_url), frozen_clock, tmp_path)
    made.office("SF", "社会保障股")
    made.unit("219", "县教育局", office="SF")
    made.person("wang", "unit_operator", unit="219")
    return made


def session_cookie(answer: object) -> str:
    headers = answer.headers.getlist("Set-Cookie")  # type: ignore[attr-defined]
    return next((line for line in headers if line.startswith(SESSION_COOKIE)), "")


def test_a_right_password_opens_a_session_with_a_guarded_cookie(world: World) -> None:
    answer = world.browser().sign_in("WANG ", PASSWORD, "/oversight/units?q=x")
    assert (answer.status_code, answer.location) == (303, "/oversight/units?q=x")
    cookie = session_cookie(answer)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    with world.database.read() as session:
        acts = session.scalars(select(TrailRow.act).order_by(TrailRow.record_id)).all()
        key_events = session.scalar(
            select(func.count()).where(OutboxRow.event_type == "oversight.signing_key.published.v1")
        )
    assert acts[-1] == "oversight.session.sign_in"
    assert key_events == 1


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", ""])
def test_a_sign_in_never_leads_to_another_site(world: World, target: str) -> None:
    assert world.browser().sign_in("wang", PASSWORD, target).location == "/"


def test_wrong_name_and_wrong_password_get_the_same_answer(world: World) -> None:
    texts = {
        world.browser().sign_in(login, "Wrong-12345").text.replace(login, "")
        for login in ("wang", "nobody")
    }
    shared_part = "用户名或密码不正确"
    assert all(shared_part in text for text in texts)
    assert all(PASSWORD not in text for text in texts)


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(world: World) -> None:
    browser = world.browser()
    for _ in range(4):
        assert "不正确" in browser.sign_in("wang", "Wrong-12345").text
    assert "临时锁定" in browser.sign_in("wang", "Wrong-12345").text
    assert browser.sign_in("wang").status_code == 422
    world.clock.advance(timedelta(minutes=15))
    assert browser.sign_in("wang").status_code == 303


def test_a_sign_in_from_another_site_is_refused(world: World) -> None:
    client = world.app.test_client()
    answer = client.post("/sign-in", data={"account": "wang", "password": PASSWORD})
    assert answer.status_code == 403


def test_somebody_without_a_post_is_told_whom_to_ask(world: World) -> None:
    world.account("liming")
    answer = world.browser().sign_in("liming")
    assert answer.status_code == 422
    assert "没有任职岗位" in answer.text


def test_a_one_time_password_opens_nothing_but_its_own_change(world: World) -> None:
    password = world.account("liming", fresh=True)
    world.appoint("liming", "wang岗", start=date(2023, 2, 1))
    browser = world.browser()
    assert browser.sign_in("liming", password, "/oversight/units").location == "/password"
    assert browser.get("/oversight/units").location == "/password"
    assert browser.client.get("/oversight/api/v1/units").status_code in {302, 403}
    with world.database.read() as session:
        cookie = browser.client.get_cookie(SESSION_COOKIE)
        assert cookie is not None
        told = read(cookie.value, public_keys(session), world.clock.now())
    assert told.actor.roles == {"password_only"}
    assert told.actor.scope.unit_paths == ()
    weak = {"old": password, "password": "short", "again": "short"}
    assert browser.post("/password", weak).status_code == 422
    unlike = {"old": password, "password": "Summer-2023!", "again": "Summer-2024!"}
    assert "不一致" in browser.post("/password", unlike).text
    good = {"old": password, "password": "Summer-2023!", "again": "Summer-2023!"}
    assert browser.post("/password", good).status_code == 303
    assert browser.get("/oversight/units").status_code == 200


def test_signing_out_ends_the_session_for_every_service(world: World) -> None:
    browser = world.browser("wang")
    cookie = browser.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    assert browser.post("/sign-out").location == "/sign-in"
    browser.client.set_cookie(SESSION_COOKIE, cookie.value)
    assert browser.get("/").location == "/sign-in?next=%2F"
    assert browser.get("/session").status_code == 401
    with world.database.read() as session:
        told = read(cookie.value, public_keys(session), world.clock.now())
        assert told.session_id is not None
        assert is_revoked(session, told.session_id)
        events = session.scalars(select(OutboxRow.event_type)).all()
    assert "oversight.session.revoked.v1" in events


def test_a_sleeping_session_is_renewed_on_the_way_to_the_sign_in_page(world: World) -> None:
    browser = world.browser("wang")
    world.clock.advance(timedelta(minutes=31))
    asked = browser.get("/oversight/units")
    assert asked.location.startswith("/sign-in?next=")
    back = browser.get(asked.location)
    assert (back.status_code, back.location) == (303, "/oversight/units")
    assert browser.get("/oversight/units").status_code == 200


def test_a_good_cookie_is_not_sent_back_in_a_circle(world: World) -> None:
    answer = world.browser("wang").get("/sign-in?next=/target/targets")
    assert answer.status_code == 200
    assert 'href="/target/targets"' in answer.text


@pytest.mark.parametrize(
    ("pause", "status"),
    [
        (timedelta(minutes=29), 200),
        (timedelta(minutes=31), 200),
        (timedelta(hours=2, minutes=29), 200),
        (timedelta(hours=2, minutes=31), 401),
    ],
)
def test_the_session_goes_on_after_a_pause_but_not_after_a_long_one(
    world: World, pause: timedelta, status: int
) -> None:
    browser = world.browser("wang")
    world.clock.advance(pause)
    assert browser.get("/session").status_code == status


def test_no_renewal_reaches_beyond_ten_hours(world: World) -> None:
    browser = world.browser("wang")
    for _ in range(24):
        world.clock.advance(timedelta(minutes=25))
        answer = browser.get("/session")
    assert answer.status_code == 401
    assert browser.get("/").location == "/sign-in?next=%2F"


def test_a_forged_or_foreign_cookie_is_never_renewed(world: World) -> None:
    browser = world.browser("wang")
    cookie = browser.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    head, body, signature = cookie.value.split(".")
    for forged in ("x", f"{head}.{body}.", f"{head}.{body[:-2]}AA.{signature}"):
        browser.client.set_cookie(SESSION_COOKIE, forged)
        assert browser.get("/session").status_code == 401


def test_a_post_is_switched_and_the_token_follows(world: World) -> None:
    world.post("绩效中心经办", "fin_perf")
    world.appoint("wang", "绩效中心经办", end=date(2023, 12, 31), substitute=True)
    browser = world.browser("wang")
    listed = browser.get("/session/posts", headers={"HX-Request": "true"})
    assert listed.text.count("<form") == 2
    assert "县教育局" in listed.text
    world.post("别人的岗位", "fin_budget")
    assert browser.post("/session/post", {"post": world.posts["别人的岗位"]}).status_code == 404
    assert browser.post("/session/post", {"post": world.posts["绩效中心经办"]}).status_code == 303
    me = browser.get("/oversight/api/v1/me").get_json()
    assert (me["roles"], me["scope"]["whole_region"]) == (["fin_perf"], True)


def test_handing_a_post_over_ends_the_former_holders_session(world: World) -> None:
    browser = world.browser("wang")
    world.account("liming")
    world.appoint("liming", "wang岗", start=world.clock.today())
    assert browser.get("/oversight/units").location.startswith("/sign-in")
    assert world.browser().sign_in("wang").status_code == 422
    assert world.browser("liming").get("/oversight/units").status_code == 200
