"""Disks that are full: a small tmpfs, or a limit on a file's size."""

import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.commands import run_command, write_clinic
from campaign.kills_training import SMALL
from campaign.outcome import Outcome
from campaign.tiny_model import tiny_workdir

__all__ = ["make_judge"]

# Kilobytes that the disk has: from nothing to almost enough.
_ROOM = (16, 2000)


class _Disks:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.seed, self.folder, self.shared = seed, folder, shared
        self.run = tiny_workdir(shared)
        self.clinic = write_clinic(shared / "clinic")
        self.commands: dict[str, Callable[[pathlib.Path], list[str]]] = {
            "predict": self._predict,
            "datasets prepare": self._prepare,
            "export": self._export,
            "train": self._train,
        }

    def _predict(self, disk: pathlib.Path) -> list[str]:
        output = f"--output={disk / 'report'}"
        photographs = str(self.clinic / "0.png")
        return ["predict", f"--workdir={self.run}", photographs, output]

    def _prepare(self, disk: pathlib.Path) -> list[str]:
        folders = [f"--manual-dir={self.clinic}", f"--data-dir={disk / 'd'}"]
        return ["datasets", "prepare", "folder", "--size=128", *folders]

    def _export(self, disk: pathlib.Path) -> list[str]:
        output = f"--output={disk / 'saved_model'}"
        return ["export", f"--workdir={self.run}", output, "--parity=0"]

    def _train(self, disk: pathlib.Path) -> list[str]:
        folders = [
            f"--workdir={disk / 'run'}",
            f"--manual-dir={self.clinic}",
            f"--data-dir={disk / 'data'}",
        ]
        return ["train", *SMALL, *folders]

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        name = list(self.commands)[index % len(self.commands)]
        room = int(rng.integers(*_ROOM))
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = _mount(disk, room)
        try:
            return self._judge(name, disk, room, mounted)
        finally:
            if mounted:
                subprocess.run(["umount", str(disk)], check=False)
            shutil.rmtree(disk, ignore_errors=True)

    def _judge(
        self, name: str, disk: pathlib.Path, room: int, mounted: bool
    ) -> Outcome:
        kind = f"{name}, {'full disk' if mounted else 'file size limit'}"

        try:
            code, text, _ = run_command(
                self.commands[name](disk), 250, 0 if mounted else room * 1024
            )
        except subprocess.TimeoutExpired:
            return Outcome(kind, "hung", f"{room} kB")
        last = (text.strip().splitlines() or [""])[-1][:300]
        if code < 0 or "Traceback (most recent" in text:
            return Outcome(kind, "crashed", f"{room} kB: {last}")
        if code == 0:
            return Outcome(kind, "accepted", f"{room} kB were enough")
        left = _half_written(disk)
        if left:
            return Outcome(kind, "wrong", f"{room} kB: {left} is left")
        return Outcome(kind, "refused", last)


def _half_written(disk: pathlib.Path) -> str:
    """Names a result that looks whole and is not."""
    for name in ("report", "saved_model"):
        if (disk / name).exists() and name != "report":
            return name
        if name == "report" and (disk / name / "index.html").exists():
            return f"{name}/index.html"
    return ""


def _mount(disk: pathlib.Path, kilobytes: int) -> bool:
    """Mounts a small tmpfs; false if this user may not."""
    if os.geteuid():
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Disks(**arguments)
