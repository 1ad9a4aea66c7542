"""A bounded queue in front of the model."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["Admission"]

Result = TypeVar("Result")


class Admission:
    """Runs work on a few threads, and refuses work when its queue is full.

    All methods belong to one event loop.

    Args:
        workers: Pieces of work that run at once.
        queue: Further pieces of work that may wait.

    Example:
    >>> async def answer():
    ...     admission = Admission(workers=2, queue=16)
    ...     return await admission.run(lambda: 6 * 7, timeout=30)
    >>> asyncio.run(answer())
    42
    """

    def __init__(self, workers: int, queue: int):
        self._capacity = workers + queue
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._threads = concurrent.futures.ThreadPoolExecutor(
            workers, thread_name_prefix="model"
        )

    async def run(
        self, work: Callable[[], Result], timeout: float | None
    ) -> Result:
        """Runs a piece of work and waits for its result.

        If the caller is cancelled or runs out of time, waiting work is
        dropped. Running work is not interrupted, and counts until it ends.

        Args:
            work: The function to run on a thread.
            timeout: Seconds; None for no limit.

        Returns:
            The function's result.

        Raises:
            ServingError: `RESOURCE_EXHAUSTED` if the queue is full,
                `DEADLINE_EXCEEDED` after `timeout`, or what the function
                raised.
        """
        if self._pending >= self._capacity:
            raise ServingError(
                "RESOURCE_EXHAUSTED", "the queue is full; try again later"
            )
        future = self._threads.submit(work)
        self._pending += 1
        self._idle.clear()
        loop = asyncio.get_running_loop()
        future.add_done_callback(
            lambda _: loop.call_soon_threadsafe(self._leave)
        )
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except TimeoutError:
            raise ServingError(
                "DEADLINE_EXCEEDED", "the time for this request is over"
            ) from None

    async def drain(self) -> None:
        """Waits until no work runs or waits."""
        await self._idle.wait()
        self._threads.shutdown()

    def _leave(self) -> None:
        self._pending -= 1
        if not self._pending:
            self._idle.set()
