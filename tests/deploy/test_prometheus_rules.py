"""The rules are sound, each alert fires when it should and not otherwise, and each has its page."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus.burning import LEVELS
from deploy.prometheus.generate import FOLDER, alert_names, rule_files, write
from tests.deploy.alert_cases import CASES, WELL, Case

RUNBOOKS = Path(__file__).parents[2] / "docs" / "operations" / "runbooks"
CONFIGURATIONS = sorted(FOLDER.parent.glob("*.yml"))
FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})'
CHAPTERS = ("## 这是什么", "## 怎样确认", "## 怎样处置", "## 何时算结束")
FEWEST_CASES = 3
BUDGETS = {level.alert for level in LEVELS}
BUDGET_FILES = {"recording.yml", "levels.yml"}


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    assert program, "promtool comes with the package prometheus"
    return subprocess.run(  # noqa: S603 (an installed program, words of this file)
        [program, *map(str, words)], capture_output=True, text=True, check=False
    )


def rules() -> list[dict[str, Any]]:
    files = [yaml.safe_load(content) for content in rule_files().values()]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def test_the_committed_files_are_what_the_generator_writes() -> None:
    assert {
        path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()
    } == rule_files()


def test_promtool_finds_the_rules_and_configurations_sound() -> None:
    checked = promtool("check", "rules", *FOLDER.glob("*.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert CONFIGURATIONS
    for path in CONFIGURATIONS:
        checked = promtool("check", "config", path)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_says_what_it_is_and_where_to_read_on() -> None:
    assert alert_names() == list(dict.fromkeys(rule["alert"] for rule in alerts()))[
        : len(alerts())
    ] or (set(alert_names()) == {rule["alert"] for rule in alerts()})
    for rule in alerts():
        texts = rule["annotations"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert any("\u4e00" <= sign <= "\u9fff" for sign in texts["summary"]), rule["alert"]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in texts["description"]), rule["alert"]
        assert texts["runbook_url"].endswith(f"/runbooks/{rule['alert']}.md")


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    pages = {path.stem: path for path in RUNBOOKS.glob("*.md") if path.stem != "README"}
    assert set(pages) == set(alert_names())
    for name, path in pages.items():
        text = path.read_text(encoding="utf-8")
        places = [text.find(chapter) for chapter in CHAPTERS]
        assert places == sorted(places), name
        assert places[0] > 0, name
        assert "```" in text, f"{name} names no command"
    listing = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.md)" in listing for name in pages)


def test_every_alert_has_its_cases() -> None:
    assert set(CASES) == set(alert_names())
    for name, cases in CASES.items():
        assert len(cases) >= FEWEST_CASES, name
        assert any(name in firing for case in cases for firing in case.firing.values()), name
        assert any(not firing for case in cases for firing in case.firing.values()), name


def as_promtool(case: Case) -> dict[str, Any]:
    world = {**WELL, **case.changed}
    return {
        "name": case.name,
        "interval": "1m",
        "input_series": [{"series": each, "values": world[each]} for each in world],
        "promql_expr_test": [
            {
                "expr": FIRING,
                "eval_time": f"{minute}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}"}}', "value": count}
                    for name, count in Counter(firing).items()
                ],
            }
            for minute, firing in case.firing.items()
        ],
    }


def outcome(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    # Windows of three days take long to reckon minute by minute: only where budgets are the matter.
    names = [each for each in rule_files() if name in BUDGETS or each not in BUDGET_FILES]
    cases = CASES[name]
    content = {
        "rule_files": [str(folder / each) for each in names],
        "evaluation_interval": "5m" if name in BUDGETS else "1m",
        "tests": [as_promtool(case) for case in cases],
    }
    cases_file = folder / "cases.json"
    cases_file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return promtool("test", "rules", cases_file)


@pytest.mark.parametrize("name", CASES)
def test_the_alert_fires_when_it_should_and_nothing_else_does(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    said = outcome(tmp_path, name)
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]


def test_a_wrong_rule_is_noticed(tmp_path: Path) -> None:
    """The cases can fail: with another threshold, the alert comes too late for its case."""
    write(tmp_path)
    events = tmp_path / "events.yml"
    wrong = events.read_text(encoding="utf-8").replace(
        "_unsent_seconds) > 120", "_unsent_seconds) > 900"
    )
    events.write_text(wrong, encoding="utf-8")
    assert outcome(tmp_path, "EventsNotSent").returncode != 0
