"""Commands in processes of their own, run to the end or killed."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

__all__ = ["digests", "kill_after", "run_command", "write_clinic"]

_MAIN = "import sys; from dmtdr_tf.cli import main; sys.exit(main())"


def _argv(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", _MAIN, *words]


def run_command(
    words: Sequence[str],
    limit: float = 600,
    preexec: Callable[[], None] | None = None,
) -> tuple[int, str, float]:
    """Runs `dmtdr WORDS` to its end.

    Args:
        words: The command's words.
        limit: Seconds it may take.
        preexec: Called in the process before the command.

    Returns:
        The exit status, what it printed, and the seconds it took.

    Raises:
        subprocess.TimeoutExpired: It takes longer.
    """
    started = time.monotonic()
    done = subprocess.run(
        _argv(words),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=limit,
        check=False,
        preexec_fn=preexec,
    )
    seconds = time.monotonic() - started
    return done.returncode, done.stdout + done.stderr, seconds


def kill_after(words: Sequence[str], seconds: float) -> bool:
    """Kills `dmtdr WORDS` with SIGKILL after a time.

    Returns:
        Whether it was still running.
    """
    with tempfile.TemporaryFile() as nowhere:
        process = subprocess.Popen(_argv(words), stdout=nowhere, stderr=nowhere)
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True


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
