"""The configuration of nginx that makes one origin of four services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from services.registry import ROOT_SERVICE, all_modules

if TYPE_CHECKING:
    from shared.runtime.settings import Settings

SERVICE_PORT = 8080
FORM_MIB = 1
"""Room for the form around an uploaded file."""

_SERVER = """\
{upstreams}
server {{
    listen {listen};
    server_tokens off;
    client_max_body_size {limit}m;

    # What only operations may see is asked of the processes themselves.
    location ~ ^/[a-z]+/(metrics|healthz|readyz)$ {{
        return 404;
    }}
{locations}}}
"""
_UPSTREAM = """\
upstream wenxiao_{name} {{
{servers}
    keepalive 16;
}}
"""
_SEVERAL = " max_fails=0"
_LOCATION = """\

    location {path} {{
        proxy_pass http://wenxiao_{name};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 1s;
        proxy_read_timeout 120s;
        proxy_next_upstream error timeout;
    }}
"""


def nginx_configuration(
    settings: Settings, listen: int, upstreams: Mapping[str, Sequence[str]]
) -> str:
    """Return a file for nginx's `http` block; `upstreams` maps business names to hosts and ports.

    A service not named there is looked for at `wenxiao-<business name>` on its usual port. Of
    several processes none is left out for having refused: while one after the other is restarted,
    the next may stop before the last is tried again, and then nobody would be asked at all.
    """
    servers, locations = [], []
    for module in all_modules():
        name = module.business
        addresses = upstreams.get(name, (f"wenxiao-{name}:{SERVICE_PORT}",))
        several = _SEVERAL if len(addresses) > 1 else ""
        lines = "\n".join(f"    server {address}{several};" for address in addresses)
        servers.append(_UPSTREAM.format(name=name, servers=lines))
        if module.name == ROOT_SERVICE:
            locations.append(_LOCATION.format(path="/", name=name))
        else:
            locations.append(_LOCATION.format(path=f"= /{name}", name=name))
            locations.append(_LOCATION.format(path=f"/{name}/", name=name))
    return _SERVER.format(
        upstreams="".join(servers),
        listen=listen,
        limit=settings.upload_limit_mib + FORM_MIB,
        locations="".join(locations),
    )
