"""A Prometheus of our own over one running program, and questions put to it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from deploy.prometheus.generate import write
from shared.testing.servers import free_port

PROGRAM = "/usr/bin/prometheus"
PATIENCE_SECONDS = 120


class Prometheus:
    """Questions to a running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _get(self, path: str, **values: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=values, timeout=20).json()
        assert answer["status"] == "success", (values, answer)
        return answer["data"]

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """Return the series an expression gives now."""
        found: list[dict[str, Any]] = self._get("query", query=expression)["result"]
        return found

    def names(self) -> set[str]:
        """Return the names of all series scraped or recorded."""
        return set(self._get("label/__name__/values"))

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that fire now."""
        return [each for each in self._get("alerts")["alerts"] if each["state"] == "firing"]

    def wait_for(self, what: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait until `what` holds, at most so long; tell whether it does."""
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.25)
        return True


@contextmanager
def prometheus(
    folder: Path, target: str, *, scale: float, every: str = "2s"
) -> Iterator[Prometheus]:
    """Run a Prometheus in `folder` that scrapes `target` (host:port) with rules of `scale`."""
    write(folder / "rules", scale)
    configuration = {
        "global": {"scrape_interval": every, "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules" / "*.yml")],
        "scrape_configs": [
            {
                "job_name": "wenxiao",
                "metrics_path": "/oversight/metrics",
                "static_configs": [{"targets": [target]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    port = free_port()
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (an installed program, fixed words)
            [
                PROGRAM,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"]},
        )
        try:
            asked = Prometheus(f"http://127.0.0.1:{port}")
            assert asked.wait_for(lambda: _is_ready(asked.url)), (
                folder / "prometheus.log"
            ).read_text(encoding="utf-8")[-2000:]
            yield asked
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.RequestException:
        return False
