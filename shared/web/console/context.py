"""What every page of the console knows: who is signed in, the menu, the day, its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType
from typing import Any

from flask import Blueprint, Flask, g, request, url_for
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.security import safe_join

from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.clock import Clock
from shared.runtime.module import MenuGroup
from shared.terms import labels
from shared.web.console.formats import FILTERS, date_zh
from shared.web.console.forms import field_id
from shared.web.console.notices import Notice, install_notices, take_notice
from shared.web.csrf import csrf_token
from shared.web.identity import current_actor

WEB = Path(__file__).parents[1]
STATIC = WEB / "static"
PRODUCT = "问效"
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One menu line as this actor sees it."""

    title: str
    path: str
    icon: str
    active: bool


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """One menu group with at least one line this actor may open."""

    title: str
    entries: tuple[ShownEntry, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """What `templates/shell/base.html` draws around every page, as `shell`."""

    product: str
    service_title: str
    region_name: str
    version: str
    actor: Actor
    unit_name: str
    menu: tuple[ShownGroup, ...]
    path: str
    correlation_id: str
    rehearsal: str  # the banner's text; empty in real time
    notice: Notice | None


def register_console(
    app: Flask,
    *,
    title: str,
    clock: Clock,
    menu: Sequence[MenuGroup],
    region_name: str,
    url_prefix: str = "",
    unit_name: Callable[[Actor], str] = lambda _actor: "",
) -> None:
    """Give `app` the shell: templates, static files, filters and the page context.

    Static files answer under `<url_prefix>/static/console/…`; endpoint `shell.static`.
    `unit_name` names the actor's unit from the service's own copy of the directory.
    """
    app.register_blueprint(
        _ShellFiles(
            "shell",
            __name__,
            template_folder=str(WEB / "templates"),
            static_folder=str(STATIC),
            static_url_path=f"{url_prefix}/static/console",
        )
    )
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        asset=cache(asset),  # a page names fifty, and each address takes as long as a small query
        field_id=field_id,
        csrf_token=csrf_token,
        label_for=label_for,
    )
    install_notices(app)
    app.jinja_env.bytecode_cache = _COMPILED
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(
        lambda: console_context(
            title=title, clock=clock, menu=menu, region_name=region_name, unit_name=unit_name
        )
    )


class _CompiledTemplates(BytecodeCache):
    """Compiled templates of this process: what one service has compiled serves the others too."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _CompiledTemplates()


class _ShellFiles(Blueprint):
    """Static files named with their content's hash never change, so browsers keep them a year."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how many seconds a browser may keep `filename` as it was asked for."""
        asked = request.args.get("v")
        path = safe_join(str(STATIC), filename) if filename and asked else None
        if path is None or not Path(path).is_file():
            return None
        return YEAR_SECONDS if asked == _content_hash(str(filename)) else None


def console_context(
    *,
    title: str,
    clock: Clock,
    menu: Sequence[MenuGroup],
    region_name: str,
    unit_name: Callable[[Actor], str],
) -> dict[str, Any]:
    """Return the template variables `shell` and `today` for the request being answered."""
    actor = current_actor()
    today = clock.today()
    rehearsal = f"演练日期：{date_zh(today)}（示例数据）" if clock.is_rehearsal else ""
    return {
        "today": today,
        "shell": Shell(
            product=PRODUCT,
            service_title=title,
            region_name=region_name,
            version=_version(),
            actor=actor,
            unit_name=unit_name(actor) if actor.roles else "",
            menu=shown_menu(menu, actor, request.path),
            path=request.path,
            correlation_id=g.get("correlation_id", ""),
            rehearsal=rehearsal,
            notice=take_notice(),
        ),
    }


def shown_menu(menu: Sequence[MenuGroup], actor: Actor, path: str) -> tuple[ShownGroup, ...]:
    """Return the groups and lines `actor` may open; the longest path above `path` is active."""
    allowed = [
        (group, [entry for entry in group.entries if is_allowed(actor, entry.permission)])
        for group in menu
    ]
    above = [
        entry.path
        for _group, entries in allowed
        for entry in entries
        if path == entry.path or path.startswith(f"{entry.path.rstrip('/')}/")
    ]
    active = max((each for each in above if each != "/" or path == "/"), key=len, default="")
    return tuple(
        ShownGroup(
            group.title,
            tuple(
                ShownEntry(entry.title, entry.path, entry.icon or group.icon, entry.path == active)
                for entry in entries
            ),
        )
        for group, entries in allowed
        if entries
    )


def label_for(kind: str, value: str) -> str:
    """Return the label of a stored value, empty for none."""
    return labels(kind).get(value, "")


def asset(name: str) -> str:
    """Return the address of static file `name` with its content's hash, so it may be kept long."""
    return url_for("shell.static", filename=name, v=_content_hash(name))


@cache
def _content_hash(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


@cache
def _version() -> str:
    try:
        return version("wenxiao")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return ""
