"""Golden samples: what was once sent stays readable, byte for byte, for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError

from shared.events.envelope import CONTENT_TYPE, Event, UndecodableEventError
from shared.events.registry import BUSINESS_NAMES, REGISTRY

SAMPLES = Path(__file__).parents[2] / "shared" / "events" / "samples"
LOCK = Path(__file__).with_name("samples.lock")
NAMES = [each.name for each in REGISTRY.all()]
ATTRIBUTES = {
    "specversion", "id", "type", "source", "subject", "time", "datacontenttype", "region",
    "fiscalyear", "aggregateversion", "actor", "correlationid", "data",
}  # fmt: skip
CHANGED = (
    "{name} is not what was published. A golden sample stands for events already sent and kept for"
    " years: declare the next version (`.v2`) beside it instead, see docs/guides/add-an-event.md."
)


def locked() -> dict[str, str]:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def problems_of_lock(folder: Path, lock: dict[str, str]) -> list[str]:
    """Return what is wrong with the samples of `folder` against the digests once written down."""
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*")}
    problems = [
        CHANGED.format(name=name) for name in lock if found.get(name) not in {lock[name], None}
    ]
    problems += [f"{name} was published and is gone" for name in lock if name not in found]
    return problems + [
        f"{name} is new: add the line `{digest}  {name}` to {LOCK.name}"
        for name, digest in sorted(found.items())
        if name not in lock
    ]


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return content


def test_no_sample_ever_changes() -> None:
    problems = problems_of_lock(SAMPLES, locked())
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("harm", ["changed", "removed", "added"])
def test_a_changed_removed_or_unlisted_sample_is_noticed(harm: str, tmp_path: Path) -> None:
    for path in SAMPLES.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    victim = tmp_path / f"{NAMES[0]}.json"
    if harm == "changed":
        victim.write_bytes(victim.read_bytes() + b" ")
    elif harm == "removed":
        victim.unlink()
    else:
        (tmp_path / "target.new.made.v1.json").write_bytes(b"{}")
    assert len(problems_of_lock(tmp_path, locked())) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_written_one_way(name: str) -> None:
    raw = (SAMPLES / f"{name}.json").read_text(encoding="utf-8")
    content = json.loads(raw)
    assert raw in {json.dumps(content, ensure_ascii=False, indent=n) + "\n" for n in (1, 2)}


@pytest.mark.parametrize("name", NAMES)
def test_the_envelope_survives_reading_and_writing(name: str) -> None:
    content = sample(name)
    assert Event.from_json(content).to_json() == content | {
        "time": datetime.fromisoformat(content["time"]).isoformat()
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_data_survives_reading_and_writing(name: str) -> None:
    event, data = REGISTRY.get(name), sample(name)["data"]
    assert event.schema.dump(event.read(data)) == data
    assert event.check(event.read(data)) == data


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="unforeseen"):
        REGISTRY.get(name).read(sample(name)["data"] | {"unforeseen": 1})


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_field_is_refused(name: str) -> None:
    event, data = REGISTRY.get(name), sample(name)["data"]
    for field in event.schema.load_fields.values():
        if field.required and field.name in data:
            lacking = {key: value for key, value in data.items() if key != field.name}
            with pytest.raises(ValidationError, match=field.name):
                event.read(lacking)


@pytest.mark.parametrize("name", NAMES)
def test_the_envelope_is_a_cloud_event_of_ours(name: str) -> None:
    content = sample(name)
    assert content.keys() >= ATTRIBUTES
    assert all(key.isascii() and key.isalnum() and key.islower() for key in content)
    assert content["specversion"] == "1.0"
    assert content["type"] == name
    assert content["source"] == f"/{REGISTRY.get(name).owner}"
    assert BUSINESS_NAMES[content["source"].strip("/")] == name.split(".", maxsplit=1)[0]
    assert UUID(content["id"]).version == 7
    assert datetime.fromisoformat(content["time"]).tzinfo is not None
    assert content["aggregateversion"] >= 1
    assert len(content["region"]) == 6


@pytest.mark.parametrize("name", NAMES)
def test_amounts_travel_as_strings(name: str) -> None:
    def floats(value: object) -> bool:
        if isinstance(value, dict):
            return any(floats(each) for each in value.values())
        if isinstance(value, list):
            return any(floats(each) for each in value)
        return isinstance(value, float)

    if "policy" not in name:  # a pack is carried as it was loaded
        assert not floats(sample(name)["data"])


@pytest.mark.parametrize("attribute", sorted(ATTRIBUTES - {"datacontenttype"}))
def test_an_envelope_lacking_an_attribute_is_kept_aside(attribute: str) -> None:
    content = sample("target.target.approved.v1")
    del content[attribute]
    with pytest.raises(UndecodableEventError):
        Event.from_json(content)


def test_the_media_type_is_that_of_structured_cloud_events() -> None:
    assert CONTENT_TYPE == "application/cloudevents+json"
