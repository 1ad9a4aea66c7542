"""A bounded number of requests that are still arriving."""

import asyncio
import collections
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["Upload", "Uploads"]

# Seconds that an upload is safe from newer ones.
_SAFE = 1.0
_POLL = 0.05


@dataclasses.dataclass(eq=False)
class Upload:
    """A request that is arriving.

    Args:
        start: Its start, in the event loop's seconds.
        give_up: Ends it.
        peer: The connection that it comes by; empty for one of its own.
    """

    start: float
    give_up: Callable[[], object]
    peer: str = ""


class Uploads:
    """Gives a place to each request while it arrives.

    The number of places bounds the memory. If all are taken, the next request
    is one of the connection that has the fewest, the newest of them, and the
    one that has been arriving longest gives way to it: connections that stall
    lose their place to those that send.

    Args:
        places: Requests that may arrive at once.
        timeout: Seconds for a request to arrive.

    Example:
    >>> async def read():
    ...     async with Uploads(places=8, timeout=10).place():
    ...         return "body"
    >>> asyncio.run(read())
    'body'
    """

    def __init__(self, places: int, timeout: float):
        self.timeout = timeout
        self._places = places
        self._uploads: list[Upload] = []
        self._waiting: list[Upload] = []

    @property
    def count(self) -> int:
        """Requests that are arriving."""
        return len(self._uploads)

    async def enter(
        self, give_up: Callable[[], object], peer: str = ""
    ) -> Upload:
        """Waits for a place and takes it.

        Args:
            give_up: Called if the request must give way to another one.
            peer: The connection that it comes by; empty for one of its own.

        Returns:
            The place, for `leave`.
        """
        loop = asyncio.get_running_loop()
        upload = Upload(loop.time(), give_up, peer)
        self._waiting.append(upload)
        try:
            while not self._has_room(upload, loop.time()):
                await asyncio.sleep(_POLL)
        finally:
            self._waiting.remove(upload)
        upload.start = loop.time()
        self._uploads.append(upload)
        return upload

    def _has_room(self, upload: Upload, now: float) -> bool:
        is_full = len(self._uploads) >= self._places
        if is_full and now - self._uploads[0].start < _SAFE:
            return False
        if self._next() is not upload:
            return False
        if is_full:
            oldest = self._uploads[0]
            self.leave(oldest)
            oldest.give_up()
        return True

    def _next(self) -> Upload:
        """The newest waiting request of the connection with the fewest."""
        known = [*self._waiting, *self._uploads]
        counts = collections.Counter(upload.peer for upload in known)
        counts[""] = 1
        return min(
            reversed(self._waiting), key=lambda upload: counts[upload.peer]
        )

    def leave(self, upload: Upload | None) -> None:
        """Frees a place; a place that is free already stays so.

        Args:
            upload: From `enter`.
        """
        if upload in self._uploads:
            self._uploads.remove(upload)

    @contextlib.asynccontextmanager
    async def place(self, peer: str = "") -> AsyncIterator[None]:
        """Takes a place for the time of the block.

        Args:
            peer: As in `enter`.

        Raises:
            ServingError: `DEADLINE_EXCEEDED`: the block took longer than the
                timeout, or had to give way to another request.
        """
        loop = asyncio.get_running_loop()
        upload = None
        try:
            async with asyncio.timeout(self.timeout) as limit:
                upload = await self.enter(
                    lambda: limit.reschedule(loop.time()), peer
                )
                yield
        except TimeoutError:
            raise ServingError(
                "DEADLINE_EXCEEDED", "the body did not arrive in time", 408
            ) from None
        finally:
            self.leave(upload)
