"""Identifiers: UUID version 7, so that keys grow with time and indexes stay compact."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Return a new time-ordered identifier (UUIDv7, RFC 9562)."""
    return UUID(int=uuid_utils.uuid7().int)
