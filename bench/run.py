"""Measure what the project promises to be fast, each against a bare baseline in the same run.

`make bench` prints the table. `python bench/run.py --write` also writes it into
`docs/performance.md`, with the machine it was measured on. Names choose some of the measurements.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import event_flow
import form_check
import import_rows
import ledger_export
import ledger_list
import project_list
import share_pull
from measuring import Result, load_average
from sqlalchemy import create_engine
from table import as_markdown, as_text

from shared.db.engine import database_url
from shared.testing.servers import broker_server, postgres_server

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
MARK = "<!-- 以下由 bench/run.py --write 写入 -->\n"
PROCESSORS = Path("/proc/cpuinfo")


def _measurements(server: str, broker: str) -> dict[str, Callable[[], Iterator[Result]]]:
    return {
        "import": lambda: iter([import_rows.measure(server)]),
        "events": lambda: iter([event_flow.measure(server, broker)]),
        "list": partial(project_list.measure, server),
        "ledger": partial(ledger_list.measure, server),
        "share": lambda: iter([share_pull.measure(server)]),
        "export": lambda: iter([ledger_export.measure(server)]),
        "check": form_check.measure,
    }


def _machine(server: str) -> str:
    """Describe processor, memory, PostgreSQL and Python in one line."""
    lines = PROCESSORS.read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text(encoding="ascii").split()[1]
    with create_engine(database_url(server, "postgres")).connect() as connection:
        version = connection.exec_driver_sql("show server_version").scalar_one()
    processor = f"{len(models)} 核 {models[0]}" if models else platform.machine()
    return (
        f"{processor}，内存 {int(memory) // 1024 // 1024} GB，"
        f"PostgreSQL {version}，Python {platform.python_version()}"
    )


def main() -> int:
    """Run the chosen measurements; return 1 when one is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = "import, events, list, ledger, share, export, check; all when none is named"
    parser.add_argument("names", nargs="*", help=names)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    chosen = parser.parse_args()
    results: list[Result] = []
    loads = [load_average()]
    with postgres_server() as server, broker_server() as broker:
        machine = _machine(server)
        print(f"{machine}；开始时负载 {loads[0]:.1f}")
        measurements = _measurements(server, broker)
        for name in chosen.names or measurements:
            for result in measurements[name]():
                print(as_text(result), flush=True)
                results.append(result)
            loads.append(load_average())
    load = f"测量期间每分钟负载 {min(loads):.1f} 至 {max(loads):.1f}"
    print(load)
    if chosen.write:
        head = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        facts = f"{datetime.now(UTC):%Y-%m-%d}，{machine}；{load}。\n\n"
        DOCUMENT.write_text(head + MARK + "\n" + facts + as_markdown(results), encoding="utf-8")
    return 0 if all(result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
