"""Kills a command at a random moment and repeats it."""

import abc
import pathlib
import shutil
import subprocess
import time
from collections.abc import Sequence

import numpy as np
from campaign.commands import kill_after, run_command
from campaign.outcome import Outcome

__all__ = ["KillPart"]


class KillPart(abc.ABC):
    """Kills a command at a random moment, repeats it and compares.

    The repeated command must end well, and its result must be that of a run
    that nobody killed.

    Args:
        seed: Seed of the moments.
        folder: Folder for what the commands write.
        shared: Folder of what all runs share.
    """

    kind = ""
    # Kills of one run, one after the other.
    kills = 2

    def __init__(
        self, seed: int, folder: pathlib.Path, shared: pathlib.Path
    ) -> None:
        self.seed, self.folder, self.shared = seed, folder, shared
        self._seconds = 0.0
        self._right: dict[str, str] = {}

    @abc.abstractmethod
    def words(self, target: pathlib.Path) -> Sequence[str]:
        """Returns the command's words; it writes into `target`."""

    @abc.abstractmethod
    def result(self, target: pathlib.Path) -> dict[str, str]:
        """Returns what a finished command has written, to compare."""

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        if not self._right:
            target = self.folder / "whole"
            # The first run starts what the others are forked from.
            run_command(["--version"])
            code, text, self._seconds = run_command(self.words(target))
            if code:
                raise RuntimeError(f"the whole run fails: {text[-1500:]}")
            self._right = self.result(target)
        target = self.folder / "killed"
        shutil.rmtree(target, ignore_errors=True)
        killed = []
        for _ in range(self.kills):
            moment = self._seconds * rng.uniform(0.02, 1.0)
            start = time.monotonic()
            if kill_after(self.words(target), moment):
                killed.append(f"{moment:.1f} s")
            else:
                # The machine is less busy than during the first run.
                took = time.monotonic() - start
                self._seconds = min(self._seconds, took)
        kind = f"{self.kind}, {len(killed)} kills"
        return self._repeat(kind, target, f"killed at {', '.join(killed)}")

    def _repeat(self, kind: str, target: pathlib.Path, moments: str) -> Outcome:
        try:
            code, text, _ = run_command(
                self.words(target), 60 + 10 * self._seconds
            )
        except subprocess.TimeoutExpired:
            return Outcome(kind, "hung", moments)
        if code:
            last = text.strip().splitlines()[-1:] or [""]
            verdict = "crashed" if "Traceback" in text or code < 0 else "wrong"
            return Outcome(kind, verdict, f"{moments}: {last[0][:300]}")
        if self.result(target) != self._right:
            return Outcome(kind, "wrong", f"{moments}: another result")
        return Outcome(kind, "accepted", moments)
