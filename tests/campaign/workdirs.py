"""Journals, training states and presets, damaged or foreign."""

import json
import pathlib
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.outcome import Outcome, of_error
from campaign.tiny_model import tiny_workdir
from fixtures.damage import damaged_bytes, damaged_keys, damaged_values

__all__ = ["make_judge"]

_ROWS = [
    {"phase": "restoration", "epoch": 1, "seconds": 1.5, "loss": None},
    {"phase": "restoration", "epoch": 2, "seconds": 1.5, "loss": 0.25},
    {"phase": "grading", "epoch": 1, "seconds": 1.5, "loss": 0.5},
]
_PRESET = ("config.json", "metadata.json", "preprocessor.json")


class _Workdirs:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        import keras

        from dmtdr_tf.models.presets import write_preset
        from dmtdr_tf.training import callbacks
        from dmtdr_tf.training.workdir import Workdir

        self.seed = seed
        self.journal = folder / "metrics.jsonl"
        lines = [json.dumps(row).encode() + b"\n" for row in _ROWS]
        self.row, self.whole_journal = lines[1], b"".join(lines)
        self.state = folder / "resume.npz"
        self.model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(2)]
        )
        self.model.compile(keras.optimizers.AdamW(0.1), "mse")
        self.model.optimizer.build(self.model.trainable_variables)
        resume = callbacks.Resume(self.state)
        resume.set_model(self.model)
        resume.best = 0.5
        resume.on_epoch_end(1)
        self.whole_state = self.state.read_bytes()
        self.weights = [np.array(x) for x in self.model.weights]
        workdir = Workdir(tiny_workdir(shared))
        self.preset = write_preset(
            workdir.load_model(), folder / "preset", workdir.config
        )

    def __call__(self, index: int) -> Outcome:
        rng = random.Random(f"{self.seed} {index}")
        judge = (self._journal, self._state, self._preset)[index % 3]
        try:
            return judge(rng)
        except Exception as error:
            return of_error(judge.__name__.strip("_"), error)

    def _journal(self, rng: random.Random) -> Outcome:
        from dmtdr_tf.training.journal import read_journal

        lines = self.whole_journal.splitlines(keepends=True)
        if rng.random() < 0.5:
            lines[1] = _mutant(rng, lines[1], _ROWS[1]) + b"\n"
            data = b"".join(lines)
        else:
            data = _one_of(rng, self.whole_journal)
        self.journal.write_bytes(data)
        rows = read_journal(self.journal)
        right = all(
            type(row["phase"]) is str and row["epoch"] >= 1 for row in rows
        )
        return Outcome("journal", "accepted" if right else "wrong")

    def _state(self, rng: random.Random) -> Outcome:
        from dmtdr_tf.training import callbacks

        self.state.write_bytes(_one_of(rng, self.whole_state))
        for weight in self.model.weights:
            weight.assign(np.zeros(weight.shape))
        resume = callbacks.Resume(self.state)
        resume.load_state(self.model)
        same = (resume.epoch, resume.best) == (2, 0.5) and all(
            np.array_equal(one, other)
            for one, other in zip(self.model.weights, self.weights, strict=True)
        )
        return Outcome(
            "state", "accepted" if same else "wrong", "another state"
        )

    def _preset(self, rng: random.Random) -> Outcome:
        from dmtdr_tf.models.presets import read_preset

        path = self.preset / rng.choice(_PRESET)
        whole = path.read_bytes()
        try:
            path.write_bytes(_mutant(rng, whole, json.loads(whole)))
            read = read_preset(self.preset)
        finally:
            path.write_bytes(whole)
        sizes, scale = read.preprocessor, read.arguments["config"].scale
        right = sizes.high_res_size == scale * sizes.low_res_size
        return Outcome("preset", "accepted" if right else "wrong", path.name)


def _one_of(rng: random.Random, whole: bytes) -> bytes:
    """One damaged content: of its bytes."""
    return rng.choice(list(damaged_bytes(whole, rng.random(), 12)))


def _mutant(rng: random.Random, whole: bytes, values: Any) -> bytes:
    """One damaged content: of its values, its keys or its bytes."""
    kind = rng.randrange(3)
    if kind == 0:
        return _one_of(rng, whole)
    make = (damaged_values, damaged_keys)[kind - 1]
    contents = list(make(values))
    return contents[rng.randrange(len(contents))]


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Workdirs(**arguments)
