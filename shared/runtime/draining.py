"""Letting connections go at the end of a web process, without a request lost on any of them.

A router keeps connections open and sends its next request on one of them. If the process simply
closed them, a request already on its way would be lost, and one that changes something must not be
sent again. So the last answer on each connection says that there will be no further one.
"""

from __future__ import annotations

from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

LONGEST_QUEUE = 2048
"""More connections than the system lets wait at the door."""


class LastAnswerTask(WSGITask):
    """Says `Connection: close` once the door is shut."""

    def build_response_header(self) -> bytes:
        """Return the head of the answer."""
        if not self.channel.server.accepting:
            self.set_close_on_finish()
        head: bytes = super().build_response_header()  # type: ignore[no-untyped-call]
        return head


class DrainedChannel(HTTPChannel):
    """A connection that ends with an answer saying so."""

    task_class = LastAnswerTask


def shut_door(server: Any) -> None:  # noqa: ANN401 (waitress is untyped)
    """Take in whoever stands at the door of `server`, then let nobody come any more.

    Runs in the server's own loop. What waits in the system's queue when a listening socket is
    closed is reset, together with the request it may have sent already.
    """
    for _ in range(LONGEST_QUEUE):
        inside = len(server.active_channels)
        server.handle_accept()
        if len(server.active_channels) == inside:
            break
    server.accepting = False
    server.del_channel()
    server.socket.close()
