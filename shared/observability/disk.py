"""How much room the data folder has left."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client import Metric


class DiskGauges(Collector):
    """Free and whole size of the file system that holds the data folder, in bytes.

    The embedded database, keys, chain heads and evidence lie there; a database server of its own
    has its disk elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        """Look at nothing yet; a folder not yet made is judged by the one that will hold it."""
        self._folder = folder

    def describe(self) -> Iterable[Metric]:
        """Return the names without looking."""
        return self._families()

    def collect(self) -> Iterable[Metric]:
        """Return the present sizes; none when the file system does not answer."""
        free, size = self._families()
        folder = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            return free, size
        free.add_metric([], usage.free)
        size.add_metric([], usage.total)
        return free, size

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily("data_directory_free_bytes", "Room left where the data folder lies."),
            GaugeMetricFamily(
                "data_directory_size_bytes", "Size of the file system the data folder lies on."
            ),
        )
