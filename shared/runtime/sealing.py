"""The sealer's loop: chains committed trail records and publishes signed heads."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from shared.crypto.keys import KeyStore
from shared.crypto.providers import open_crypto
from shared.db.embedded import default_data_dir
from shared.trail.heads import publish_head
from shared.trail.sealer import seal_once

if TYPE_CHECKING:
    from shared.db.unit_of_work import Database
    from shared.runtime.settings import Settings

DIGEST = "sm3"
KEY_PURPOSE = "trail"
SEAL_SECONDS = 1.0
HEAD_SECONDS = 60.0
TROUBLE_SECONDS = 10.0

_LOG = structlog.get_logger(__name__)


def key_folder(settings: Settings) -> Path:
    """Return where this installation's private keys lie.

    A cluster hands the same keys to all its machines in a read-only folder of its own.
    """
    return settings.keys_dir or (settings.data_dir or default_data_dir()) / "keys"


def keep_sealing(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Seal every second and publish a head every minute until `stop`, and once more at the end.

    Trouble is logged and tried again, for ever: its age shows in `trail_oldest_unsealed_seconds`.
    """
    crypto = open_crypto(DIGEST, KeyStore(key_folder(settings)), KEY_PURPOSE)
    data_dir = settings.data_dir or default_data_dir()
    next_head = 0.0
    pause = 0.0
    while not stop.wait(pause):
        pause = SEAL_SECONDS
        try:
            seal_once(database, crypto)
            if time.monotonic() >= next_head:
                publish_head(database, crypto, data_dir)
                next_head = time.monotonic() + HEAD_SECONDS
        except Exception:  # noqa: BLE001 (a sealer never gives up)
            _LOG.exception("sealing failed", service=database.service)
            pause = TROUBLE_SECONDS
    seal_once(database, crypto)
    publish_head(database, crypto, data_dir)
