"""Evidence in a bucket of an S3 object storage (MinIO, Ceph, a cloud's): one object a file.

Credentials are not settings of ours: the client reads `AWS_ACCESS_KEY_ID` and
`AWS_SECRET_ACCESS_KEY` itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.files.errors import StoreUnreachableError
from shared.files.store import LARGEST, FileStore
from shared.runtime.settings import DEFAULT_TYPES

_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_USUAL_REGION: Final = "us-east-1"
"""What storages without regions call theirs; `AWS_DEFAULT_REGION` names another."""


class BucketStore(FileStore):
    """Evidence as objects `<prefix>/<digest>`; an object appears whole or not at all."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        endpoint: str = "",
        limit: int = LARGEST,
        types: Iterable[str] = DEFAULT_TYPES,
        common: FileStore | None = None,
    ) -> None:
        """Keep files in `bucket`, which must exist; `endpoint` is the storage's address."""
        super().__init__(limit, types, common)
        session = boto3.session.Session()
        self._client: Any = session.client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=session.region_name or _USUAL_REGION,
            config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2}),
        )
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def _ask(self, operation: str, digest: str, **more: object) -> Any:  # noqa: ANN401 (untyped)
        """Return the storage's answer, `None` when there is no such object."""
        key = f"{self._prefix}/{digest}"
        try:
            return getattr(self._client, operation)(Bucket=self._bucket, Key=key, **more)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise StoreUnreachableError from error
        except BotoCoreError as error:
            raise StoreUnreachableError from error

    def _has(self, digest: str) -> bool:
        return self._ask("head_object", digest) is not None

    def _load(self, digest: str) -> bytes | None:
        answer = self._ask("get_object", digest)
        if answer is None:
            return None
        try:
            content: bytes = answer["Body"].read()
        except BotoCoreError as error:
            raise StoreUnreachableError from error
        return content

    def _save(self, digest: str, content: bytes) -> None:
        if self._ask("put_object", digest, Body=content) is None:
            raise StoreUnreachableError  # the bucket itself is missing

    def _drop(self, digest: str) -> None:
        self._ask("delete_object", digest)
