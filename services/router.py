"""The configuration of nginx that makes one origin of four services."""

from __future__ import annotations

from collections.abc import Mapping
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
    server {address};
    keepalive 16;
}}
"""
_LOCATION = """\

    location {path} {{
        proxy_pass http://wenxiao_{name};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_read_timeout 120s;
        proxy_next_upstream error timeout;
    }}
"""


def nginx_configuration(settings: Settings, listen: int, upstreams: Mapping[str, str]) -> str:
    """Return a file for nginx's `http` block; `upstreams` maps business names to host and port.

    A service not named there is looked for at `wenxiao-<business name>` on its usual port.
    """
    servers, locations = [], []
    for module in all_modules():
        name = module.business
        address = upstreams.get(name, f"wenxiao-{name}:{SERVICE_PORT}")
        servers.append(_UPSTREAM.format(name=name, address=address))
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
