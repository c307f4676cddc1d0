from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.keys import KeyStore
from shared.crypto.port import CryptoProvider
from shared.crypto.providers import open_crypto
from shared.testing.trails import Sealed, Tamperer, record, seal, sign
from shared.trail import verifier
from shared.trail.verifier import canonical, verify

RECORDS = 60
TAMPERINGS = 1000


@pytest.fixture(scope="module")
def crypto(tmp_path_factory: pytest.TempPathFactory) -> CryptoProvider:
    return open_crypto("sm3", KeyStore(tmp_path_factory.mktemp("keys")), "trail")


@pytest.fixture(scope="module")
def thief(tmp_path_factory: pytest.TempPathFactory) -> CryptoProvider:
    return open_crypto("sm3", KeyStore(tmp_path_factory.mktemp("thief")), "trail")


@pytest.fixture(scope="module")
def sealed(crypto: CryptoProvider, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    export = seal([record(number) for number in range(RECORDS)], crypto)
    heads = sign(export, [20, 40, RECORDS], crypto)
    return Sealed(export, heads, _keys(crypto))


def _keys(crypto: CryptoProvider) -> dict[str, str]:
    return {crypto.key_id: crypto._signing_key.public_pem}  # type: ignore[attr-defined]


def missed(sealed: Sealed, thief: CryptoProvider, times: int) -> Counter[str]:
    """Tamper `times` times; count, by kind, what the verifier lets pass."""
    passed: Counter[str] = Counter()
    for seed in range(times):
        kind, tampered = Tamperer(seed, thief).tamper(sealed)
        if verify(tampered.export, tampered.heads, tampered.public_keys).is_intact:
            passed[kind] += 1
    return passed


def test_a_clean_trail_is_intact_and_fully_covered(sealed: Sealed) -> None:
    report = verify(sealed.export, sealed.heads, sealed.public_keys)

    assert report.is_intact
    assert (report.records, report.covered, report.heads) == (RECORDS, RECORDS, 3)
    assert report.service == "target_svc"


def test_every_tampering_is_found(sealed: Sealed, thief: CryptoProvider) -> None:
    assert missed(sealed, thief, TAMPERINGS) == Counter()


@pytest.mark.parametrize(
    ("name", "planted", "kind"),
    [
        ("_is_signed", lambda *_: True, "spoil_head"),
        ("_digest_of", lambda _, entry: entry["digest"], "change_field"),
        ("_trusted_heads", lambda *_: {1: set()}, "truncate"),
        ("_canonical_line", json.loads, "respell"),
    ],
)
def test_a_verifier_with_a_planted_bug_misses_some(
    sealed: Sealed,
    thief: CryptoProvider,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    planted: object,
    kind: str,
) -> None:
    monkeypatch.setattr(verifier, name, planted)
    monkeypatch.setattr(Tamperer, "tamper", _only(kind))

    assert missed(sealed, thief, 30)[kind] > 0


def _only(kind: str) -> object:
    return lambda self, sealed: (kind, getattr(self, kind)(sealed))


@pytest.mark.parametrize("algorithm", ["sm3", "sha256"])
@given(
    count=st.integers(0, 12),
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4),
    numbers=st.lists(st.floats(allow_nan=False) | st.integers(), max_size=4),
)
def test_no_false_alarm_whatever_the_records_hold(
    algorithm: str,
    count: int,
    texts: list[str],
    numbers: list[float],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    keys = KeyStore(tmp_path_factory.getbasetemp() / "steady")
    crypto = open_crypto(algorithm, keys, "trail")
    records = [
        {**record(number), "comment": "".join(texts), "after": {"n": numbers, "t": texts}}
        for number in range(count)
    ]
    export = seal(records, crypto)
    heads = sign(export, sorted({count, (count + 1) // 2} - {0}), crypto)

    report = verify(export, heads, keys.public_keys())

    assert report.findings == []
    assert report.covered == count


def test_each_finding_names_its_place(sealed: Sealed, crypto: CryptoProvider) -> None:
    lines = list(sealed.export)
    changed = json.loads(lines[10])
    lines[10] = canonical({**changed, "comment": "后来添加"}) + b"\n"
    del lines[30]

    report = verify(lines, sealed.heads, sealed.public_keys)

    found = [(finding.code, finding.position) for finding in report.findings]
    assert found == [("changed_record", 10), ("missing_record", 30)]
    assert report.findings[0].record_id == changed["record_id"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda lines: lines[:50], "cut_tail"),
        (lambda lines: lines[1:], "unreadable_export"),
        (lambda _: [], "unreadable_export"),
        (lambda lines: [*lines, lines[5]], "misplaced_record"),
        (lambda lines: [*lines[:7], b"\xff\n", *lines[8:]], "unreadable_record"),
    ],
)
def test_each_kind_of_damage_has_its_name(sealed: Sealed, spoil: object, code: str) -> None:
    assert callable(spoil)
    report = verify(spoil(list(sealed.export)), sealed.heads, sealed.public_keys)

    assert code in {finding.code for finding in report.findings}


def test_a_full_rehash_is_found_by_the_first_head_after_it(
    sealed: Sealed, crypto: CryptoProvider
) -> None:
    records = [json.loads(line) for line in sealed.export[1:]]
    records[24]["comment"] = "换过"

    report = verify(seal(records, crypto), sealed.heads, sealed.public_keys)

    assert [(f.code, f.position) for f in report.findings] == [("rehashed", 40), ("rehashed", 60)]


def test_without_a_head_nothing_is_called_intact(sealed: Sealed) -> None:
    report = verify(sealed.export, [], sealed.public_keys)

    assert [finding.code for finding in report.findings] == ["no_head"]


def test_heads_of_another_service_or_key_are_refused(
    sealed: Sealed, crypto: CryptoProvider, thief: CryptoProvider
) -> None:
    foreign = seal([record(1)], crypto, service="eval_svc")
    heads = [*sign(foreign, [1], crypto), *sign(sealed.export, [RECORDS], thief)]

    report = verify(sealed.export, heads, sealed.public_keys)

    codes = [finding.code for finding in report.findings]
    assert codes == ["foreign_head", "unknown_key", "no_head"]


def test_what_the_last_head_does_not_cover_is_said(sealed: Sealed) -> None:
    report = verify(sealed.export, sealed.heads[:2], sealed.public_keys)

    assert report.is_intact
    assert (report.records, report.covered) == (RECORDS, 40)
    assert "其后 20 条" in verifier.describe(report)


def test_a_flood_of_findings_is_counted_but_not_kept(crypto: CryptoProvider) -> None:
    export = seal([record(number) for number in range(300)], crypto)
    lines = [export[0], *(line.replace("王某".encode(), "李某".encode()) for line in export[1:])]

    report = verify(lines, sign(export, [300], crypto), _keys(crypto))

    assert report.count == 300
    assert len(report.findings) == verifier.SHOWN


def test_a_chain_may_change_its_algorithm(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    older, newer = open_crypto("sha256", keys, "trail"), open_crypto("sm3", keys, "trail")
    first = seal([record(1)], older)
    tip = verifier.genesis("target_svc")
    entry = {**record(2), "position": 2}
    last = json.loads(first[1])["digest"]
    second = {**entry, "digest": newer.digest(verifier.sealed_content(last, entry))}
    export = (*first, canonical(second) + b"\n")

    assert tip != last
    assert verify(export, sign(export, [1, 2], newer), keys.public_keys()).is_intact


def test_the_format_is_what_it_was(tmp_path: Path) -> None:
    export = seal([record(1), record(2)], open_crypto("sm3", KeyStore(tmp_path), "trail"))

    assert json.loads(export[2])["digest"] == (
        "sm3:da9176ee0eb747bfdb871ab72044f845f3afe07260313ae4c6a68ddc87052158"
    )


def test_the_verifier_stands_alone(sealed: Sealed, tmp_path: Path) -> None:
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    tops = {name.split(".")[0] for name in imported}
    assert tops <= sys.stdlib_module_names | {"cryptography"}
    assert len(source.splitlines()) < 300

    copy = tmp_path / "verifier.py"
    copy.write_text(source, encoding="utf-8")
    export, heads, keys = tmp_path / "export.jsonl", tmp_path / "heads.jsonl", tmp_path / "keys"
    keys.mkdir()
    for key_id, pem in sealed.public_keys.items():
        (keys / f"{key_id}.pem").write_text(pem)
    heads.write_bytes(b"".join(sealed.heads))

    def run(lines: tuple[bytes, ...]) -> subprocess.CompletedProcess[str]:
        export.write_bytes(b"".join(lines))
        command = [sys.executable, "-I", str(copy), str(export), "--heads", str(heads)]
        return subprocess.run(  # noqa: S603
            [*command, "--keys", str(keys)], capture_output=True, text=True, check=False
        )

    good, cut = run(sealed.export), run(sealed.export[:-1])
    assert (good.returncode, "完整" in good.stdout) == (0, True)
    assert (cut.returncode, "截去" in cut.stdout) == (1, True)
    heads.unlink()
    assert run(sealed.export).returncode == 2
