"""Memory of a running program: proportional set size of a process and all below it, in MiB.

    python bench/footprint.py PID

Pages shared between processes are counted once in sum, so the figure is what the program costs the
computer. The embedded database's processes are found by their common parent or session.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import psutil

_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


def pss_mib(pid: int) -> float:
    """Return the proportional set size of one process."""
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0


def family(pid: int) -> list[psutil.Process]:
    """Return the process and its children, and the database servers working in its data folder."""
    own = psutil.Process(pid)
    found = [own, *own.children(recursive=True)]
    data = own.environ().get("WENXIAO_DATA_DIR", "")
    for process in psutil.process_iter():
        if process.name().startswith("postgres") and data and data in " ".join(process.cmdline()):
            found += [process, *process.children(recursive=True)]
    return list({process.pid: process for process in found}.values())


def main() -> None:
    """Print a line for each process and the sum."""
    sizes = [(pss_mib(each.pid), each) for each in family(int(sys.argv[1]))]
    for size, process in sorted(sizes, key=lambda pair: -pair[0]):
        print(f"{size:8.1f}  {process.pid:>8}  {' '.join(process.cmdline())[:80]}")
    print(f"{sum(size for size, _ in sizes):8.1f}  MiB in {len(sizes)} processes")


if __name__ == "__main__":
    main()
