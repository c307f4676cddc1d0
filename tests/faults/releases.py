"""The release after this one, as an upgrade sees it: this program and further migrations."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.simulation.installation import ROOT

EXPAND = '''
"""Expand: a column with a default, and its index without stopping writers."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade() -> None:
    op.add_column("calendar_day", sa.Column("remark", sa.Text, nullable=False, server_default=""))
    op.add_column("unit", sa.Column("seal_name", sa.Text))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_calendar_day_remark", "calendar_day", ["remark"],
            postgresql_concurrently=True, if_not_exists=True,
        )
'''
CONTRACT = '''
"""Contract: what no running release uses any more."""
from alembic import op

CONTRACTS = "0002"
revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None


def upgrade() -> None:
    op.drop_column("unit", "seal_name")
'''


def next_release(folder: Path, compiled: Path) -> Path:
    """Return a copy of the program, to become another release; `compiled` holds what Python made.

    What it made of the files copied serves the copy as well, and saves compiling them anew.
    """
    for name in ("services", "shared"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
        made = (compiled / str(each).lstrip("/") for each in (ROOT / name, folder / name))
        shutil.copytree(*made)
    return folder


def add_migration(release: Path, name: str, content: str) -> None:
    """Give oversight one migration more in `release`."""
    versions = release / "services" / "oversight_svc" / "migrations" / "versions"
    (versions / f"{name}.py").write_text(content, encoding="utf-8")
