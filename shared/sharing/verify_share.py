"""Stand-alone verifier of a share package: standard library and `cryptography`, nothing of ours.

The receiving office may copy this one file and run `python verify_share.py FILE --key PUBLIC.pem`.
The key must have come another way than the package: a key inside it would prove nothing.

A package is a ZIP of stored members in a fixed order: `datapackage.json` (Frictionless),
`data/<name>.csv` and `digests/<name>.txt` of each resource, `delivery-note.html`, `manifest.json`
and `signature.json`. The manifest names every other file with size and SHA-256, and every resource
with the number and the chained digest of its records; the signature (Ed25519) is over its bytes.
A record is the JSON object of a CSV line by its column names, all values texts, in canonical form;
the pull interface gives the same records the same digests. The container is written anew and
compared, so that no byte outside the members is free to change either.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import shutil
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "wenxiao-share/1"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"
SIGNATURE_FIELDS = {"algorithm", "key_id", "value"}
PURPOSE = "sharing"
LARGEST_TEXT = 16 * 1024 * 1024
UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,  # an encrypted member, JSON nested beyond reason
    ArithmeticError,
    EOFError,
    struct.error,
    csv.Error,
)
"""What a damaged package makes the libraries raise."""
SHOWN = 100
"""Findings listed; all are counted."""

MESSAGES = {
    "unreadable": "不是可以读取的共享数据包（{reason}）",
    "container": "压缩包结构与规范写法不一致，可能被重新打包、追加或改动",
    "members": "包内文件与交接清单所列不一致",
    "signature_form": "签名文件不是规范格式",
    "unknown_key": "签名公钥 {key_id} 不是您指定的公钥，请向提供方核对公钥指纹",
    "forged": "交接清单的签名不成立，清单被改动或伪造",
    "manifest_form": "交接清单不是规范格式",
    "changed_file": "文件 {path} 的内容与交接清单的摘要不一致",
    "changed_record": "{path} 第 {place} 条记录的内容与其摘要不一致",
    "record_count": "{path} 有 {found} 条记录，交接清单为 {stated} 条",
    "chain": "{path} 的记录摘要链与交接清单不一致，记录缺失、增加或调换了顺序",
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong: `code` of MESSAGES and the Chinese sentence."""

    code: str
    message: str


@dataclass
class Report:
    """The outcome: `is_intact` only when nothing at all was found."""

    delivery: Mapping[str, Any] = field(default_factory=dict)
    manifest_digest: str = ""
    records: dict[str, int] = field(default_factory=dict)
    chains: dict[str, str] = field(default_factory=dict)
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Tell whether nothing was found."""
        return self.count == 0

    def add(self, code: str, **facts: object) -> None:
        """Count a finding and keep the first hundred."""
        self.count += 1
        if len(self.findings) < SHOWN:
            self.findings.append(Finding(code, MESSAGES[code].format(**facts)))


def canonical(content: object) -> bytes:
    """Return the one form in which `content` is hashed and signed."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    """Return `sha256:<hex>` of `content`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def chain_start(name: str) -> str:
    """Return what stands before the first record's digest: it binds a chain to its resource."""
    return digest_of(f"{FORMAT}:{name}".encode())


def chained(previous: str, *record_digests: str) -> str:
    """Return the chain's digest after these records."""
    for digest in record_digests:
        link = f"{previous}\n{digest}".encode()
        previous = f"sha256:{hashlib.sha256(link).hexdigest()}"
    return previous


def write_container(target: IO[bytes], members: Iterable[tuple[str, IO[bytes]]]) -> None:
    """Write the one container these members have: stored, undated, in the order given."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            with archive.open(info, "w") as place:
                shutil.copyfileobj(content, place)


def verify_file(path: Path, public_pems: Iterable[str]) -> Report:
    """Check a package against the keys trusted; raise `OSError` when it cannot be opened.

    Never raises for what it reads: it reports. Reads line by line, whatever the size.
    """
    report = Report()
    keys = dict(_known_key(pem) for pem in public_pems)
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                _check_container(archive, file, report)
                _check_content(archive, keys, report)
        except UNREADABLE as error:
            report.add("unreadable", reason=type(error).__name__)
    return report


def key_id_of(key: Ed25519PublicKey) -> str:
    """Return the id of a sharing key: it follows from the key, so it cannot be given to another."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    raw = key.public_bytes(serialization.Encoding.DER, form)
    return f"{PURPOSE}-{hashlib.sha256(raw).hexdigest()[:16]}"


def _known_key(pem: str) -> tuple[str, Ed25519PublicKey]:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")  # noqa: TRY004 (a bad value of the file)
    return key_id_of(key), key


def _check_container(archive: zipfile.ZipFile, file: IO[bytes], report: Report) -> None:
    """Write the members anew and compare: what is not content must be as the format has it."""
    infos = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        report.add("container")
        return
    with tempfile.TemporaryFile() as again:
        # `open` gives one member at a time, so memory stays flat whatever the size.
        write_container(again, ((info.filename, archive.open(info)) for info in infos))
        again.seek(0)
        file.seek(0)
        while (block := again.read(1 << 20)) or file.read(1):
            if not block or file.read(len(block)) != block:
                report.add("container")
                return


def _check_content(
    archive: zipfile.ZipFile, keys: Mapping[str, Ed25519PublicKey], report: Report
) -> None:
    manifest_bytes = archive.read(MANIFEST)
    report.manifest_digest = digest_of(manifest_bytes)
    _check_signature(archive.read(SIGNATURE), manifest_bytes, keys, report)
    manifest = json.loads(manifest_bytes)
    if canonical(manifest) != manifest_bytes or manifest["format"] != FORMAT:
        report.add("manifest_form")
        return
    report.delivery = manifest["delivery"]
    listed = [entry["path"] for entry in manifest["files"]]
    if archive.namelist() != [*listed, MANIFEST, SIGNATURE]:
        report.add("members")
    for entry in manifest["files"]:
        if _file_digest(archive, entry["path"]) != (entry["bytes"], entry["digest"]):
            report.add("changed_file", path=entry["path"])
    for resource in manifest["resources"]:
        _check_records(archive, resource, report)


def _check_signature(
    content: bytes, manifest: bytes, keys: Mapping[str, Ed25519PublicKey], report: Report
) -> None:
    signature = json.loads(content)
    if canonical(signature) != content or signature.keys() != SIGNATURE_FIELDS:
        report.add("signature_form")
        return
    value = base64.b64decode(signature["value"], validate=True)
    spare = base64.b64encode(value).decode() != signature["value"]  # spare bits changed
    if signature["algorithm"] != "ed25519" or spare:
        report.add("signature_form")
        return
    key = keys.get(signature["key_id"])
    if key is None:
        report.add("unknown_key", key_id=signature["key_id"])
        return
    try:
        key.verify(value, manifest)
    except InvalidSignature:
        report.add("forged")


def _file_digest(archive: zipfile.ZipFile, path: str) -> tuple[int, str]:
    running, size = hashlib.sha256(), 0
    with archive.open(path) as member:
        while block := member.read(1 << 20):
            running.update(block)
            size += len(block)
    return size, f"sha256:{running.hexdigest()}"


def _check_records(archive: zipfile.ZipFile, resource: Mapping[str, Any], report: Report) -> None:
    path, chain, count = resource["path"], chain_start(resource["name"]), 0
    csv.field_size_limit(LARGEST_TEXT)
    with archive.open(path) as member, archive.open(resource["digests"]) as digests:
        lines = csv.reader(io.TextIOWrapper(member, encoding="utf-8", newline=""), strict=True)
        header = next(lines, [])
        for count, values in enumerate(lines, start=1):
            found = digest_of(canonical(dict(zip(header, values, strict=True))))
            if digests.readline() != f"{found}\n".encode():
                report.add("changed_record", path=path, place=count)
            chain = chained(chain, found)
        if digests.read(1):
            report.add("record_count", path=path, found=count, stated=resource["rows"])
    if count != resource["rows"]:
        report.add("record_count", path=path, found=count, stated=resource["rows"])
    if chain != resource["chain"]:
        report.add("chain", path=path)
    report.records[resource["name"]], report.chains[resource["name"]] = count, chain


def describe(report: Report) -> str:
    """Return the report as text for people."""
    verdict = "完整，签名有效，未发现改动" if report.is_intact else f"发现 {report.count} 处问题"
    facts = report.delivery
    lines = [
        f"共享数据包：{verdict}",
        f"交付 {facts.get('delivery_id', '未知')}　授权 {facts.get('grant', '未知')}",
        f"用途 {facts.get('purpose', '未知')}",
        f"交接清单摘要 {report.manifest_digest}",
        *(
            f"{name}：{count} 条，记录摘要链 {report.chains[name]}"
            for name, count in report.records.items()
        ),
        *(f"- {finding.message}" for finding in report.findings),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 intact, 1 something found, 2 files not readable."""
    parser = argparse.ArgumentParser(description="校验共享数据包")
    parser.add_argument("package", type=Path, help="共享数据包（.zip）")
    parser.add_argument(
        "--key", type=Path, required=True, action="append", help="提供方的公钥文件，可给多个"
    )
    chosen = parser.parse_args(arguments)
    try:
        pems = [path.read_text(encoding="utf-8") for path in chosen.key]
        report = verify_file(chosen.package, pems)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"无法读取文件：{error}\n")
        return 2
    sys.stdout.write(describe(report))
    return 0 if report.is_intact else 1


if __name__ == "__main__":
    raise SystemExit(main())
