"""SIGKILL at random moments of a training."""

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from campaign.commands import run_command, write_clinic
from campaign.kill_part import KillPart
from campaign.outcome import Outcome

__all__ = ["SMALL", "make_judge"]

# The narrowest model and the shortest phases that still make a few epochs.
SMALL = [
    "--dataset=folder",
    "--precision=float32",
    "--data.high-res-size=128",
    "--model.super-resolution-width=4",
    "--model.super-resolution-blocks=1",
    "--model.segmentation-width=2",
    "--model.grading-width=2",
    "--model.grading-units=8",
    "--stage-1.restoration.epochs=3",
    "--stage-1.restoration.steps-per-epoch=3",
    "--stage-1.restoration.batch-size=2",
    "--stage-1.restoration.crop-size=64",
    "--stage-1.grading.epochs=3",
    "--stage-1.grading.steps-per-epoch=3",
    "--stage-1.grading.batch-size=2",
    "--stage=1",
]


class _Training(KillPart):
    kind = "training"

    def _data(self) -> list[str]:
        clinic = write_clinic(self.shared / "clinic")
        data = self.shared / "data"
        return [f"--manual-dir={clinic}", f"--data-dir={data}"]

    def words(self, target: pathlib.Path) -> Sequence[str]:
        return ["train", *SMALL, f"--workdir={target}", *self._data()]

    def result(self, target: pathlib.Path) -> dict[str, str]:
        return {
            str(file.relative_to(target)): _weights(file)
            for file in sorted(target.rglob("best.weights.h5"))
        }

    def __call__(self, index: int) -> Outcome:
        if not (self.shared / "data").exists():
            run_command(
                ["datasets", "prepare", "folder", "--size=128", *self._data()]
            )
        return super().__call__(index)


def _weights(file: pathlib.Path) -> str:
    """The values of the weights: an HDF5 file holds times, too."""
    import hashlib

    import h5py

    digest = hashlib.sha256()

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            digest.update(name.encode() + item[()].tobytes())

    with h5py.File(file) as weights:
        weights.visititems(add)
    return digest.hexdigest()


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Training(**arguments)
