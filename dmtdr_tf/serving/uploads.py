"""A bounded number of requests that are still arriving."""

import asyncio
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
    """

    start: float
    give_up: Callable[[], object]


class Uploads:
    """Gives a place to each request while it arrives.

    The number of places bounds the memory. If all are taken, the newest
    request is the next, and the one that has been arriving longest gives way
    to it: connections that stall lose their place to those that send.

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

    async def enter(self, give_up: Callable[[], object]) -> Upload:
        """Waits for a place and takes it.

        Args:
            give_up: Called if the request must give way to another one.

        Returns:
            The place, for `leave`.
        """
        loop = asyncio.get_running_loop()
        upload = Upload(loop.time(), give_up)
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
        if self._waiting[-1] is not upload:
            return False
        if len(self._uploads) < self._places:
            return True
        oldest = self._uploads[0]
        if now - oldest.start < _SAFE:
            return False
        self.leave(oldest)
        oldest.give_up()
        return True

    def leave(self, upload: Upload | None) -> None:
        """Frees a place; a place that is free already stays so.

        Args:
            upload: From `enter`.
        """
        if upload in self._uploads:
            self._uploads.remove(upload)

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Takes a place for the time of the block.

        Raises:
            ServingError: `DEADLINE_EXCEEDED`: the block took longer than the
                timeout, or had to give way to another request.
        """
        loop = asyncio.get_running_loop()
        upload = None
        try:
            async with asyncio.timeout(self.timeout) as limit:
                upload = await self.enter(lambda: limit.reschedule(loop.time()))
                yield
        except TimeoutError:
            raise ServingError(
                "DEADLINE_EXCEEDED", "the body did not arrive in time", 408
            ) from None
        finally:
            self.leave(upload)
