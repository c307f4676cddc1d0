from __future__ import annotations

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import Event, Subject, UndecodableEventError
from shared.outbox.inbox import check
from shared.testing.events import make_event

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
events = st.builds(
    Event,
    id=st.uuids(),
    type=texts,
    source=texts,
    subject=st.builds(
        Subject,
        id=st.uuids(),
        version=st.integers(1, 2**31 - 1),
        region=texts,
        fiscal_year=st.integers(0, 2100),
    ),
    time=st.datetimes(timezones=st.just(UTC)),
    actor=texts,
    correlation_id=texts,
    causation_id=texts,
    traceparent=texts,
    data=st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=4),
)


@given(events)
def test_an_event_survives_the_way_through_json(event: Event) -> None:
    assert Event.from_json(json.loads(json.dumps(event.to_json()))) == event


def test_the_structured_form_is_cloudevents_1_0() -> None:
    content = make_event("target.note.written.v1", {"number": 1}).to_json()

    assert content["specversion"] == "1.0"
    assert {"id", "source", "type", "subject", "time", "data"} <= content.keys()
    assert all(name.isalnum() and name.islower() for name in content)
    assert "causationid" not in content


@pytest.mark.parametrize(
    "name",
    sorted(make_event("target.note.written.v1").to_json().keys() - {"datacontenttype"}),
)
def test_an_envelope_without_a_required_attribute_is_refused(name: str) -> None:
    content = make_event("target.note.written.v1").to_json()
    del content[name]

    with pytest.raises(UndecodableEventError, match=name):
        Event.from_json(content)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("id", "7"),
        ("subject", None),
        ("aggregateversion", "first"),
        ("time", "2023-10-10T09:00:00"),
        ("data", 7),
    ],
)
def test_an_envelope_with_a_wrong_attribute_is_refused(name: str, value: object) -> None:
    content = make_event("target.note.written.v1").to_json() | {name: value}

    with pytest.raises(UndecodableEventError):
        Event.from_json(content)


@given(st.binary(max_size=60))
def test_no_bytes_whatever_break_the_reader(body: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        check(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[]", b"7", b"null", b'{"id": "\xff"}'])
def test_json_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        check(body)


def test_a_message_is_handed_on_as_it_came() -> None:
    text = json.dumps(make_event("target.note.written.v1", {"名称": "岳池"}).to_json())

    assert check(text.encode()) == text
