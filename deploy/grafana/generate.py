"""Writes `dashboards/*.json`: `python -m deploy.grafana.generate [--runbooks URL]`.

`--runbooks` is the address under which people can read `docs/operations/runbooks`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.events import EVENTS
from deploy.grafana.exchange import EXCHANGE
from deploy.grafana.operations import OPERATIONS
from deploy.grafana.oversight import OVERSIGHT
from deploy.grafana.panels import build

FOLDER = Path(__file__).parent / "dashboards"
RUNBOOKS = "/docs/operations/runbooks"
BOARDS = (OPERATIONS, EVENTS, OVERSIGHT, EXCHANGE)


def dashboards(runbooks: str = RUNBOOKS) -> dict[str, str]:
    """Return file name → content."""
    files = {}
    for board in BOARDS:
        content = json.loads(JSONEncoder().encode(build(board, BOARDS, runbooks)))
        for variable in content["templating"].get("list", ()):
            for name in ("auto", "auto_min", "auto_count"):  # of variables of intervals only
                variable.pop(name, None)
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        files[f"{board.uid.removeprefix('wenxiao-')}.json"] = text
    return files


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="写出 Grafana 大屏。")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--runbooks", default=RUNBOOKS)
    arguments = parser.parse_args()
    for name, text in dashboards(arguments.runbooks).items():
        (arguments.folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
