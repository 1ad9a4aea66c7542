"""Runs one part of the campaign."""

import concurrent.futures
import pathlib
import queue
import tempfile
import threading
import time
from typing import Any

from campaign.journal import Journal
from campaign.outcome import Outcome
from campaign.parts import Part
from campaign.tally import machine, tally
from campaign.worker import Worker

__all__ = ["run"]


def run(
    part: Part,
    count: int,
    seed: int,
    shared: pathlib.Path,
    first: int = 0,
    journal: Journal | None = None,
) -> dict[str, Any]:
    """Judges every input of a part in worker processes.

    Args:
        part: The part.
        count: Number of inputs.
        seed: Seed of all inputs; an input follows from it and its number.
        shared: Folder for what runs share: small models and their data.
        first: Number of the first input.
        journal: Keeps each outcome; inputs that it has are not repeated.

    Returns:
        The part's counts, as in the file of results.
    """
    started = time.monotonic()
    outcomes = dict(journal.outcomes) if journal else {}
    wanted = range(first, first + count)
    left = [index for index in wanted if index not in outcomes]
    lock = threading.Lock()
    workers: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    threads = max(1, min(part.workers, len(left)))
    with tempfile.TemporaryDirectory(prefix="campaign-") as scratch:
        started_workers = []
        for number in range(threads):
            folder = pathlib.Path(scratch, str(number))
            folder.mkdir()
            arguments = {"seed": seed, "folder": folder, "shared": shared}
            started_workers.append(Worker(part.module, arguments, part.limit))
            workers.put(started_workers[-1])

        def judge(index: int) -> None:
            worker = workers.get()
            try:
                outcome = worker.judge(index)
            finally:
                workers.put(worker)
            with lock:
                outcomes[index] = outcome
                if journal:
                    journal.add(index, outcome)

        try:
            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                list(pool.map(judge, left))
        finally:
            for worker in started_workers:
                worker.stop()
    seconds = time.monotonic() - started
    ordered: list[Outcome | None] = [outcomes.get(i) for i in wanted]
    return tally(ordered, first) | {
        "seed": seed,
        "seconds": round(seconds, 1),
        "resumed": count - len(left),
        "machine": machine(),
    }
