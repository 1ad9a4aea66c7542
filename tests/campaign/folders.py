"""Folders of good, damaged and odd files: each has its row."""

import csv
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.commands import run_command
from campaign.encoders import ENCODERS
from campaign.eyes import eyes
from campaign.mutations import MUTATIONS
from campaign.odd_files import ODD_FILES
from campaign.outcome import Outcome
from campaign.tiny_model import tiny_workdir

__all__ = ["make_judge"]

_FILES = 12
# What a folder cannot hold, and what is no photograph of a folder by rule.
_LEFT_OUT = ("name too long", "NUL in the name", "directory")


class _Folders:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.seed, self.folder = seed, folder
        self.workdir = tiny_workdir(shared)

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        photographs, output = self.folder / "in", self.folder / "out"
        for one in (photographs, output):
            shutil.rmtree(one, ignore_errors=True)
        photographs.mkdir()
        expected = self._fill(rng, photographs)
        words = ["predict", str(photographs), "--no-quality-gate"]
        words += [f"--workdir={self.workdir}", f"--output={output}"]
        code, text, _ = run_command(words, 200)
        last = (text.strip().splitlines() or [""])[-1][:300]
        if code < 0 or "Traceback (most recent" in text:
            return Outcome("predict a folder", "crashed", last)
        return self._judge(expected, output, last)

    def _fill(
        self, rng: np.random.Generator, folder: pathlib.Path
    ) -> dict[str, bool]:
        """Writes the files; returns which of them are intact."""
        expected = {}
        for number in range(_FILES):
            name = list(ENCODERS)[int(rng.integers(len(ENCODERS)))]
            data = ENCODERS[name].write(eyes()[number % len(eyes())])
            # The first is always one that must be graded.
            intact = number == 0 or bool(rng.random() < 0.3)
            if number == 0:
                name = "png"
                data = ENCODERS[name].write(eyes()[0])
            elif not intact:
                kind = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
                data = MUTATIONS[kind](rng, data)
            suffix = ENCODERS[name].suffix
            if suffix == ".gif":
                continue
            file = folder / f"{number}{suffix}"
            file.write_bytes(data)
            expected[file.name] = intact and ENCODERS[name].must == "accept"
        odd = [name for name in ODD_FILES if name not in _LEFT_OUT]
        path = ODD_FILES[odd[int(rng.integers(len(odd)))]](folder)
        expected[path.name] = False
        return expected

    def _judge(
        self, expected: dict[str, bool], output: pathlib.Path, last: str
    ) -> Outcome:
        kind, table = "predict a folder", output / "predictions.csv"
        if not table.exists():
            return Outcome(kind, "dropped", f"no table: {last}")
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if len(rows) != len(expected):
            text = f"{len(rows)} rows of {len(expected)} files"
            return Outcome(kind, "dropped", text)
        done = {r["file"].rsplit("/", 1)[-1]: r["status"] for r in rows}
        lost = [
            name
            for name, intact in expected.items()
            if intact and done.get(name) != "ok"
        ]
        if lost:
            return Outcome(kind, "wrong", f"intact without a grade: {lost}")
        return Outcome(kind, "accepted", f"{len(rows)} rows")


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Folders(**arguments)
