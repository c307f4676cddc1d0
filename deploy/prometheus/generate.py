"""Writes `rules/*.yml`: `python -m deploy.prometheus.generate [--scale 0.1] [--runbooks URL]`.

The committed files are those of scale 1. `--runbooks` is the address under which people can read
`docs/operations/runbooks`; every alert links to its page there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml

from deploy.prometheus.alerts import Alert, events, running, surroundings
from deploy.prometheus.burning import BURNS, LEVELS, condition, recording
from deploy.prometheus.timing import Timing

FOLDER = Path(__file__).parent / "rules"
RUNBOOKS = "docs/operations/runbooks"
HEADER = "# 由 python -m deploy.prometheus.generate 生成，请勿手改。\n"


def rule_files(scale: float = 1.0, runbooks: str = RUNBOOKS) -> dict[str, str]:
    """Return file name → content."""
    timing = Timing(scale)
    groups = {"events": events, "running": running, "surroundings": surroundings}
    files = {
        "recording.yml": _file("wenxiao-recording", recording(timing)),
        "levels.yml": _file("wenxiao-levels", _burning(runbooks)),
    }
    for name, alerts in groups.items():
        rules = [_rule(alert, timing, runbooks) for alert in alerts(timing)]
        files[f"{name}.yml"] = _file(f"wenxiao-{name}", rules)
    return files


def alert_names() -> list[str]:
    """Return the name of every alert, each once."""
    timing = Timing()
    others = (*events(timing), *running(timing), *surroundings(timing))
    return [level.alert for level in LEVELS] + [alert.name for alert in others]


def write(folder: Path = FOLDER, scale: float = 1.0, runbooks: str = RUNBOOKS) -> None:
    """Write all files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in rule_files(scale, runbooks).items():
        (folder / name).write_text(content, encoding="utf-8")


def _burning(runbooks: str) -> list[dict[str, Any]]:
    return [
        {
            "alert": level.alert,
            "expr": condition(level, burn),
            "labels": {"severity": burn.severity, "window": burn.long.name},
            "annotations": _texts(level.alert, level.summary, level.description, runbooks),
        }
        for level in LEVELS
        for burn in BURNS
    ]


def _rule(alert: Alert, timing: Timing, runbooks: str) -> dict[str, Any]:
    held = {"for": timing(alert.hold)} if alert.hold else {}
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **held,
        "labels": {"severity": alert.severity},
        "annotations": _texts(alert.name, alert.summary, alert.description, runbooks),
    }


def _texts(name: str, summary: str, description: str, runbooks: str) -> dict[str, str]:
    return {
        "summary": summary,
        "description": description,
        "runbook_url": f"{runbooks}/{name}.md",
    }


def _file(group: str, rules: list[Any]) -> str:
    content = {"groups": [{"name": group, "rules": rules}]}
    return HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def main() -> None:
    """Write the files the arguments ask for."""
    parser = argparse.ArgumentParser(description="写出 Prometheus 规则。")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--runbooks", default=RUNBOOKS)
    write(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
