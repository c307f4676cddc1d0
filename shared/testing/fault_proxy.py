"""A TCP proxy that misbehaves on demand: delays, swallows, cuts in the middle of a frame."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class FaultProxy:
    """Stands between a client and `target`. Faults act on all present and later connections.

    `delay_answers` holds back what the server sends, in seconds; `swallow_requests` reads what the
    client sends and drops it; `cut_after` ends all connections after that many more bytes from
    the client, as a rule in the middle of a frame.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.delay_answers = 0.0
        self.swallow_requests = False
        self.cut_after: int | None = None
        self.connections = 0

    @property
    def port(self) -> int:
        """The local port clients connect to."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        """Start to accept."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop accepting and end all connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def heal(self) -> None:
        """Behave from now on."""
        self.delay_answers = 0.0
        self.swallow_requests = False
        self.cut_after = None

    def cut(self) -> None:
        """End all present connections."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self.connections += 1
            with self._lock:
                self._sockets |= {client, server}
            for work in (self._carry_requests, self._carry_answers):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _carry_requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := client.recv(65536):
                if self.swallow_requests:
                    continue
                if self.cut_after is not None:
                    kept = content[: self.cut_after]
                    self.cut_after -= len(kept)
                    server.sendall(kept)
                    if self.cut_after <= 0:
                        break
                    continue
                server.sendall(content)
        self._end(client, server)

    def _carry_answers(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := server.recv(65536):
                if self.delay_answers:
                    time.sleep(self.delay_answers)
                client.sendall(content)
        self._end(client, server)

    def _end(self, *sockets: socket.socket) -> None:
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
