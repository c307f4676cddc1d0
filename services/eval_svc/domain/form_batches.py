"""Many forms checked at once: what is checked, and how far it is."""

from __future__ import annotations

from enum import StrEnum


class FormBatchKind(StrEnum):
    """What a batch checks."""

    FILES = "files"
    CAMPAIGN = "campaign"
