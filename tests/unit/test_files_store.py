"""One contract, two places: evidence is kept by content, whole or not at all, and comes back so."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from fixtures import papers
from moto import mock_aws

from shared.errors import InvalidInputError, NotFoundError
from shared.files.bucket import BucketStore
from shared.files.errors import FileDamagedError, StoreUnreachableError
from shared.files.media import DOCX, EXTENSIONS, JPEG, OFD, PDF, PNG, TXT, XLS, XLSX
from shared.files.places import evidence_store
from shared.files.store import FileStore, FolderStore
from shared.runtime.settings import Settings

LIMIT = 2 * 1024 * 1024
BUCKET = "evidence-of-a-county"
ACCEPTED = {
    PDF: papers.SCAN,
    PNG: papers.picture(),
    JPEG: papers.picture("JPEG"),
    DOCX: papers.docx(),
    XLSX: papers.BOOK,
    XLS: papers.OLD_BOOK,
    OFD: papers.OFD,
    TXT: "情况说明\n".encode("gb18030"),
}
Build = Callable[..., FileStore]


@pytest.fixture(params=["folder", "bucket"])
def build(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Build]:
    """Make stores on one and the same place, `area` by area."""
    if request.param == "folder":
        yield lambda area="a", **more: FolderStore(tmp_path / area, LIMIT, **more)
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield lambda area="a", **more: BucketStore(BUCKET, area, "", LIMIT, **more)


@pytest.fixture
def store(build: Build) -> FileStore:
    return build()


@pytest.mark.parametrize("media_type", ACCEPTED, ids=EXTENSIONS.get)
def test_accepted_kinds_come_back_byte_for_byte(store: FileStore, media_type: str) -> None:
    content = ACCEPTED[media_type]
    stored = store.put(BytesIO(content), f"附件{EXTENSIONS[media_type]}")
    assert stored.media_type == media_type
    assert stored.size == len(content)
    assert stored.digest == hashlib.sha256(content).hexdigest()
    with store.open(stored.digest) as file:
        assert file.read() == content


def test_the_same_content_is_kept_once_and_another_store_finds_it(build: Build) -> None:
    first = build().put(BytesIO(papers.SCAN), "a.pdf")
    assert build().put(BytesIO(papers.SCAN), "b.pdf") == first
    assert build().read(first.digest) == papers.SCAN


def test_an_area_reads_what_is_common_and_never_removes_it(build: Build) -> None:
    common = build("common")
    kept = common.put(BytesIO(papers.SCAN))
    area = build("area", common=common)
    assert area.read(kept.digest) == papers.SCAN
    area.remove(kept.digest)
    assert area.read(kept.digest) == papers.SCAN
    own = area.put(BytesIO(papers.BOOK))
    with pytest.raises(NotFoundError):
        common.open(own.digest)


def test_what_is_removed_is_gone_and_may_come_again(store: FileStore) -> None:
    kept = store.put(BytesIO(papers.SCAN))
    store.remove(kept.digest)
    store.remove(kept.digest)
    with pytest.raises(NotFoundError):
        store.open(kept.digest)
    assert store.put(BytesIO(papers.SCAN)) == kept
    assert store.read(kept.digest) == papers.SCAN


@pytest.mark.parametrize(
    "digest", ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 63, "A" * 64, "0" * 64, "é" * 64]
)
def test_unknown_and_malformed_digests_are_not_found(store: FileStore, digest: str) -> None:
    store.remove(digest)
    with pytest.raises(NotFoundError):
        store.open(digest)


def test_a_narrower_list_of_kinds_is_kept_to(build: Build) -> None:
    store = build(types=("pdf", "docx"))
    store.put(BytesIO(papers.SCAN), "a.pdf")
    with pytest.raises(InvalidInputError, match="只接收 PDF、DOCX 文件"):
        store.put(BytesIO(papers.BOOK), "a.xlsx")
    with pytest.raises(InvalidInputError, match="只接收 PDF、DOCX 文件"):
        store.put(BytesIO(papers.docx()), "a.wps")


def test_too_large_and_empty_are_refused(store: FileStore) -> None:
    with pytest.raises(InvalidInputError, match="超过 2 MB"):
        store.put(BytesIO(papers.pdf(extra=bytes(LIMIT))))
    with pytest.raises(InvalidInputError, match="是空的"):
        store.put(BytesIO(b""))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_changed_bytes_are_not_served(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(BytesIO(papers.BOOK))
    files_in(tmp_path)[0].write_bytes(papers.BOOK + b"x")
    with pytest.raises(FileDamagedError):
        store.open(stored.digest)


def test_a_changed_object_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        store = BucketStore(BUCKET, "a")
        stored = store.put(BytesIO(papers.BOOK))
        client.put_object(Bucket=BUCKET, Key=f"a/{stored.digest}", Body=b"other")
        with pytest.raises(FileDamagedError):
            store.open(stored.digest)


def test_a_storage_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    store = BucketStore(BUCKET, "a", "http://storage.invalid")

    def silent(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://storage.invalid")

    monkeypatch.setattr(store._client, "head_object", silent)
    with pytest.raises(StoreUnreachableError, match="附件存储暂时无法访问"):
        store.put(BytesIO(papers.BOOK))


def test_a_missing_bucket_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    with mock_aws(), pytest.raises(StoreUnreachableError):
        BucketStore("no-such-bucket", "a").put(BytesIO(papers.BOOK))


def test_a_failed_write_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    store = FolderStore(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        store.put(BytesIO(papers.BOOK))
    assert files_in(tmp_path) == []


def test_the_settings_choose_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    folder = evidence_store(Settings(data_dir=tmp_path), "target_svc")
    kept = folder.put(BytesIO(papers.SCAN))
    here = tmp_path / "evidence" / "target_svc" / kept.digest[:2] / kept.digest[2:4] / kept.digest
    assert here.read_bytes() == papers.SCAN
    with pytest.raises(NotFoundError):
        evidence_store(Settings(data_dir=tmp_path), "monitor_svc").open(kept.digest)
    bucket = Settings(data_dir=tmp_path, evidence_bucket=BUCKET)
    assert isinstance(evidence_store(bucket, "target_svc"), BucketStore)
