"""What the rest of the program asks of cryptography: digests and signatures, named by algorithm.

Every digest is text `<algorithm>:<hex>` and every signature carries its algorithm and key id, so
data written under one choice stays verifiable after another is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with what is needed to check it: algorithm, key id, value in base64."""

    algorithm: str
    key_id: str
    value: str


class CryptoProvider(Protocol):
    """One choice of algorithms and one signing key."""

    @property
    def digest_algorithm(self) -> str:
        """Name of the digest in use: `sm3` or `sha256`."""
        ...

    @property
    def signature_algorithm(self) -> str:
        """Name of the signature algorithm in use: `ed25519`."""
        ...

    @property
    def key_id(self) -> str:
        """Id of the signing key in use."""
        ...

    def digest(self, content: bytes) -> str:
        """Return the digest of `content` as `<algorithm>:<hex>`."""
        ...

    def sign(self, content: bytes) -> Signature:
        """Sign `content` with the provider's key."""
        ...

    def verify(self, content: bytes, signature: Signature) -> bool:
        """Tell whether `signature` is by a key we know, by an algorithm we allow, of `content`."""
        ...


class UnknownAlgorithmError(UnavailableError):
    """An algorithm name that no provider here offers."""

    code = "unknown_algorithm"
    sentence = "本系统不支持密码算法「{algorithm}」；请系统管理员改用 sm3 或 sha256。"
