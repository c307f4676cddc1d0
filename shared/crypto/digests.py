"""Digests by name: SM3 (GB/T 32905) and SHA-256 (FIPS 180-4)."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes

from shared.crypto.port import UnknownAlgorithmError

ALGORITHMS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "sha256": hashes.SHA256,
}


def digest(algorithm: str, content: bytes) -> str:
    """Return `<algorithm>:<hex>` of `content`; raise `UnknownAlgorithmError` for another name.

    `cryptography` brings its own OpenSSL, so SM3 does not depend on how Python was built.
    """
    made = ALGORITHMS.get(algorithm)
    if made is None:
        raise UnknownAlgorithmError(algorithm=algorithm)
    running = hashes.Hash(made())
    running.update(content)
    return f"{algorithm}:{running.finalize().hex()}"
