"""The frame's tables and the service's own."""

from pathlib import Path

from alembic import op

from shared.db.frame_migrations import create_frame_v1, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_frame_v1(op)
    run_script(op, Path(__file__).with_suffix(".sql"))
