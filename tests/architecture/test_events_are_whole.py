"""Every event has an owner, a golden sample, a producer and a consumer."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from source import ROOT, name_of, python_files, tree_of

from services.registry import all_modules
from shared.events import evaluation, monitoring, oversight, target
from shared.events.registry import BUSINESS_NAMES, REGISTRY, EventType, Registry

SAMPLES = ROOT / "shared" / "events" / "samples"
SCHEMAS: tuple[ModuleType, ...] = (evaluation, monitoring, oversight, target)
NAMES = {
    value: f"{module.__name__.rsplit('.', 1)[-1]}.{name}"
    for module in SCHEMAS
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
}
GRAMMAR = re.compile(r"(target|monitoring|evaluation|oversight)\.[a-z_]+\.[a-z]+\.v[1-9]")
TASK_EVENTS = {
    "opened": {"open_task", "open_tasks"},
    "closed": {"close_tasks"},
    "rescheduled": {"reschedule_task", "extend_duty"},
}
"""Task events are told by `shared.tasks` in the name of the service that calls these."""

NOT_PRODUCED = {
    "target.task.rescheduled.v1": (
        "deadlines of targets follow from the pack and are not extended; the desk understands it"
    ),
}
NOT_CONSUMED: dict[str, str] = {}
"""The closed lists of exceptions, each with its reason."""

EVENTS = {each.name: each for each in REGISTRY.all()}


@cache
def used_names(folder: str) -> frozenset[str]:
    """Return the constants and functions named in the acts of a folder, but not in its imports."""
    return frozenset(
        name
        for path in python_files(folder)
        if "usecases" in path.parts or folder.startswith("shared")
        for name in names_in(path)
    )


def names_in(path: Path) -> set[str]:
    return {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)
    }


def is_produced(event: EventType) -> bool:
    _, subject, happened, _ = event.name.split(".")
    used = used_names(f"services/{event.owner}")
    if subject == "task":
        return bool(TASK_EVENTS[happened] & used)
    return NAMES[event.name].split(".")[1] in used


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_owner_name_and_meaning(name: str) -> None:
    event = EVENTS[name]
    assert GRAMMAR.fullmatch(name)
    assert BUSINESS_NAMES[event.owner] == name.split(".", maxsplit=1)[0]
    assert name in NAMES
    assert event.meaning


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_a_producer(name: str) -> None:
    assert is_produced(EVENTS[name]) != (name in NOT_PRODUCED)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_a_consumer(name: str) -> None:
    heard = {event for module in all_modules() for event in module.handlers}
    assert (name in heard) != (name in NOT_CONSUMED)


def test_nobody_waits_for_an_event_that_does_not_exist() -> None:
    heard = {event for module in all_modules() for event in module.handlers}
    assert heard <= set(EVENTS)


def test_samples_and_events_are_the_same_list() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EVENTS)


def test_exceptions_name_real_events_and_reasons() -> None:
    for name, reason in (NOT_PRODUCED | NOT_CONSUMED).items():
        assert name in EVENTS
        assert len(reason) > 20


def test_a_planted_event_without_producer_is_found() -> None:
    registry = Registry()
    schema = type(EVENTS["target.target.approved.v1"].schema)
    name = registry.declare("target.ghost.seen.v1", schema, "没有人发出")
    NAMES[name] = "target.GHOST_SEEN"
    try:
        assert not is_produced(registry.get(name))
    finally:
        del NAMES[name]


def test_no_use_case_commits() -> None:
    """The caller holds the transaction, so that one act can be part of a batch or an event."""
    broken = [
        f"{name_of(path)}: line {node.lineno}"
        for path in python_files("services")
        if "usecases" in path.parts
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "begin", "rollback"}
    ]
    assert not broken, "\n".join(broken)
