"""Links, menus, acts and templates: what one file names, another has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from source import ROOT, dotted, name_of, python_files, text_of, tree_of
from sqlalchemy import create_engine

import shared.runtime.settings
from services.registry import all_modules, whole_menu
from shared.access.rights import load_rights
from shared.db.unit_of_work import Database
from shared.events.registry import BUSINESS_NAMES, SERVICE_FOLDERS
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.web.links import LINKS

TEMPLATES = sorted(
    path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.html")
)
ACT = re.compile(r"(?:target|monitoring|evaluation|oversight|system)\.[a-z_]+\.[a-z_]+")
RESERVED: dict[str, str] = {
    "system.job.view": "jobs are shown with the events page of the system administrator later on",
    "target.target.copy": "copying last year's target is a way to begin one: the act of editing",
    "monitoring.campaign.open": "reports are opened by the approval of their target, by the system",
}
"""Acts the table keeps for duties that have no page of their own, and why."""


@pytest.fixture(scope="module")
def apps(
    tmp_path_factory: pytest.TempPathFactory, frozen_clock_of_module: FrozenClock
) -> dict[str, Flask]:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    found = {}
    for module in all_modules():
        resources = Resources(
            Settings(data_dir=tmp_path_factory.mktemp("keys")),
            frozen_clock_of_module,
            Database(engine, module.name, frozen_clock_of_module),
            is_migrated=lambda: False,
        )
        found[module.name] = module.create_app(resources)
    return found


@pytest.fixture(scope="module")
def frozen_clock_of_module() -> FrozenClock:
    return FrozenClock(datetime(2023, 10, 10, 1, 0, tzinfo=UTC))


def leads_somewhere(app: Flask, path: str) -> bool:
    """Tell whether a GET on `path` (`{…}` standing for any value) reaches a route of `app`."""
    trials = ("2023", "01890a5d-ac96-774b-bcce-b302099a8302", "name")
    adapter = app.url_map.bind("localhost")
    holes = re.findall(r"{(\w+)}", path)
    concrete = path
    for hole in holes:
        concrete = concrete.replace(f"{{{hole}}}", trials[0] if hole == "year" else trials[1])
    return any(adapter.test(concrete, method=method) for method in ("GET", "POST"))


def owner_of(path: str) -> str:
    return SERVICE_FOLDERS.get(path.split("/")[1], "oversight_svc")


@pytest.mark.parametrize("name", LINKS)
def test_every_link_leads_to_a_route_of_its_service(name: str, apps: dict[str, Flask]) -> None:
    path = LINKS[name]
    service = owner_of(path)
    assert BUSINESS_NAMES[service] == name.partition(".")[0]
    assert leads_somewhere(apps[service], path), f"{name} → {path}: no such route"


def test_a_link_to_nowhere_is_noticed(apps: dict[str, Flask]) -> None:
    assert not leads_somewhere(apps["target_svc"], "/target/nothing/{year}/{id}")


def test_every_menu_entry_leads_to_a_page_its_act_opens(apps: dict[str, Flask]) -> None:
    entries = [entry for group in whole_menu() for entry in group.entries]
    assert {owner_of(entry.path) for entry in entries} == set(apps)
    for entry in entries:
        assert leads_somewhere(apps[owner_of(entry.path)], entry.path), entry.path
        assert entry.permission in load_rights().acts, entry.permission


def named_acts(path: Path) -> Iterator[str]:
    """Give the acts a file names: whole strings of the grammar, and transitions' short names."""
    prefixes = {
        "target_svc": "target.target",
        "monitor_svc": "monitoring.report",
        "eval_svc": "evaluation.self_evaluation",
    }
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if ACT.fullmatch(node.value):
                yield node.value
            if path.name == "states.py":
                yield f"{prefixes.get(path.parts[-3], '')}.{node.value}"


def demanded_acts(path: Path) -> Iterator[str]:
    """Give the acts a file demands by name: what a decorator, `require` or `is_allowed` is told."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and dotted(node.func).rsplit(".", 1)[-1] in {
            "permission", "require", "is_allowed",
        }:  # fmt: skip
            yield from (
                each.value
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def acts_of_templates() -> set[str]:
    return {
        act for path in TEMPLATES for act in re.findall(r"can\(['\"]([^'\"]+)['\"]", text_of(path))
    }


def test_every_act_demanded_anywhere_is_in_the_table() -> None:
    known = load_rights().acts.keys()
    demanded = {act for path in python_files() for act in demanded_acts(path)}
    assert demanded
    assert not demanded - known
    assert not acts_of_templates() - known


def test_every_act_of_the_table_is_used_somewhere() -> None:
    used = {act for path in python_files() for act in named_acts(path)} | acts_of_templates()
    unused = load_rights().acts.keys() - used
    assert unused - RESERVED.keys() == set(), "nobody demands these"
    assert RESERVED.keys() - unused == set(), "no longer reserved"


def test_an_unknown_act_is_noticed(tmp_path: Path) -> None:
    planted = tmp_path / "page.py"
    planted.write_text("require(actor, 'target.ghost.see')\n", encoding="utf-8")
    assert not set(demanded_acts(planted)) <= load_rights().acts.keys()


INLINE = {
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE | re.DOTALL),
    "inline script": re.compile(
        r"<script(?![^>]*\b(?:src=|type=.application/json))[^>]*>", re.IGNORECASE
    ),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE | re.DOTALL),
    "javascript address": re.compile(r"(?:href|src|action)\s*=\s*['\"]?javascript:", re.IGNORECASE),
    "unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}
WRITES_ATTRIBUTES = {
    "shared/web/templates/components/fields.html": "marks attributes it wrote itself as written",
}
POST_FORM = re.compile(
    r"<form\b[^>]*\bmethod\s*=\s*['\"]post['\"][^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL
)
TOKEN = re.compile(r"csrf_token|form_start|form_page|\bform_token\b|hidden_fields")


def without_expressions(text: str) -> str:
    """Return a template without `{{…}}`, `{%…%}` and comments, which may hold `>`."""
    return re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("kind", INLINE)
def test_templates_hold_nothing_the_policy_forbids(kind: str) -> None:
    broken = [
        name_of(path)
        for path in TEMPLATES
        if not (kind == "unescaped value" and name_of(path) in WRITES_ATTRIBUTES)
        and INLINE[kind].search(
            text_of(path) if kind == "unescaped value" else without_expressions(text_of(path))
        )
    ]
    assert TEMPLATES
    assert not broken, "\n".join(broken)


def forms_without_token(text: str) -> list[str]:
    """Return the start of every posting form without the token, its own macros looked into."""
    macros = re.findall(r"{%-?\s*macro (\w+)(.*?)endmacro", text, re.DOTALL)
    own = [rf"\b{name}\(" for name, body in macros if TOKEN.search(body)]
    token = re.compile("|".join([TOKEN.pattern, *own]))
    return [body[:60] for body in POST_FORM.findall(text) if not token.search(body)]


def test_every_posting_form_carries_the_token() -> None:
    broken = [
        f"{name_of(path)}: {form}"
        for path in TEMPLATES
        for form in forms_without_token(text_of(path))
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        ("style element", "<style>p{}</style>"),
        ("style attribute", '<p class="a" style="color:red">'),
        ("inline script", "<script>alert(1)</script>"),
        ("event handler", '<a href="/" onclick="x()">'),
        ("javascript address", '<a href="javascript:x()">'),
        ("unescaped value", "{{ name | safe }}"),
    ],
)
def test_each_forbidden_thing_is_found(kind: str, planted: str) -> None:
    assert INLINE[kind].search(planted)


def test_a_form_without_token_is_found() -> None:
    assert forms_without_token('<form method="post"><input name="a"></form>')


def test_every_setting_is_documented() -> None:
    named = re.findall(
        r'source\.(?!prefixed)\w+\("([A-Z_]+)"', text_of(Path(shared.runtime.settings.__file__))
    )
    documented = set(re.findall(r"`(WENXIAO_[A-Z_]+)`", text_of(ROOT / "docs" / "settings.md")))
    assert len(named) >= 10
    assert {f"WENXIAO_{name}" for name in named} == documented
