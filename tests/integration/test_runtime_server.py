"""The web server refuses new guests, lets those inside finish, and says so to the router first."""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from shared.runtime.processes import Readiness, Supervisor
from shared.runtime.server import AddressInUseError, Dispatcher, Probe, WebUnit

PATIENCE = 60.0
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class SlowApp:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def __call__(self, _environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self.entered.set()
        self.leave.wait(PATIENCE)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"finished " * 1000]


def named(name: str) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{name} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]

    return app


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def never_fails(name: str, error: BaseException) -> None:
    pytest.fail(f"{name}: {error!r}")


@pytest.fixture
def serve() -> Iterator[Callable[..., WebUnit]]:
    units: list[WebUnit] = []

    def start(application: Any) -> WebUnit:
        unit = WebUnit(application, "127.0.0.1", 0)
        unit.start(never_fails)
        units.append(unit)
        return unit

    yield start
    for unit in units:
        unit.stop(time.monotonic() + PATIENCE)


def test_paths_go_to_their_application_unstripped(serve: Callable[..., WebUnit]) -> None:
    dispatcher = Dispatcher(
        {"/target": named("target"), "/oversight": named("oversight")},
        named("root"),
        Readiness(),
    )
    port = serve(dispatcher).port
    assert get(port, "/target/api/v1") == (200, "target |/target/api/v1")
    assert get(port, "/target") == (200, "target |/target")
    assert get(port, "/targets") == (200, "root |/targets")
    assert get(port, "/") == (200, "root |/")
    assert get(port, "/public/target/") == (200, "root |/public/target/")


def test_readiness_goes_first_while_pages_are_still_served(serve: Callable[..., WebUnit]) -> None:
    readiness = Readiness()
    port = serve(Dispatcher({"/target": named("target")}, named("root"), readiness)).port
    assert get(port, "/target/readyz")[0] == 200
    readiness.close()
    assert get(port, "/target/readyz")[0] == 503
    assert get(port, "/target/healthz")[0] == 200
    assert get(port, "/target/projects")[0] == 200


def test_probe_answers_health_readiness_and_metrics(serve: Callable[..., WebUnit]) -> None:
    readiness = Readiness()
    port = serve(Probe(readiness)).port
    assert get(port, "/target/healthz")[0] == 200
    assert get(port, "/target/readyz")[0] == 200
    assert "process_resident_memory_bytes" in get(port, "/target/metrics")[1]
    assert get(port, "/target/")[0] == 404
    readiness.close()
    assert get(port, "/target/readyz")[0] == 503


def test_a_running_request_is_finished_and_sent_before_the_end() -> None:
    app = SlowApp()
    unit = WebUnit(app, "127.0.0.1", 0)
    supervisor = Supervisor(Readiness())
    supervisor.start([unit])
    port = unit.port
    answers: list[tuple[int, str]] = []
    guest = threading.Thread(target=lambda: answers.append(get(port, "/")))
    guest.start()
    assert app.entered.wait(PATIENCE)
    stopping = threading.Thread(target=supervisor.stop)
    stopping.start()
    deadline = time.monotonic() + PATIENCE
    while not refused(port):
        assert time.monotonic() < deadline, "the door stayed open"
    assert stopping.is_alive()
    app.leave.set()
    stopping.join(PATIENCE)
    guest.join(PATIENCE)
    assert not stopping.is_alive()
    assert answers == [(200, "finished " * 1000)]


def test_the_last_answer_on_a_kept_connection_says_so() -> None:
    """A router's connection that is idle as the process stops still gets its next request done."""
    unit = WebUnit(named("app"), "127.0.0.1", 0)
    supervisor = Supervisor(Readiness())
    supervisor.start([unit])
    with closing(http.client.HTTPConnection("127.0.0.1", unit.port, timeout=PATIENCE)) as router:
        assert asked(router).getheader("Connection") is None
        stopping = threading.Thread(target=supervisor.stop)
        stopping.start()
        deadline = time.monotonic() + PATIENCE
        while not refused(unit.port):
            assert time.monotonic() < deadline, "the door stayed open"
        last = asked(router)
        assert (last.status, last.getheader("Connection")) == (200, "close")
    stopping.join(PATIENCE)
    assert not stopping.is_alive()


def asked(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    connection.request("POST", "/", b"x")
    answer = connection.getresponse()
    answer.read()
    return answer


def test_who_waits_at_the_door_as_it_is_shut_is_let_in() -> None:
    unit = WebUnit(named("app"), "127.0.0.1", 0)
    unit.start(never_fails)
    server = unit._server
    arrived, shut = threading.Event(), threading.Event()

    def hold() -> None:  # in the server's own loop: nobody is let in meanwhile
        arrived.set()
        shut.wait(PATIENCE)

    server.trigger.pull_trigger(hold)
    assert arrived.wait(PATIENCE)
    with closing(http.client.HTTPConnection("127.0.0.1", unit.port, timeout=PATIENCE)) as waiting:
        waiting.request("POST", "/", b"x")
        stopping = threading.Thread(target=unit.stop, args=(time.monotonic() + PATIENCE,))
        stopping.start()
        shut.set()
        with waiting.getresponse() as answer:
            assert answer.status == 200
    stopping.join(PATIENCE)
    assert not stopping.is_alive()


def refused(port: int) -> bool:
    try:
        with suppress(ConnectionResetError):  # the door was shut while we stood in it: ask again
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def test_an_endless_request_is_cut_off_at_the_bound() -> None:
    app = SlowApp()
    unit = WebUnit(app, "127.0.0.1", 0)
    supervisor = Supervisor(Readiness(), stop_seconds=0.2)
    supervisor.start([unit])
    guest = socket.create_connection(("127.0.0.1", unit.port), timeout=PATIENCE)
    guest.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert app.entered.wait(PATIENCE)
    supervisor.stop()
    assert guest.recv(100) == b""
    guest.close()
    app.leave.set()


def test_a_taken_port_is_said_in_one_sentence(serve: Callable[..., WebUnit]) -> None:
    taken = serve(named("first")).port
    with pytest.raises(AddressInUseError, match="WENXIAO_PORT"):
        WebUnit(named("second"), "127.0.0.1", taken).start(never_fails)
