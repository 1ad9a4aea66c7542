"""Runs one part of the campaign."""

import concurrent.futures
import pathlib
import queue
import tempfile
import time
from typing import Any

from campaign.outcome import Outcome
from campaign.parts import Part
from campaign.tally import machine, tally
from campaign.worker import Worker

__all__ = ["run"]


def run(
    part: Part, count: int, seed: int, shared: pathlib.Path, first: int = 0
) -> dict[str, Any]:
    """Judges every input of a part in worker processes.

    Args:
        part: The part.
        count: Number of inputs.
        seed: Seed of all inputs; an input follows from it and its number.
        shared: Folder for what runs share: small models and their data.
        first: Number of the first input.

    Returns:
        The part's counts, as in the file of results.
    """
    started = time.monotonic()
    workers: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    threads = max(1, min(part.workers, count))
    with tempfile.TemporaryDirectory(prefix="campaign-") as scratch:
        made = []
        for number in range(threads):
            folder = pathlib.Path(scratch, str(number))
            folder.mkdir()
            arguments = {"seed": seed, "folder": folder, "shared": shared}
            made.append(Worker(part.module, arguments, part.limit))
            workers.put(made[-1])

        def judge(index: int) -> Outcome:
            worker = workers.get()
            try:
                return worker.judge(index)
            finally:
                workers.put(worker)

        try:
            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                outcomes = list(pool.map(judge, range(first, first + count)))
        finally:
            for worker in made:
                worker.stop()
    seconds = time.monotonic() - started
    return tally(outcomes, first) | {
        "seed": seed,
        "seconds": round(seconds, 1),
        "machine": machine(),
    }
