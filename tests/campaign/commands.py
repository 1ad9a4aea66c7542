"""Commands in processes of their own, run to the end or killed."""

import hashlib
import io
import multiprocessing
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

__all__ = ["digests", "kill_after", "run_command", "write_clinic"]

# Imported once; each command's process is then forked. A command starts as
# usual, but TensorFlow's import does not take most of its time.
_PRELOADED = [
    "tensorflow",
    "keras",
    "tensorflow_datasets",
    "dmtdr_tf.cli",
    "dmtdr_tf.prediction.predictor",
    "dmtdr_tf.training.stages",
    "dmtdr_tf.exporting.saved_model.writer",
]


def _command(words: Sequence[str], log: str, file_limit: int) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    raw = io.FileIO(1, "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(raw, write_through=True)
    sys.stderr = sys.stdout
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    from dmtdr_tf.cli import main

    sys.argv = ["dmtdr", *words]
    sys.exit(main())


def _started(words: Sequence[str], log: str, file_limit: int = 0) -> Any:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(
        target=_command, args=(list(words), log, file_limit)
    )
    process.start()
    return process


def run_command(
    words: Sequence[str], limit: float = 600, file_limit: int = 0
) -> tuple[int, str, float]:
    """Runs `dmtdr WORDS` to its end.

    Args:
        words: The command's words.
        limit: Seconds it may take.
        file_limit: Bytes that a file may have; 0 for no limit.

    Returns:
        The exit status, what it printed, and the seconds it took.

    Raises:
        subprocess.TimeoutExpired: It takes longer.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        started = time.monotonic()
        process = _started(words, str(log), file_limit)
        process.join(limit)
        seconds = time.monotonic() - started
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(words), limit)
        text = log.read_text(errors="replace") if log.exists() else ""
        return process.exitcode, text, seconds


def kill_after(words: Sequence[str], seconds: float) -> bool:
    """Kills `dmtdr WORDS` with SIGKILL after a time.

    Returns:
        Whether it was still running.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = _started(words, f"{folder}/log")
        process.join(seconds)
        was_running = process.is_alive()
        process.kill()
        process.join()
        return was_running


def digests(folder: pathlib.Path, pattern: str) -> dict[str, str]:
    """Returns the SHA-256 of a folder's files, by their relative path."""
    return {
        os.fspath(file.relative_to(folder)): hashlib.sha256(
            file.read_bytes()
        ).hexdigest()
        for file in sorted(folder.rglob(pattern))
        if file.is_file()
    }


def write_clinic(folder: pathlib.Path, count: int = 12) -> pathlib.Path:
    """Writes a folder of drawn eyes with grades and masks, made once."""
    import cv2
    import numpy as np
    from campaign.encoders import ENCODERS
    from campaign.eyes import draw_eye

    table = folder / "photographs.csv"
    if table.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["photograph,patient,split,grade,HM"]
    splits = ("train", "train", "validation", "test")
    mask = np.zeros((160, 160), np.uint8)
    cv2.circle(mask, (70, 80), 8, 255, -1)
    for number in range(count):
        name, split = f"{number}.png", splits[number % len(splits)]
        eye = draw_eye(number, 160)
        (folder / name).write_bytes(ENCODERS["png"].write(eye))
        cv2.imwrite(str(folder / f"{number}_hm.png"), mask)
        grade = number // len(splits) % 5
        lines.append(f"{name},p{number},{split},{grade},{number}_hm.png")
    table.write_text("\n".join(lines) + "\n")
    return folder
