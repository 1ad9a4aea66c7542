"""What one command works on, and on what machine."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """What one command works on, and on what machine.

    Args:
        preset: The preset the configuration started from.
        dataset: TFDS name of the data set: `synthetic_fundus`, `idrid`,
            `eyepacs`, `ddr` with its part, as in `ddr/joint`, or `folder`:
            your own photographs with a table, in `manual_dir`. Several are
            joined by `+`.
        dataset_weights: How often each of several data sets is drawn from in
            training, one number each; empty for every photograph equally
            often.
        data_dir: Where TFDS keeps prepared data; empty for its default.
        manual_dir: The folder of a data set that its user downloaded.
        workdir: Where checkpoints, logs and the configuration go.
        precision: Keras dtype policy of the training step.
        strategy: `"mirrored"` over the machine's GPUs (or logical CPUs),
            `"one"` device, `"auto"` mirrored where there are several.
        replicas: Logical CPU replicas for `"mirrored"`; 0 for GPUs.
        seed: Seed of weights, order and augmentation.
        max_bad_steps: Steps in a row without a finite loss that end a run.
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
    seed: int = 0
    max_bad_steps: int = 10

    def __post_init__(self) -> None:
        require_range(self, "run.", ("replicas",), 0)
        require_range(self, "run.", ("max_bad_steps",), 1)
        if self.strategy == "one" and self.replicas:
            raise UserError(
                f"{self.replicas} replicas need strategy=mirrored",
                argument="run.replicas",
            )
        names = self.dataset.split("+")
        if self.dataset_weights and (
            len(self.dataset_weights) != len(names)
            or min(self.dataset_weights) <= 0
        ):
            raise UserError(
                f"must have one number above 0 per data set ({len(names)}), "
                f"not {self.dataset_weights}",
                argument="run.dataset_weights",
            )
