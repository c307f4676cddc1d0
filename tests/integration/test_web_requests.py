"""HTTP against a real database: sent twice done once, page by page, ready or not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from notes_world import NOTES, Doors, Note, notes_client, resource, with_notes
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from shared.access.actor import NOBODY
from shared.db.engine import open_engine
from shared.db.unit_of_work import Database
from shared.testing.clock import FrozenClock
from shared.testing.web import KnownTokens, actor_with, bearer, web_app
from shared.web.idempotency import IdempotencyRow, forget_old_keys


@dataclass
class Api:
    engine: Engine
    client: FlaskClient
    tokens: KnownTokens
    headers: dict[str, str]
    doors: Doors

    def post(self, key: str | None = "k1", *, rank: int = 1, text: str = "a", **more: Any) -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(
            NOTES, headers=more.pop("headers", headers), json={"text": text, "rank": rank}, **more
        )

    def count(self) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).select_from(Note)) or 0


@pytest.fixture
def engine(postgres_url: str, new_database: Callable[[str], Engine]) -> Engine:
    return with_notes(new_database(postgres_url))


@pytest.fixture
def api(engine: Engine, frozen_clock: FrozenClock) -> Api:
    doors = Doors()
    app, tokens = web_app(engine, frozen_clock, [resource(doors)])
    headers = bearer(tokens.token_for(actor_with("unit_operator")))
    return Api(engine, app.test_client(use_cookies=False), tokens, headers, doors)


# ── Sent twice, done once ────────────────────────────────────────────────────────────────────


def test_the_same_request_again_gets_the_same_answer(api: Api) -> None:
    first, second = api.post(), api.post()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["ETag"] == second.headers["ETag"] == '"1"'
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert api.count() == 1


def test_without_a_key_each_request_counts(api: Api) -> None:
    api.post(None)
    api.post(None)
    assert api.count() == 2


def test_a_key_with_another_request_is_refused(api: Api) -> None:
    api.post()
    other = api.post(text="b")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert api.count() == 1


def test_a_key_belongs_to_its_account(api: Api) -> None:
    api.post()
    headers = bearer(api.tokens.token_for(actor_with("unit_operator")))
    api.post(headers=headers | {"Idempotency-Key": "k1"})
    assert api.count() == 2


def test_a_refused_request_is_tried_again(api: Api) -> None:
    refused = api.post(text="unwanted")
    assert refused.status_code == 409
    assert api.count() == 0
    assert api.post(text="wanted").status_code == 201


def test_a_second_request_meanwhile_is_told_so(api: Api) -> None:
    api.doors.leave.clear()
    answers: list[int] = []
    first = threading.Thread(target=lambda: answers.append(api.post().status_code))
    first.start()
    try:
        assert api.doors.entered.wait(20)
        meanwhile = api.post()
    finally:
        api.doors.leave.set()
        first.join(20)
    assert (meanwhile.status_code, meanwhile.get_json()["code"]) == (
        409,
        "idempotency_key_in_flight",
    )
    assert answers == [201]
    assert api.post().headers["Idempotent-Replay"] == "true"
    assert api.count() == 1


def test_an_upload_counts_by_its_content(api: Api) -> None:
    def send(content: bytes) -> int:
        response = api.client.post(
            f"{NOTES}/import",
            headers=api.headers | {"Idempotency-Key": "u1"},
            data={"file": (BytesIO(content), "a.xlsx")},
        )
        return int(response.status_code)

    assert [send(b"rows"), send(b"rows"), send(b"other")] == [204, 204, 422]
    assert api.count() == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "中文"])
def test_keys_that_are_none(api: Api, key: str) -> None:
    headers = api.headers | {"Idempotency-Key": key.encode().decode("latin-1")}
    assert api.post(headers=headers).status_code == 400


def test_old_answers_are_forgotten(api: Api, frozen_clock: FrozenClock) -> None:
    api.post()
    database = Database(api.engine, "target_svc", frozen_clock)
    for days in (1, 2):
        frozen_clock.advance(timedelta(days=days))
        with database.begin() as uow:
            forget_old_keys(uow, frozen_clock, NOBODY)
        with Session(api.engine) as session:
            kept = session.scalar(select(func.count()).select_from(IdempotencyRow))
        assert kept == (1 if days == 1 else 0)


# ── Page by page ─────────────────────────────────────────────────────────────────────────────


def test_pages_hold_every_row_once_while_rows_come_in(api: Api) -> None:
    for number in range(25):
        api.post(None, rank=number % 4, text=f"n{number:02}")
    seen: list[tuple[int, str]] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        place = f"{NOTES}?limit=10" + (f"&cursor={cursor}" if cursor else "")
        answer = api.client.get(place, headers=api.headers).get_json()
        seen += [(each["rank"], each["text"]) for each in answer["items"]]
        cursor, pages = answer["next_cursor"], pages + 1
        api.post(None, rank=9, text="before what was seen")
    assert pages == 3
    assert len(seen) == 25
    assert seen == sorted(seen, key=lambda each: (-each[0], each[1]))


def test_a_changed_mark_is_refused(api: Api) -> None:
    for number in range(3):
        api.post(None, rank=number)
    cursor = api.client.get(f"{NOTES}?limit=1", headers=api.headers).get_json()["next_cursor"]
    for wrong in (cursor[:-3], cursor[::-1], cursor + "AAAA", "x"):
        response = api.client.get(f"{NOTES}?cursor={wrong}", headers=api.headers)
        assert (response.status_code, response.get_json()["code"]) == (400, "bad_cursor")


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_unchanged_is_not_sent_again(api: Api) -> None:
    note_id = api.post().get_json()["note_id"]
    first = api.client.get(f"{NOTES}/{note_id}", headers=api.headers)
    assert first.headers["ETag"] == '"7"'
    again = api.client.get(f"{NOTES}/{note_id}", headers=api.headers | {"If-None-Match": '"7"'})
    assert (again.status_code, again.data) == (304, b"")


def test_a_reading_view_cannot_write(api: Api) -> None:
    response = api.client.get(f"{NOTES}/writing", headers=api.headers)
    assert response.status_code == 500
    assert "read-only" not in response.text
    assert api.count() == 0


# ── Ready or not ─────────────────────────────────────────────────────────────────────────────


def test_ready_with_database_and_schema_whatever_the_broker_does(
    engine: Engine, frozen_clock: FrozenClock
) -> None:
    dead = "amqp://nobody@127.0.0.1:1//"
    ready = notes_client(engine, frozen_clock, migrated=True, broker=dead).get("/target/readyz")
    assert ready.status_code == 200
    behind = notes_client(engine, frozen_clock, migrated=False).get("/target/readyz")
    assert behind.status_code == 503
    assert behind.get_json()["checks"] == {"database": True, "migrations": False}


def test_without_a_database_alive_but_not_ready(frozen_clock: FrozenClock) -> None:
    engine = open_engine(make_url("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    client = notes_client(engine, frozen_clock, migrated=True)
    assert client.get("/target/healthz").status_code == 200
    ready = client.get("/target/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["checks"] == {"database": False, "migrations": False}
    asked = client.get(NOTES, headers=bearer("x.y.z"))
    assert asked.status_code == 503
    assert asked.headers["Retry-After"] == "5"
    assert "127.0.0.1" not in asked.text
