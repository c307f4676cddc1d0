"""What the pages about findings share: which findings are ticked."""

from __future__ import annotations

from collections.abc import Sequence

from services.oversight_svc.domain.ledger import LedgerKey, key_from


def keys_of(texts: Sequence[str]) -> tuple[LedgerKey, ...]:
    """Return the findings ticked in a list, each once; what names none is left out."""
    found = dict.fromkeys(key_from(text) for text in texts)
    return tuple(key for key in found if key is not None)
