"""Names of archives in a folder, and which of them go."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Literal

from shared.clock import LOCAL_ZONE

Kind = Literal["data", "keys"]
_NAME = re.compile(r"wenxiao-(data|keys)-\d{8}-\d{6}-\d{3}\.tar")


def archive_path(folder: Path, kind: Kind, at: datetime) -> Path:
    """Return the name of an archive made at `at`; names sort by time."""
    local = at.astimezone(LOCAL_ZONE)
    return folder / f"wenxiao-{kind}-{local:%Y%m%d-%H%M%S}-{local.microsecond // 1000:03d}.tar"


def archives(folder: Path, kind: Kind) -> list[Path]:
    """Return the archives of `kind` in `folder`, the oldest first."""
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(path for path in found if path.name.startswith(f"wenxiao-{kind}-"))


def remove_old(folder: Path, kind: Kind, keep: int) -> list[Path]:
    """Delete all but the newest `keep` archives of `kind`; return what went."""
    old = archives(folder, kind)[:-keep]
    for path in old:
        path.unlink()
    return old
