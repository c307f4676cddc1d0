"""Settings from the environment, read once, frozen. `docs/settings.md` documents every one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from environs import Env, EnvError, FileAwareEnv

DEFAULT_TYPES = (
    "pdf",
    "png",
    "jpg",
    "jpeg",
    "docx",
    "wps",
    "doc",
    "xlsx",
    "et",
    "xls",
    "ofd",
    "txt",
)
"""The kinds of evidence that can be told apart by content (`shared.files.media`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set; the defaults run one computer without any setting."""

    port: int = 8080
    host: str = "127.0.0.1"
    data_dir: Path | None = None
    """Where the embedded database, keys and evidence live; unset: the system's or the user's."""
    keys_dir: Path | None = None
    """Where the private keys lie, read-only where another has made them; unset: `data_dir`/keys."""
    database_url: str = ""
    """A PostgreSQL server (any database on it); empty: the embedded one."""
    broker_url: str = ""
    """RabbitMQ (`amqp://…`); empty: the local transport."""
    rehearsal_clock: Path | None = None
    """File of the rehearsal clock; unset: real time."""
    secure_cookies: bool = False
    """Send cookies over HTTPS only; set behind TLS."""
    public_url: str = ""
    """The one origin people see, for links in papers and redirects between services."""
    region_name: str = ""
    """Name of the place shown in the page head, e.g. 岳池县."""
    log_level: str = "info"
    traces_endpoint: str = ""
    """Where a collector takes spans by OTLP over HTTP; empty: none are recorded."""
    upload_limit_mib: int = 20
    evidence_types: tuple[str, ...] = DEFAULT_TYPES
    """Endings of the files that are taken as evidence, without dot."""
    evidence_bucket: str = ""
    """Bucket of an S3 object storage for evidence; empty: the folder `evidence` of `data_dir`."""
    evidence_endpoint: str = ""
    """Address of that storage; empty: the client library's own."""
    partitions: int = 4
    """Hash-partition queues for each subscription on RabbitMQ; the same in all processes."""


def read_settings(env: Env | None = None) -> Settings:
    """Read `WENXIAO_*` from the environment; raise `environs.EnvError` naming a bad value.

    A name with `_FILE` behind it names a file that holds the value: so passwords need not stand in
    the environment of a container.
    """
    source = env or FileAwareEnv(strip_whitespace=True)
    with source.prefixed("WENXIAO_"):
        clock = source.str("REHEARSAL_CLOCK", "")
        data_dir = source.str("DATA_DIR", "")
        keys_dir = source.str("KEYS_DIR", "")
        return Settings(
            port=source.int("PORT", 8080),
            host=source.str("HOST", "127.0.0.1"),
            data_dir=Path(data_dir) if data_dir else None,
            keys_dir=Path(keys_dir) if keys_dir else None,
            database_url=source.str("DATABASE_URL", ""),
            broker_url=source.str("BROKER_URL", ""),
            rehearsal_clock=Path(clock) if clock else None,
            secure_cookies=source.bool("SECURE_COOKIES", False),
            public_url=source.str("PUBLIC_URL", ""),
            region_name=source.str("REGION_NAME", ""),
            log_level=source.str("LOG_LEVEL", "info"),
            traces_endpoint=source.str("TRACES_ENDPOINT", ""),
            upload_limit_mib=source.int("UPLOAD_LIMIT_MIB", 20),
            evidence_types=_known_types(source.list("EVIDENCE_TYPES", DEFAULT_TYPES)),
            evidence_bucket=source.str("EVIDENCE_BUCKET", ""),
            evidence_endpoint=source.str("EVIDENCE_ENDPOINT", ""),
            partitions=source.int("PARTITIONS", 4),
        )


def _known_types(asked: Sequence[str]) -> tuple[str, ...]:
    """Return `asked` in lower case, or raise `EnvError`: a kind we cannot check is never taken."""
    types = tuple(each.strip().lower().removeprefix(".") for each in asked)
    if unknown := sorted(set(types) - set(DEFAULT_TYPES)):
        known = "、".join(DEFAULT_TYPES)
        raise EnvError(f"WENXIAO_EVIDENCE_TYPES：不认识 {'、'.join(unknown)}；可选 {known}")
    return types
