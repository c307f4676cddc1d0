"""The two providers: SM3 or SHA-256 digests, both with Ed25519 signatures.

SM2 is not offered: the library has SM3 and SM4 but no SM2 (decision 0004).
"""

from __future__ import annotations

from shared.crypto.digests import ALGORITHMS, digest
from shared.crypto.keys import KeyStore, SigningKey, is_signed
from shared.crypto.port import CryptoProvider, Signature, UnknownAlgorithmError


class Ed25519Provider:
    """Digests by the named algorithm, signatures by one Ed25519 key of the key store."""

    def __init__(self, digest_algorithm: str, keys: KeyStore, signing_key: SigningKey) -> None:
        """Keep the choice; `keys` resolves the ids of signatures to be checked."""
        self._algorithm = digest_algorithm
        self._keys = keys
        self._signing_key = signing_key

    @property
    def digest_algorithm(self) -> str:
        """Name of the digest in use."""
        return self._algorithm

    @property
    def signature_algorithm(self) -> str:
        """Name of the signature algorithm in use."""
        return self._signing_key.algorithm

    @property
    def key_id(self) -> str:
        """Id of the signing key in use."""
        return self._signing_key.key_id

    def digest(self, content: bytes) -> str:
        """Return `<algorithm>:<hex>` of `content`."""
        return digest(self._algorithm, content)

    def sign(self, content: bytes) -> Signature:
        """Sign `content`."""
        return self._signing_key.sign(content)

    def verify(self, content: bytes, signature: Signature) -> bool:
        """Tell whether a key of ours, retired ones included, made `signature` of `content`."""
        public_pem = self._keys.public_keys().get(signature.key_id)
        return public_pem is not None and is_signed(content, signature, public_pem)


def open_crypto(digest_algorithm: str, keys: KeyStore, purpose: str) -> CryptoProvider:
    """Return the provider with `sm3` or `sha256` digests signing with the key for `purpose`.

    The key is made on first use. Raises `UnknownAlgorithmError` for any other algorithm.
    """
    if digest_algorithm not in ALGORITHMS:
        raise UnknownAlgorithmError(algorithm=digest_algorithm)
    return Ed25519Provider(digest_algorithm, keys, keys.signing_key(purpose))
