"""Data, machine and seed of a training run."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import (
    require_choices,
    require_each,
    require_limit,
    require_range,
    require_texts,
)
from dmtdr_tf.files.errors import UserError

__all__ = ["BestEpoch", "RunConfig"]

BestEpoch = Literal["kappa", "probabilities"]


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Data, machine and seed of a training run.

    Args:
        preset: Preset that gives every option you do not set. The presets are
            paper, base, small, device and demo.
        dataset: Data set to train on: `synthetic_fundus`, `idrid`, `eyepacs`,
            a part of DDR such as `ddr/joint`, or `folder` for your own
            photographs with a table. Join several names with `+`.
        dataset_weights: How often to sample from each of several data sets,
            one positive number each; empty to sample every photograph
            equally often.
        data_dir: Folder for the prepared data; empty for the TFDS default.
        manual_dir: Folder of a data set you downloaded, or of your own
            photographs.
        workdir: Folder for checkpoints, logs and the configuration.
        precision: Keras dtype policy of the training step. `auto` uses
            bfloat16 where the processor or GPU computes in it.
        strategy: `mirrored` trains on all GPUs (or logical CPUs) of the
            machine, `one` on a single device; `auto` picks `mirrored` if there
            are several GPUs.
        replicas: Number of logical CPU replicas for `mirrored`; 0 to use
            GPUs.
        best_epoch: How to judge grades when the best epoch is chosen: by
            `kappa`, the quadratic kappa of the most probable grades, or by
            `probabilities`, their ranked probability skill and the AUC of
            referable retinopathy.
        seed: Seed of weights, order and augmentation.
        max_bad_steps: Stop after this many steps in a row without a finite
            loss and gradient.

    Raises:
        UserError: A value is out of range.
    """

    preset: str = "demo"
    dataset: str = "synthetic_fundus"
    dataset_weights: tuple[float, ...] = ()
    data_dir: str = ""
    manual_dir: str = ""
    workdir: str = "runs/default"
    precision: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
    strategy: Literal["auto", "one", "mirrored"] = "auto"
    replicas: int = 0
    best_epoch: BestEpoch = "kappa"
    seed: int = 0
    max_bad_steps: int = 10

    def __post_init__(self) -> None:
        require_choices(self, "run.")
        require_texts(self, "run.")
        require_range(self, "run.", ("replicas",), 0)
        require_limit(self, "run.", ("replicas",), 1024)
        require_range(self, "run.", ("max_bad_steps",), 1)
        require_limit(self, "run.", ("max_bad_steps",), 10**9)
        # NumPy takes no other seed.
        require_range(self, "run.", ("seed",), 0, 2**32 - 1)
        if self.strategy == "one" and self.replicas:
            raise UserError(
                f"{self.replicas} replicas need strategy=mirrored",
                argument="run.replicas",
            )
        names = self.dataset.split("+")
        if not all(names):
            raise UserError(
                f"must be a name, or several joined by +, not {self.dataset!r}",
                argument="run.dataset",
            )
        require_each(self, "run.", "dataset_weights", 0, 1e6)
        if self.dataset_weights and (
            len(self.dataset_weights) != len(names)
            or min(self.dataset_weights) <= 0
        ):
            raise UserError(
                f"must have one number above 0 per data set ({len(names)}), "
                f"not {self.dataset_weights}",
                argument="run.dataset_weights",
            )
