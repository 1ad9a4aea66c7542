"""Measures the time and memory of a model, in a process of its own."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.runner_type import runner_type

__all__ = ["MAX_RUNS", "MIN_RUNS", "Cost", "measure_cost", "size_bytes"]

WARM_UP = 2
MIN_RUNS, MAX_RUNS = 5, 50
# For all timed runs together, unless that makes fewer than `MIN_RUNS`.
SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Cost:
    """The time and memory of one model with one number of threads.

    Args:
        threads: Threads it was given.
        load_seconds: Loading the file until the model is ready to run; the
            runtime was imported before.
        first_seconds: The first photograph, which compiles what is left.
        median_seconds: A photograph after warming up, the median.
        p95_seconds: The 95th percentile of the same.
        runs: Photographs that were timed.
        runtime_megabytes: Memory (resident, 1e6 bytes) of the process with
            the runtime imported and no model loaded.
        peak_megabytes: The most memory the process ever had, runtime
            included.

    Memory is read from Linux's `/proc`; both figures are None on other
    systems.
    """

    threads: int
    load_seconds: float
    first_seconds: float
    median_seconds: float
    p95_seconds: float
    runs: int
    runtime_megabytes: float | None
    peak_megabytes: float | None


def measure_cost(
    path: str | os.PathLike[str], threads: int, low_res: np.ndarray
) -> Cost:
    """Measures a model in a process that runs nothing else.

    Args:
        path: A model that `runner_type` knows.
        threads: Threads to use.
        low_res: `[1, h, w, 3]` float32 in [0, 1], run repeatedly.

    Returns:
        Times and memory.

    Raises:
        UserError: The model cannot be loaded or run.
    """
    with tempfile.TemporaryDirectory() as folder:
        photograph = pathlib.Path(folder) / "low_res.npy"
        result = pathlib.Path(folder) / "cost.json"
        np.save(photograph, low_res)
        command = [sys.executable, "-m", __name__, path, str(threads)]
        process = subprocess.run(
            [*command, photograph, result],
            # The child imports the package that this process runs.
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
        )
        if process.returncode:
            lines = process.stderr.strip().splitlines() or ["no reason given"]
            raise UserError(f"{path}: cannot be timed: {lines[-1]}")
        return Cost(**json.loads(result.read_text()))


def size_bytes(path: str | os.PathLike[str]) -> int:
    """Returns the bytes a model takes on disk, without parity reports.

    Args:
        path: Its file or folder.
    """
    path = pathlib.Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(
        file.stat().st_size
        for file in path.rglob("*")
        if file.is_file() and file.stem != "parity"
    )


def _measure(path: str, threads: int, low_res: np.ndarray) -> Cost:
    load = runner_type(path)
    runtime = _memory("VmRSS")
    start = time.perf_counter()
    run = load(path, threads)
    loaded = time.perf_counter()
    run(low_res)
    first = time.perf_counter()
    for _ in range(WARM_UP):
        run(low_res)
    times: list[float] = []
    while len(times) < MIN_RUNS or (
        len(times) < MAX_RUNS and sum(times) < SECONDS
    ):
        begin = time.perf_counter()
        run(low_res)
        times.append(time.perf_counter() - begin)
    return Cost(
        threads=threads,
        load_seconds=loaded - start,
        first_seconds=first - loaded,
        median_seconds=float(np.median(times)),
        p95_seconds=float(np.quantile(times, 0.95)),
        runs=len(times),
        runtime_megabytes=runtime,
        peak_megabytes=_memory("VmHWM"),
    )


def _memory(field: str) -> float | None:
    """Reads this process's memory, in 1e6 bytes."""
    # Not `getrusage`: its peak is the parent's if the parent had more.
    try:
        status = pathlib.Path("/proc/self/status").read_text()
    except OSError:
        return None
    match = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return int(match[1]) * 1024 / 1e6 if match else None


def _main() -> None:
    path, threads, photograph, result = sys.argv[1:]
    try:
        cost = _measure(path, int(threads), np.load(photograph))
    except UserError as error:
        sys.exit(str(error))
    pathlib.Path(result).write_text(json.dumps(dataclasses.asdict(cost)))


if __name__ == "__main__":
    _main()
