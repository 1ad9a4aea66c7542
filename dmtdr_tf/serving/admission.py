"""A bounded queue in front of the model, small photographs first."""

import asyncio
import concurrent.futures
import dataclasses
import functools
import heapq
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["LARGE", "Admission"]

Result = TypeVar("Result")

# Work that costs more is large: megapixels of a request's photographs.
LARGE = 10.0


@dataclasses.dataclass(order=True)
class _Waiting:
    """Work that waits for a thread; the cheapest is first in a heap."""

    cost: float
    number: int
    work: Callable[[], Any] = dataclasses.field(compare=False)
    result: asyncio.Future[Any] = dataclasses.field(compare=False)

    @property
    def is_large(self) -> bool:
        return self.cost > LARGE


class Admission:
    """Runs work on a few threads, and refuses work when its queue is full.

    Cheap work runs before expensive work. Large work takes at most half of
    the places, and one thread at a time: whoever sends many huge photographs
    neither fills the queue nor multiplies the memory. All methods belong to
    one event loop.

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
        self._workers = workers
        self._capacity = workers + queue
        self._waiting: list[_Waiting] = []
        self._running: list[_Waiting] = []
        self._numbers = itertools.count()
        self._idle = asyncio.Event()
        self._idle.set()
        self._threads = concurrent.futures.ThreadPoolExecutor(
            workers, thread_name_prefix="model"
        )

    @property
    def pending(self) -> int:
        """Pieces of work that run or wait."""
        return len(self._waiting) + len(self._running)

    async def run(
        self,
        work: Callable[[], Result],
        timeout: float | None,
        cost: float = 0.0,
    ) -> Result:
        """Runs a piece of work and waits for its result.

        If the caller is cancelled or runs out of time, waiting work is
        dropped. Running work is not interrupted, and counts until it ends.

        Args:
            work: The function to run on a thread.
            timeout: Seconds; None for no limit.
            cost: Megapixels of its photographs.

        Returns:
            The function's result.

        Raises:
            ServingError: `RESOURCE_EXHAUSTED` if the queue is full,
                `DEADLINE_EXCEEDED` after `timeout`, or what the function
                raised.
        """
        result = asyncio.get_running_loop().create_future()
        entry = _Waiting(cost, next(self._numbers), work, result)
        self._check_room(entry)
        heapq.heappush(self._waiting, entry)
        self._idle.clear()
        self._start()
        try:
            return await asyncio.wait_for(result, timeout)
        except TimeoutError:
            raise ServingError(
                "DEADLINE_EXCEEDED", "the time for this request is over"
            ) from None
        finally:
            self._drop(entry)

    async def drain(self) -> None:
        """Waits until no work runs or waits."""
        await self._idle.wait()
        self._threads.shutdown()

    def _check_room(self, entry: _Waiting) -> None:
        pending = [*self._waiting, *self._running]
        if len(pending) >= self._capacity:
            raise ServingError(
                "RESOURCE_EXHAUSTED", "the queue is full; try again later"
            )
        large = sum(other.is_large for other in pending)
        if entry.is_large and large >= max(1, self._capacity // 2):
            raise ServingError(
                "RESOURCE_EXHAUSTED",
                "the queue is full of large photographs; try again later, or "
                f"send photographs of less than {LARGE:g} megapixels",
            )

    def _start(self) -> None:
        """Starts the cheapest work that waits, where a thread is free."""
        while self._waiting and len(self._running) < self._workers:
            one_runs = any(other.is_large for other in self._running)
            if self._waiting[0].is_large and one_runs:
                return
            entry = heapq.heappop(self._waiting)
            self._running.append(entry)
            loop = entry.result.get_loop()
            future = self._threads.submit(entry.work)
            future.add_done_callback(functools.partial(self._tell, loop, entry))

    def _tell(
        self,
        loop: asyncio.AbstractEventLoop,
        entry: _Waiting,
        future: concurrent.futures.Future[Any],
    ) -> None:
        """Called on the thread that has computed."""
        loop.call_soon_threadsafe(self._finish, entry, future)

    def _finish(
        self, entry: _Waiting, future: concurrent.futures.Future[Any]
    ) -> None:
        self._running.remove(entry)
        if not entry.result.done():
            error = future.exception()
            if error:
                entry.result.set_exception(error)
            else:
                entry.result.set_result(future.result())
        self._start()
        self._rest()

    def _drop(self, entry: _Waiting) -> None:
        """Forgets work that nobody waits for any more."""
        if entry in self._waiting:
            self._waiting.remove(entry)
            heapq.heapify(self._waiting)
            self._rest()

    def _rest(self) -> None:
        if not self.pending:
            self._idle.set()
