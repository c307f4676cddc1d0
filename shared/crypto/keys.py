"""Signing keys in a data folder, named by id.

For each purpose there is one private key, `<purpose>.key` (mode 0600), and every public key that
purpose ever had, `public/<key id>.pem`. Where the folder is read-only (a cluster's Secret) nothing
is written, and public keys of the past lie beside the private ones. A key id is the purpose and the
first 16 hexadecimal digits of the SHA-256 of the public key, so an id can never be given to another
key.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.crypto.port import Signature

ED25519 = "ed25519"
PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def thumbprint(public_pem: str) -> str:
    """Return the part of a key id that follows from the key; `ValueError` for no Ed25519 key."""
    raw = load_public_key(public_pem).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(raw).hexdigest()[:16]


def is_id_of(key_id: str, public_pem: str) -> bool:
    """Tell whether `key_id` is the id of this public key."""
    purpose, _, rest = key_id.rpartition("-")
    return bool(PURPOSE.fullmatch(purpose)) and rest == thumbprint(public_pem)


def load_public_key(public_pem: str) -> Ed25519PublicKey:
    """Read a public key from PEM; raise `ValueError` when it is not Ed25519."""
    key = serialization.load_pem_public_key(public_pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")  # noqa: TRY004 (a bad value of the file)
    return key


@dataclass(frozen=True)
class SigningKey:
    """A private key with its id; never printed."""

    purpose: str
    private_pem: bytes = field(repr=False)
    algorithm: str = ED25519

    @cached_property
    def private_key(self) -> Ed25519PrivateKey:
        """The key itself; raises `ValueError` when the file holds another kind."""
        key = serialization.load_pem_private_key(self.private_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"the key for {self.purpose} is not Ed25519")  # noqa: TRY004 (likewise)
        return key

    @cached_property
    def public_pem(self) -> str:
        """The public key as PEM text."""
        return (
            self.private_key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    @cached_property
    def key_id(self) -> str:
        """The id, `<purpose>-<thumbprint>`."""
        return f"{self.purpose}-{thumbprint(self.public_pem)}"

    def sign(self, content: bytes) -> Signature:
        """Sign `content`."""
        value = base64.b64encode(self.private_key.sign(content)).decode()
        return Signature(algorithm=self.algorithm, key_id=self.key_id, value=value)


def is_signed(content: bytes, signature: Signature, public_pem: str) -> bool:
    """Tell whether `signature` of `content` was made with the key of `public_pem`."""
    if signature.algorithm != ED25519:
        return False
    try:
        value = base64.b64decode(signature.value, validate=True)
        if base64.b64encode(value).decode() != signature.value:
            return False  # spare bits changed: not the one form of this signature
        load_public_key(public_pem).verify(value, content)
    except (ValueError, InvalidSignature):
        return False
    return True


class KeyStore:
    """The folder of keys. Processes starting together agree on one key for each purpose."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, made with mode 0700 when missing; an existing one is left as it is."""
        self._folder = folder

    def signing_key(self, purpose: str) -> SigningKey:
        """Return the private key for `purpose`, made on first use.

        Raises `ValueError` when the purpose is no plain name or the file holds another kind of key.
        """
        path = self._path(purpose)
        if not path.exists():
            made = self._make(purpose)
            try:
                # A link refuses to replace: of several processes here at once, one wins.
                os.link(made, path)
            except FileExistsError:
                pass
            finally:
                made.unlink()
        key = self._read(purpose)
        if os.access(self._folder, os.W_OK):
            self._publish(key)
        return key

    def rotate(self, purpose: str) -> SigningKey:
        """Replace the private key of `purpose`; the old public key stays, for old signatures."""
        self.signing_key(purpose)
        self._make(purpose).replace(self._path(purpose))
        return self.signing_key(purpose)

    def public_keys(self) -> dict[str, str]:
        """Return every public key ever used here: key id → PEM.

        A read-only folder has no `public/`: there the old ones lie beside the private keys, and
        those of the present private keys are told from them.
        """
        private = [self._read(path.stem) for path in sorted(self._folder.glob("*.key"))]
        present = {key.key_id: key.public_pem for key in private}
        kept = [*self._folder.glob("*.pem"), *self._public.glob("*.pem")]
        return present | {path.stem: path.read_text(encoding="ascii") for path in sorted(kept)}

    @property
    def _public(self) -> Path:
        return self._folder / "public"

    def _path(self, purpose: str) -> Path:
        if not PURPOSE.fullmatch(purpose):
            raise ValueError(f"{purpose!r} is no name for a key's purpose")
        return self._folder / f"{purpose}.key"

    def _read(self, purpose: str) -> SigningKey:
        return SigningKey(purpose=purpose, private_pem=self._path(purpose).read_bytes())

    def _make(self, purpose: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return _written(self._folder / f".{purpose}.{secrets.token_hex(8)}", pem, 0o600)

    def _publish(self, key: SigningKey) -> None:
        path = self._public / f"{key.key_id}.pem"
        if path.exists():
            return
        self._public.mkdir(parents=True, exist_ok=True)
        hidden = self._public / f".{key.key_id}.{secrets.token_hex(8)}"
        _written(hidden, key.public_pem.encode(), 0o644).replace(path)


def _written(path: Path, content: bytes, mode: int) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path
