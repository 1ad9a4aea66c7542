"""A bounded queue before the model."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from dmtdr_tf.serving.serving_error import ServingError

Result = TypeVar("Result")


class Admission:
    """Runs work on a few threads and refuses what would wait too long.

    All methods belong to one event loop.

    Args:
        workers: Pieces of work that run at once.
        queue: Pieces of work that may wait besides.

    Example:
    >>> admission = Admission(workers=2, queue=16)
    >>> answer = await admission.run(lambda: model.predict(...), timeout=30)
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
        """Runs a piece of work, and waits for it.

        Where the caller is cancelled or its time is over, work that waits is
        dropped. Work that runs is not stopped, and keeps its place till then.

        Args:
            work: What to run on a thread.
            timeout: Seconds; None for no limit.

        Returns:
            What the work returned.

        Raises:
            ServingError: `RESOURCE_EXHAUSTED` where the queue is full,
                `DEADLINE_EXCEEDED`, or what the work raised.
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
        """Waits until nothing runs and nothing waits."""
        await self._idle.wait()
        self._threads.shutdown()

    def _leave(self) -> None:
        self._pending -= 1
        if not self._pending:
            self._idle.set()
