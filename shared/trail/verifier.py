"""Stand-alone verifier of a trail export: the standard library and `cryptography`, nothing of ours.

The audit office may copy this one file and run `python verifier.py EXPORT --heads FILE --keys DIR`.

An export is JSON lines: a header, then one line a record in the order of `position`. Every line
is in canonical form (keys sorted, no spaces, UTF-8). A record's digest is the hash of the digest
before it, a line feed, and the record's own line without `digest`. A head is a signed statement
«after `position` records the digest is …», kept outside the database. Together they show a
changed, missing, inserted or swapped record; heads also show a cut-off tail and a full re-hash.
Records after the last head are covered by the chain only.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EXPORT_FORMAT = "wenxiao-trail/1"
HEAD_FORMAT = "wenxiao-trail-head/1"
HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "sha256": hashes.SHA256,
}
HEAD_FIELDS = frozenset(
    {"format", "service", "position", "digest", "signed_at", "algorithm", "key_id", "signature"}
)
SHOWN = 100
"""Findings listed; all are counted."""

MESSAGES = {
    "unreadable_export": "导出文件首行不是审计轨迹的文件头",
    "unreadable_record": "第 {place} 行不是规范格式的记录",
    "changed_record": "第 {position} 号记录内容或摘要被改动",
    "missing_record": "第 {first} 至 {last} 号记录缺失",
    "misplaced_record": "第 {position} 号记录是插入、重复或调换了顺序的",
    "unreadable_head": "链头文件第 {place} 行不是规范格式的链头",
    "foreign_head": "链头文件第 {place} 行属于另一服务",
    "unknown_key": "链头文件第 {place} 行的签名公钥不在公钥目录中",
    "forged_head": "链头文件第 {place} 行的签名不成立",
    "rehashed": "第 {position} 号记录的摘要与已签名的链头不一致，整条链可能被重算",
    "cut_tail": "链头证明至少有 {position} 条记录，导出文件只到第 {last} 号，尾部被截去",
    "no_head": "没有一个有效的链头，无法排除截尾和整链重算",
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong: `code` of MESSAGES, the position and record id it is about where known."""

    code: str
    message: str
    position: int | None = None
    record_id: str | None = None


@dataclass
class Report:
    """The outcome: `is_intact` only when nothing at all was found."""

    service: str = ""
    records: int = 0
    covered: int = 0
    """Records proven by the last valid head."""
    uncovered: int = 0
    """Records after it, which rest on the chain alone."""
    heads: int = 0
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Tell whether nothing was found."""
        return self.count == 0

    def add(
        self, code: str, position: int | None = None, record_id: str | None = None, **facts: object
    ) -> None:
        """Count a finding and keep the first hundred."""
        self.count += 1
        if len(self.findings) < SHOWN:
            message = MESSAGES[code].format(position=position, **facts)
            self.findings.append(Finding(code, message, position, record_id))


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one form in which `content` is hashed, signed and exported."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def genesis(service: str) -> str:
    """Return what stands before the first record's digest: it binds a chain to its service."""
    return f"{EXPORT_FORMAT}:{service}"


def sealed_content(previous: str, record: Mapping[str, Any]) -> bytes:
    """Return the bytes hashed for `record` (with its position, without its digest)."""
    return previous.encode() + b"\n" + canonical(record)


def signed_content(head: Mapping[str, Any]) -> bytes:
    """Return the bytes signed for `head`: everything but the signature."""
    return canonical({name: value for name, value in head.items() if name != "signature"})


def verify(
    export_lines: Iterable[bytes], heads: Iterable[bytes], public_keys: Mapping[str, str]
) -> Report:
    """Check an export against the chain and the signed heads; `public_keys`: key id → PEM.

    Reads the lines once and keeps none. Never raises for what it reads: it reports.
    """
    report = Report()
    lines = iter(export_lines)
    header = _canonical_line(next(lines, b""))
    service = header.get("service") if header else None
    if not header or header.get("format") != EXPORT_FORMAT or not isinstance(service, str):
        report.add("unreadable_export")
        return report
    report.service = service
    expected = _trusted_heads(heads, public_keys, report)
    last = _walk(lines, expected, report)
    signed = max(expected, default=0)
    if signed > last:
        report.add("cut_tail", signed, last=last)
    report.covered = min(signed, last)
    report.uncovered = last - report.covered
    if not expected and report.records:
        report.add("no_head")
    return report


def _walk(lines: Iterable[bytes], expected: Mapping[int, set[str]], report: Report) -> int:
    """Follow the chain and return the last position.

    After a break it goes on from what is written, so that each fault is reported at its place.
    """
    previous: str | None = genesis(report.service)
    position = 0
    for place, line in enumerate(lines, start=2):
        entry = _canonical_line(line)
        if entry is None or not _is_entry(entry):
            report.add("unreadable_record", place=place)
            previous = None
            continue
        found, digest, record_id = entry["position"], entry["digest"], entry["record_id"]
        report.records += 1
        if found <= position:
            report.add("misplaced_record", found, record_id)
            previous = None
            continue
        if found > position + 1:
            report.add("missing_record", position + 1, first=position + 1, last=found - 1)
            previous = None
        position = found
        if previous is not None and _digest_of(previous, entry) != digest:
            report.add("changed_record", position, record_id)
        if any(digest != signed for signed in expected.get(position, ())):
            report.add("rehashed", position, record_id)
        previous = digest
    return position


def _is_entry(entry: Mapping[str, Any]) -> bool:
    kinds = [type(entry.get(name)) for name in ("position", "digest", "record_id")]
    return kinds == [int, str, str]


def _digest_of(previous: str, entry: Mapping[str, Any]) -> str | None:
    algorithm = entry["digest"].partition(":")[0]
    if algorithm not in HASHES:
        return None
    record = {name: value for name, value in entry.items() if name != "digest"}
    running = hashes.Hash(HASHES[algorithm]())
    running.update(sealed_content(previous, record))
    return f"{algorithm}:{running.finalize().hex()}"


def _canonical_line(line: bytes) -> dict[str, Any] | None:
    """Return the object in `line`, or `None` unless the line is exactly its canonical form.

    So a doubled key, a space or another spelling of a number cannot mean two things.
    """
    body = line.removesuffix(b"\n")
    try:
        content = json.loads(body)
        if isinstance(content, dict) and canonical(content) == body:
            return content
    except (ValueError, RecursionError):
        pass
    return None


def _trusted_heads(
    lines: Iterable[bytes], public_keys: Mapping[str, str], report: Report
) -> dict[int, set[str]]:
    """Return position → digests of the heads whose signature holds; report all others."""
    trusted: defaultdict[int, set[str]] = defaultdict(set)
    for place, line in enumerate(lines, start=1):
        head = _canonical_line(line)
        code = "unreadable_head" if head is None else _head_problem(head, report, public_keys)
        if head is None or code is not None:
            report.add(code or "unreadable_head", place=place)
            continue
        report.heads += 1
        trusted[head["position"]].add(head["digest"])
    return trusted


def _head_problem(
    head: Mapping[str, Any], report: Report, public_keys: Mapping[str, str]
) -> str | None:
    if (
        head.keys() != HEAD_FIELDS
        or head["format"] != HEAD_FORMAT
        or type(head["position"]) is not int
        or not all(isinstance(head[name], str) for name in HEAD_FIELDS - {"position"})
    ):
        return "unreadable_head"
    if head["service"] != report.service:
        return "foreign_head"
    if head["key_id"] not in public_keys:
        return "unknown_key"
    return None if _is_signed(head, public_keys[head["key_id"]]) else "forged_head"


def _is_signed(head: Mapping[str, Any], public_pem: str) -> bool:
    try:
        key = serialization.load_pem_public_key(public_pem.encode())
        if head["algorithm"] != "ed25519" or not isinstance(key, Ed25519PublicKey):
            return False
        signature = base64.b64decode(head["signature"], validate=True)
        if base64.b64encode(signature).decode() != head["signature"]:
            return False  # spare bits changed
        key.verify(signature, signed_content(head))
    except (ValueError, InvalidSignature):
        return False
    return True


def read_keys(folder: Path) -> dict[str, str]:
    """Return the public keys of a folder: file name without `.pem` → PEM."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.pem"))}


def verify_files(export: Path, heads: Path, keys: Path) -> Report:
    """Verify files; raise `OSError` when one cannot be read."""
    with export.open("rb") as lines, heads.open("rb") as head_lines:
        return verify(lines, head_lines, read_keys(keys))


def describe(report: Report) -> str:
    """Return the report as text for people."""
    verdict = "完整，未发现问题" if report.is_intact else f"发现 {report.count} 处问题"
    lines = [
        f"服务 {report.service or '未知'}：{verdict}",
        f"记录 {report.records} 条，有效链头 {report.heads} 个，链头覆盖至第 {report.covered} 号",
        *([f"其后 {report.uncovered} 条尚无链头，只由链本身证明"] if report.uncovered else []),
        *(
            f"- {finding.message}" + (f"（{finding.record_id}）" if finding.record_id else "")
            for finding in report.findings
        ),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 intact, 1 something found, 2 files not readable."""
    parser = argparse.ArgumentParser(description="校验审计轨迹导出文件")
    parser.add_argument("export", type=Path, help="导出文件（JSON 行）")
    parser.add_argument("--heads", type=Path, required=True, help="链头文件")
    parser.add_argument("--keys", type=Path, required=True, help="公钥目录（*.pem）")
    chosen = parser.parse_args(arguments)
    try:
        report = verify_files(chosen.export, chosen.heads, chosen.keys)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"无法读取文件：{error}\n")
        return 2
    sys.stdout.write(describe(report))
    return 0 if report.is_intact else 1


if __name__ == "__main__":
    raise SystemExit(main())
