import asyncio
import threading
import time

import pytest

from dmtdr_tf.serving.admission import Admission
from dmtdr_tf.serving.serving_error import ServingError


def test_refuses_what_would_wait_too_long():
    async def main():
        admission, gate = Admission(workers=1, queue=2), threading.Event()
        tasks = [
            asyncio.create_task(admission.run(gate.wait, None))
            for _ in range(3)
        ]
        await asyncio.sleep(0.05)
        with pytest.raises(ServingError, match="queue is full") as caught:
            await admission.run(gate.wait, None)
        assert caught.value.code == "RESOURCE_EXHAUSTED"
        assert caught.value.http_status == 503
        gate.set()
        assert await asyncio.gather(*tasks) == [True] * 3
        # There is room again.
        assert await admission.run(lambda: 7, None) == 7
        await admission.drain()

    asyncio.run(main())


def test_workers_run_at_once():
    async def main():
        admission = Admission(workers=3, queue=0)
        # Opens when three have come: with fewer at once it would break.
        barrier = threading.Barrier(3, timeout=20)
        tasks = [admission.run(barrier.wait, None) for _ in range(3)]
        assert sorted(await asyncio.gather(*tasks)) == [0, 1, 2]

    asyncio.run(main())


def test_what_waits_is_dropped_and_what_runs_keeps_its_place():
    async def main():
        admission, gate, ran = Admission(1, 1), threading.Event(), []

        def slow():
            ran.append("slow")
            gate.wait(20)

        with pytest.raises(ServingError, match="time for this request") as late:
            await admission.run(slow, 0.05)
        assert late.value.code == "DEADLINE_EXCEEDED"
        # It still runs: one place is left, and the waiting one goes away.
        waiting = asyncio.create_task(
            admission.run(lambda: ran.append("dropped"), None)
        )
        await asyncio.sleep(0.05)
        with pytest.raises(ServingError, match="full"):
            await admission.run(lambda: None, None)
        waiting.cancel()
        await asyncio.sleep(0.05)
        last = asyncio.create_task(
            admission.run(lambda: ran.append("last"), None)
        )
        await asyncio.sleep(0.05)
        gate.set()
        await last
        await admission.drain()
        assert ran == ["slow", "last"]

    asyncio.run(main())


def test_draining_waits_for_what_runs():
    async def main():
        admission, done = Admission(1, 4), []

        def slow():
            time.sleep(0.05)
            done.append(1)

        tasks = [
            asyncio.create_task(admission.run(slow, None)) for _ in range(3)
        ]
        await asyncio.sleep(0)
        await admission.drain()
        assert len(done) == 3
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_errors_of_the_work_come_back():
    async def main():
        with pytest.raises(ZeroDivisionError):
            await Admission(1, 0).run(lambda: 1 / 0, None)

    asyncio.run(main())
