"""The web server: waitress over one or several Flask applications, with an orderly end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

from shared.errors import UnavailableError
from shared.observability.metrics import WEB_THREADS, render_metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from shared.runtime.processes import Readiness

THREADS = 12
POLL_SECONDS = 0.05
LINGER_SECONDS = 1.0
"""How long a connection without a request is kept after the door is shut, for one on its way."""

_LOG = structlog.get_logger(__name__)


class AddressInUseError(UnavailableError):
    """The port cannot be listened on."""

    code = "address_in_use"
    sentence = (
        "无法在 {host}:{port} 上提供服务（{reason}）；"
        "请停止占用该端口的程序，或者用 WENXIAO_PORT 换一个端口。"
    )


class Dispatcher:
    """One origin for several applications: by path prefix, the rest to the default one.

    Each application knows its full paths, so nothing is stripped. While the process is on its way
    out every `/readyz` answers 503, whatever the application thinks.
    """

    def __init__(
        self,
        applications: Mapping[str, WSGIApplication],
        default: WSGIApplication,
        readiness: Readiness,
    ) -> None:
        """`applications` maps a prefix (`/target`) to its application."""
        self._applications = dict(applications)
        self._default = default
        self._readiness = readiness

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to its application."""
        path = str(environ.get("PATH_INFO", ""))
        if path.endswith("/readyz") and not self._readiness.ready:
            return plain(start_response, "503 Service Unavailable", "stopping\n")
        prefix = "/" + path.split("/", 2)[1] if path.startswith("/") else ""
        return self._applications.get(prefix, self._default)(environ, start_response)


class Probe:
    """What a process without pages answers: health, readiness and metrics, under any prefix."""

    def __init__(self, readiness: Readiness) -> None:
        """Answer for the process `readiness` belongs to."""
        self._readiness = readiness

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer by the last part of the path."""
        match str(environ.get("PATH_INFO", "")).rpartition("/")[2]:
            case "metrics":
                body, content_type = render_metrics()
                start_response("200 OK", [("Content-Type", content_type)])
                return [body]
            case "healthz":
                return plain(start_response, "200 OK", "ok\n")
            case "readyz" if self._readiness.ready:
                return plain(start_response, "200 OK", "ready\n")
            case "readyz":
                return plain(start_response, "503 Service Unavailable", "stopping\n")
        return plain(start_response, "404 Not Found", "not found\n")


def plain(start_response: StartResponse, status: str, body: str) -> list[bytes]:
    """Answer with a short plain text for machines."""
    content = body.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content)))]
    start_response(status, headers)
    return [content]


class WebUnit:
    """Waitress as a unit: `start` listens, `stop` closes the door and lets the guests finish."""

    name = "web"

    def __init__(
        self,
        application: WSGIApplication,
        host: str,
        port: int,
        needs: tuple[str, ...] = (),
        threads: int = THREADS,
    ) -> None:
        """Listen on `host` and `port` (0: any free port) once started."""
        self.needs = needs
        self._application = application
        self._host, self._port, self._threads = host, port, threads
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._door_open = True

    @property
    def port(self) -> int:
        """The port really listened on."""
        return int(self._server.effective_port)

    def start(self, failed: Callable[[str, BaseException], None]) -> None:
        """Listen; raise `AddressInUseError` when the address cannot be used."""
        from waitress.server import create_server  # noqa: PLC0415 (only processes that serve)

        from shared.runtime.draining import DrainedChannel  # noqa: PLC0415

        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            listener = socket.create_server((self._host, self._port), family=family)
        except (OSError, OverflowError) as error:
            raise AddressInUseError(host=self._host, port=self._port, reason=error) from error
        self._server = create_server(  # type: ignore[no-untyped-call]
            self._application,
            sockets=[listener],
            threads=self._threads,
            ident=None,
            channel_timeout=60,
            clear_untrusted_proxy_headers=False,  # each application believes one hop or none
        )
        WEB_THREADS.set(self._threads)
        self._server.channel_class = DrainedChannel
        self._thread = threading.Thread(
            target=self._serve, args=(failed,), name=self.name, daemon=True
        )
        self._thread.start()

    def _serve(self, failed: Callable[[str, BaseException], None]) -> None:
        try:
            self._server.run()
        except Exception as error:  # noqa: BLE001 (reported to the supervisor)
            failed(self.name, error)
            return
        if not self._stopping:
            failed(self.name, RuntimeError("the web server ended by itself"))

    def stop(self, deadline: float) -> None:
        """Refuse new connections, let running requests end and be sent until `deadline`, close."""
        if self._server is None or self._thread is None:
            return
        self._stopping = True
        trigger = self._server.trigger
        trigger.pull_trigger(self._close_door)
        lingering = min(deadline, time.monotonic() + LINGER_SECONDS)
        while self._door_open or (self._occupied() and time.monotonic() < lingering):
            time.sleep(POLL_SECONDS)
        while self._busy() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if self._busy():
            _LOG.warning("requests cut off at the end of the stopping time")
        trigger.pull_trigger(self._close_everything)
        self._thread.join(max(1.0, deadline - time.monotonic()))
        self._server.task_dispatcher.shutdown(timeout=1)

    def _close_door(self) -> None:
        from shared.runtime.draining import shut_door  # noqa: PLC0415 (as above)

        shut_door(self._server)
        self._door_open = False

    def _close_everything(self) -> None:
        """Empty the loop's map: with nothing left to watch, it ends."""
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.trigger.close()

    def _occupied(self) -> bool:
        return bool(self._server.active_channels)

    def _busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(
            channel.request or channel.requests or channel.total_outbufs_len for channel in channels
        )
