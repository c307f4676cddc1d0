"""The share package and its verifier: every changed byte is found, a genuine package passes."""

from __future__ import annotations

import ast
import io
import json
import random
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.keys import KeyStore, SigningKey
from shared.sharing import verify_share
from shared.sharing.package import Record, Resource, SharedField, WrittenResource, write_package
from shared.sharing.verify_share import canonical, verify_file, write_container

MUTATIONS = 1200
DELIVERY = {
    "delivery_id": "0192f0c0-0000-7000-8000-000000000001",
    "grant": "2023-0001",
    "purpose": "预算执行审计",
    "created": "2023-10-10T01:00:00+00:00",
}
FIELDS = (SharedField("code", "项目编码"), SharedField("amount", "金额", "number"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("keys")).signing_key("sharing")


@pytest.fixture(scope="module")
def thief(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return KeyStore(tmp_path_factory.mktemp("thief")).signing_key("sharing")


def _note(written: list[WrittenResource]) -> str:
    return "".join(f"<p>{each.title} {each.rows} {each.chain}</p>" for each in written)


def _packed(key: SigningKey, records: dict[str, list[Record]]) -> bytes:
    target = io.BytesIO()
    resources = [Resource(name, f"表{name}", FIELDS, rows) for name, rows in records.items()]
    write_package(target, DELIVERY, resources, _note, key)
    return target.getvalue()


def _usual(key: SigningKey) -> bytes:
    rows = [{"code": f"P{number:03}", "amount": f"{number}.00"} for number in range(20)]
    odd = [{"code": '引"号,逗\r\n号', "amount": ""}, {"code": "＝1+1", "amount": "-1.50"}]
    return _packed(key, {"target": rows, "finding": odd, "empty": []})


def _is_intact(content: bytes, key: SigningKey, tmp_path: Path) -> bool:
    path = tmp_path / "package.zip"
    path.write_bytes(content)
    return verify_file(path, [key.public_pem]).is_intact


def _members(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _again(members: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    write_container(target, [(name, io.BytesIO(content)) for name, content in members])
    return target.getvalue()


def test_a_genuine_package_is_intact(key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(_usual(key))
    report = verify_file(path, [key.public_pem])
    assert (report.is_intact, report.records) == (True, {"target": 20, "finding": 2, "empty": 0})
    assert report.delivery == DELIVERY
    assert _usual(key) == path.read_bytes()  # the same delivery, the same bytes


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({"code": st.text(), "amount": st.text(max_size=8)}), max_size=8
    )
)
def test_no_false_alarm(rows: list[dict[str, str]], tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    key = KeyStore(folder / "keys").signing_key("sharing")
    assert _is_intact(_packed(key, {"target": rows}), key, folder)


def _places(content: bytes) -> list[range]:
    """Return the classes of byte positions: headers, each member, directory, end record."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        starts = [info.header_offset for info in archive.infolist()]
        directory = archive.start_dir
    ranges = []
    for start, end in zip(starts, [*starts[1:], directory], strict=True):
        name = int.from_bytes(content[start + 26 : start + 28], "little")
        extra = int.from_bytes(content[start + 28 : start + 30], "little")
        body = start + 30 + name + extra
        ranges += [range(start, body), range(body, end)]
    return [each for each in (*ranges, range(directory, len(content) - 22),
            range(len(content) - 22, len(content))) if each]  # fmt: skip


def _flip(content: bytes, dice: random.Random) -> bytes:
    at = dice.choice(dice.choice(_places(content)))
    return content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :]


def _insert(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + dice.randbytes(1) + content[at:]


def _drop(content: bytes, dice: random.Random) -> bytes:
    members = _members(content)
    del members[dice.randrange(len(members))]
    return _again(members)


def _add(content: bytes, dice: random.Random) -> bytes:
    members = _members(content)
    members.insert(dice.randrange(len(members)), ("data/more.csv", b"code\r\nP1\r\n"))
    return _again(members)


def _order(content: bytes, dice: random.Random) -> bytes:
    members = _members(content)
    at, other = dice.sample(range(len(members)), 2)
    members[at], members[other] = members[other], members[at]
    return _again(members)


def _swap(content: bytes, dice: random.Random) -> bytes:
    named = dict(_members(content))
    lines = named["data/target.csv"].split(b"\r\n")
    at, other = dice.sample(range(1, 21), 2)
    lines[at], lines[other] = lines[other], lines[at]
    return _again(list((named | {"data/target.csv": b"\r\n".join(lines)}).items()))


def _rewrite(content: bytes, dice: random.Random) -> bytes:
    """A record, its digest and its file's digest are changed: only the signature is left."""
    named = dict(_members(content))
    manifest = json.loads(named["manifest.json"])
    lines = named["data/target.csv"].split(b"\r\n")
    lines[dice.randrange(1, 21)] = b"P999,1.00"
    named["data/target.csv"] = b"\r\n".join(lines)
    for entry in manifest["files"]:
        body = named[entry["path"]]
        entry |= {"bytes": len(body), "digest": verify_share.digest_of(body)}
    named["manifest.json"] = canonical(manifest)
    return _again(list(named.items()))


class _Forger:
    """Signs a changed manifest with a key of his own, under his own or the genuine key's id."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def __call__(self, content: bytes, dice: random.Random) -> bytes:
        named = dict(_members(content))
        manifest = json.loads(named["manifest.json"])
        manifest["delivery"]["purpose"] = f"另有用途{dice.random()}"
        named["manifest.json"] = canonical(manifest)
        signed = self._key.sign(named["manifest.json"])
        signature = json.loads(named["signature.json"]) | {"value": signed.value}
        if dice.random() < 0.5:
            signature["key_id"] = signed.key_id
        named["signature.json"] = canonical(signature)
        return _again(list(named.items()))


def _kinds(thief: SigningKey) -> dict[str, Callable[[bytes, random.Random], bytes]]:
    return {
        "flip": _flip,
        "flip again": _flip,
        "cut": lambda content, dice: content[: dice.randrange(len(content))],
        "insert": _insert,
        "comment": lambda content, _: content[:-2] + b"\x01\x00x",
        "drop": _drop,
        "add": _add,
        "order": _order,
        "swap": _swap,
        "rewrite": _rewrite,
        "forge": _Forger(thief),
    }


def _missed(key: SigningKey, thief: SigningKey, folder: Path, times: int) -> Counter[str]:
    content, passed = _usual(key), Counter[str]()
    kinds = _kinds(thief)
    for seed in range(times):
        dice = random.Random(seed)
        kind = dice.choice(list(kinds))
        changed = kinds[kind](content, dice)
        if changed != content and _is_intact(changed, key, folder):
            passed[kind] += 1
    return passed


def test_every_tampering_is_found(key: SigningKey, thief: SigningKey, tmp_path: Path) -> None:
    assert _missed(key, thief, tmp_path, MUTATIONS) == Counter()


def test_every_single_bit_of_every_class_of_byte(key: SigningKey, tmp_path: Path) -> None:
    content = _packed(key, {"target": [{"code": "P1", "amount": "1.00"}]})
    for place in _places(content):
        for at in sorted({place[0], place[len(place) // 2], place[-1]}):
            for bit in range(8):
                changed = content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
                assert not _is_intact(changed, key, tmp_path), (at, bit)


@pytest.mark.parametrize(
    ("name", "planted", "kind"),
    [
        ("_check_container", lambda *_: None, "comment"),
        ("_check_signature", lambda *_: None, "forge"),
        ("_file_digest", lambda *_: (0, ""), "rewrite"),
    ],
)
def test_a_planted_bug_is_noticed(
    key: SigningKey, thief: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, planted: Any, kind: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(verify_share, name, planted)
    if name == "_file_digest":  # it refuses everything then: false alarms are noticed as well
        assert not _is_intact(_usual(key), key, tmp_path)
    else:
        assert _missed(key, thief, tmp_path, 200)[kind]


def test_it_runs_alone_and_stays_small(key: SigningKey, tmp_path: Path) -> None:
    source = Path(verify_share.__file__)
    text = source.read_text(encoding="utf-8")
    assert text.count("\n") < 300
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    ours = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert ours == {"cryptography"}
    alone = tmp_path / "verify_share.py"
    alone.write_text(text, encoding="utf-8")
    package, pem = tmp_path / "package.zip", tmp_path / "key.pem"
    pem.write_text(key.public_pem)
    for content, code in ((_usual(key), 0), (_usual(key)[:-1], 1)):
        package.write_bytes(content)
        command = [sys.executable, "-I", str(alone), str(package), "--key", str(pem)]
        ran = subprocess.run(  # noqa: S603 (our own file)
            command, capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert ran.returncode == code, ran.stderr
        assert ("未发现改动" in ran.stdout) is (code == 0)
