"""Secret text in the database: AES-256-GCM, with algorithm and key id beside the ciphertext."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.keys import PURPOSE
from shared.errors import UnavailableError

AES_GCM = "aes-256-gcm"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class UnreadableError(UnavailableError):
    """The ciphertext is not of this key, or not about this thing."""

    code = "content_unreadable"
    sentence = "内容无法解密：密钥与加密时不一致，或内容被改动；请联系系统管理员核对密钥。"


@dataclass(frozen=True, slots=True)
class Secret:
    """A ciphertext with what is needed to read it again, but for the key."""

    algorithm: str
    key_id: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class SecretBox:
    """One key; never printed."""

    key_id: str
    key: bytes = field(repr=False)

    def lock(self, text: str, about: str) -> Secret:
        """Encrypt `text`; it can be read only together with `about`, so rows cannot be swapped."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = AESGCM(self.key).encrypt(nonce, text.encode(), about.encode())
        return Secret(AES_GCM, self.key_id, nonce, ciphertext)

    def unlock(self, secret: Secret, about: str) -> str:
        """Return the text; raise `UnreadableError` for another key, another thing or a change."""
        if (secret.algorithm, secret.key_id) != (AES_GCM, self.key_id):
            raise UnreadableError
        try:
            return (
                AESGCM(self.key).decrypt(secret.nonce, secret.ciphertext, about.encode()).decode()
            )
        except InvalidTag:
            raise UnreadableError from None


def secret_box(folder: Path, purpose: str) -> SecretBox:
    """Return the box for `purpose`, its key made on first use as `<purpose>.secret` (mode 0600).

    Processes starting together agree on one key. Raises `ValueError` for a purpose that is no plain
    name or a file that holds no key. Whoever loses the file loses the texts: it is backed up apart
    from the database.
    """
    if not PURPOSE.fullmatch(purpose):
        raise ValueError(f"{purpose!r} is no name for a key's purpose")
    path = folder / f"{purpose}.secret"
    if not path.exists():
        _make(folder, path)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{path.name} holds no key")
    return SecretBox(f"{purpose}-{hashlib.sha256(key).hexdigest()[:16]}", key)


def _make(folder: Path, path: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = folder / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(hidden, path)  # refuses to replace: of several processes here at once, one wins
    except FileExistsError:
        pass
    finally:
        hidden.unlink()
