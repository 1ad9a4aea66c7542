"""uvicorn's HTTP/1.1 with a limit of time for what it waits for by itself."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["TimedProtocol"]

_EVERY = 0.5


class TimedProtocol(H11Protocol):
    """Closes connections that send no request or do not read their answer.

    uvicorn waits for the head of a request, and for an answer to be read,
    without a limit. If there are too many connections, the one that has been
    idle longest is closed.

    Args:
        most: Connections at once.
        read_timeout: Seconds for the head of a request to arrive.
        write_timeout: Seconds without progress in reading an answer.
        **options: Those of `H11Protocol`.
    """

    def __init__(
        self,
        *,
        most: int,
        read_timeout: float,
        write_timeout: float,
        **options: Any,
    ):
        super().__init__(**options)
        self._most = most
        self._timeouts = read_timeout, write_timeout
        self._timer: asyncio.TimerHandle | None = None
        self._unread = 0
        self.idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Starts the timer, and makes room where there are too many."""
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        self._timer = self.loop.call_later(_EVERY, self._check)
        if len(self.connections) > self._most:
            idle = [
                connection
                for connection in self.connections
                if isinstance(connection, TimedProtocol) and connection.is_idle
            ]
            min(idle, key=lambda other: other.idle_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the timer."""
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begins to wait for the answer to be read and the next request.

        A client that has sent its next request already is disconnected: no
        usual client does so, and one could send thousands at once.
        """
        self.idle_since = self.loop.time()
        pipelined, _ = self.conn.trailing_data
        if pipelined and self.conn.their_state is h11.DONE:
            self.transport.close()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _check(self) -> None:
        now = self.loop.time()
        unread = self.transport.get_write_buffer_size()
        read_timeout, write_timeout = self._timeouts
        if unread:
            # Reading any of it counts as progress.
            waits = unread >= self._unread > 0
            limit = write_timeout
        else:
            waits = self.is_idle
            limit = read_timeout
        if not waits:
            self.idle_since = now
        self._unread = unread
        if now - self.idle_since >= limit:
            self.transport.abort()
            return
        self._timer = self.loop.call_later(_EVERY, self._check)
