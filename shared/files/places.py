"""Where the settings say evidence is kept: a folder by default, an S3 object storage when named."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shared.db.embedded import default_data_dir
from shared.files.store import FileStore, FolderStore

if TYPE_CHECKING:
    from shared.runtime.settings import Settings

_MEBIBYTE = 1024 * 1024
_AREA = "evidence"


@cache
def evidence_store(settings: Settings, service: str) -> FileStore:
    """Return the store of `service`.

    Each service has an area of its own, so that it may forget what nobody used without asking the
    others; what is kept for all of them lies above these areas and is only read.
    """
    limit, types = settings.upload_limit_mib * _MEBIBYTE, settings.evidence_types
    if not settings.evidence_bucket:
        folder = (settings.data_dir or default_data_dir()) / _AREA
        return FolderStore(folder / service, limit, types, common=FolderStore(folder))
    # The client library is large and loaded only where a bucket is used.
    from shared.files.bucket import BucketStore  # noqa: PLC0415

    bucket, endpoint = settings.evidence_bucket, settings.evidence_endpoint
    common = BucketStore(bucket, _AREA, endpoint)
    return BucketStore(bucket, f"{_AREA}/{service}", endpoint, limit, types, common=common)
