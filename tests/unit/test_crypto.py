from __future__ import annotations

import hashlib
import multiprocessing
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from shared.crypto.digests import digest
from shared.crypto.keys import KeyStore, is_id_of, is_signed
from shared.crypto.port import UnknownAlgorithmError
from shared.crypto.providers import open_crypto


@pytest.mark.parametrize(
    ("algorithm", "content", "expected"),
    [
        # GB/T 32905-2016, appendix A
        ("sm3", b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("sm3", b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        # FIPS 180-4
        ("sha256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_digests_match_the_standards(algorithm: str, content: bytes, expected: str) -> None:
    assert digest(algorithm, content) == f"{algorithm}:{expected}"


def test_another_algorithm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownAlgorithmError, match="md5"):
        digest("md5", b"")
    with pytest.raises(UnknownAlgorithmError):
        open_crypto("sm2", KeyStore(tmp_path), "trail")


@pytest.mark.parametrize("algorithm", ["sm3", "sha256"])
def test_a_signature_holds_for_its_content_only(algorithm: str, tmp_path: Path) -> None:
    crypto = open_crypto(algorithm, KeyStore(tmp_path), "trail")
    signature = crypto.sign(b"content")

    assert crypto.digest(b"x").startswith(f"{algorithm}:")
    assert (signature.algorithm, signature.key_id) == ("ed25519", crypto.key_id)
    assert crypto.verify(b"content", signature)
    assert not crypto.verify(b"Content", signature)


def test_an_altered_signature_is_refused(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    key = keys.signing_key("trail")
    signature = key.sign(b"content")
    for at, old in enumerate(signature.value):
        for other in ("A", "B", "=", " ", "-"):
            if other != old:
                value = signature.value[:at] + other + signature.value[at + 1 :]
                altered = replace(signature, value=value)
                assert not is_signed(b"content", altered, key.public_pem)
    assert not is_signed(b"content", replace(signature, algorithm="none"), key.public_pem)
    assert not is_signed(b"content", signature, "no key")
    crypto = open_crypto("sm3", keys, "trail")
    assert not crypto.verify(b"content", replace(signature, key_id="trail-0000000000000000"))


def test_keys_are_kept_private_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"
    key = KeyStore(folder).signing_key("tokens")

    private = folder / "tokens.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert KeyStore(folder).signing_key("tokens").key_id == key.key_id
    assert KeyStore(folder).public_keys() == {key.key_id: key.public_pem}
    assert sorted(path.name for path in folder.iterdir()) == ["public", "tokens.key"]
    assert "PRIVATE" not in repr(key)


def test_an_id_belongs_to_one_key_for_ever(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    tokens, trail = keys.signing_key("tokens"), keys.signing_key("trail")
    der = hashlib.sha256(tokens.public_pem.encode()).hexdigest()[:16]

    assert is_id_of(tokens.key_id, tokens.public_pem)
    assert not is_id_of(tokens.key_id, trail.public_pem)
    assert not is_id_of(f"tokens-{der}", tokens.public_pem)


def test_after_a_change_of_key_old_signatures_hold(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    signature = open_crypto("sm3", keys, "trail").sign(b"content")

    changed = keys.rotate("trail")

    assert changed.key_id != signature.key_id
    assert open_crypto("sha256", keys, "trail").key_id == changed.key_id
    assert open_crypto("sha256", keys, "trail").verify(b"content", signature)
    assert set(keys.public_keys()) == {signature.key_id, changed.key_id}


@pytest.mark.parametrize("purpose", ["", "../x", "a/b", "X", "trail.key", "a" * 41])
def test_a_purpose_is_a_plain_name(purpose: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="purpose"):
        KeyStore(tmp_path).signing_key(purpose)


def _key_id(folder: Path) -> str:
    return KeyStore(folder).signing_key("trail").key_id


def test_processes_starting_together_agree_on_one_key(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(25)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        for folder in folders:
            assert len(set(pool.map(_key_id, [folder] * 4, chunksize=1))) == 1
            assert len(KeyStore(folder).public_keys()) == 1
