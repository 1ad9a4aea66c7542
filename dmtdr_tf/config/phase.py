"""Length, batches and learning rates of the training phases."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import (
    require_choices,
    require_limit,
    require_range,
    require_texts,
)
from dmtdr_tf.config.data import MAX_SIDE
from dmtdr_tf.config.losses import LossConfig
from dmtdr_tf.files.errors import UserError

__all__ = ["Balance", "PhaseConfig", "StageOneConfig", "StageTwoConfig"]

Balance = Literal["none", "grade", "lesion"]


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """Length, batches and learning rates of one training phase.

    Args:
        epochs: Number of epochs.
        steps_per_epoch: Steps per epoch; 0 for one pass over the training
            split.
        batch_size: Photographs (or crops) per step, over all replicas.
        crop_size: Side of the random crops, in high-resolution pixels; 0, or
            at least the photograph's side, for whole photographs.
        learning_rate: Peak learning rate of AdamW.
        segmentation_learning_rate_multiplier: Factor on the segmenter's
            learning rate.
        grading_learning_rate_multiplier: Factor on the grader's learning
            rate.
        weight_decay: Decoupled weight decay, multiplied by the learning rate.
        warmup: Fraction of the steps during which the learning rate rises.
        schedule: Learning rate after the warm-up: `"cosine"` decays it
            to 1 % of its peak, `"constant"` keeps it.
        gradient_accumulation: Steps whose gradients are combined into one
            update.
        weight_averaging: Momentum of an exponential moving average of the
            weights over the updates, such as 0.98. The averaged weights are
            validated and saved as the best; 0 uses the latest weights.
        freeze_batch_norm: Run batch normalization on its moving statistics.
        freeze_super_resolution: Do not train the super-resolver.
        freeze_segmentation: Do not train the segmenter.
        lesion_focus: Fraction of the crops that contain a lesion pixel chosen
            at random.
        balance: What to sample equally often: every photograph (`"none"`),
            every grade (`"grade"`), or every kind of lesion and photographs
            without any (`"lesion"`).

    Raises:
        UserError: A value is out of range.

    Example:
    >>> PhaseConfig(epochs=0)
    Traceback (most recent call last):
        ...
    dmtdr_tf.files.errors.UserError: epochs: must be at least 1, not 0
    """

    epochs: int = 100
    steps_per_epoch: int = 0
    batch_size: int = 4
    crop_size: int = 0
    learning_rate: float = 1e-4
    segmentation_learning_rate_multiplier: float = 1.0
    grading_learning_rate_multiplier: float = 1.0
    weight_decay: float = 1e-5
    warmup: float = 0.0
    schedule: Literal["cosine", "constant"] = "constant"
    gradient_accumulation: int = 1
    weight_averaging: float = 0.0
    freeze_batch_norm: bool = False
    freeze_super_resolution: bool = False
    freeze_segmentation: bool = False
    lesion_focus: float = 0.0
    balance: Balance = "none"

    def __post_init__(self) -> None:
        require_choices(self, "")
        counts = ("epochs", "batch_size", "gradient_accumulation")
        require_range(self, "", counts, 1)
        require_limit(self, "", counts, 100_000)
        multipliers = (
            "segmentation_learning_rate_multiplier",
            "grading_learning_rate_multiplier",
        )
        rates = ("steps_per_epoch", "crop_size", "weight_decay", *multipliers)
        require_range(self, "", rates, 0)
        require_limit(self, "", ("steps_per_epoch",), 10**8)
        require_limit(self, "", ("crop_size",), MAX_SIDE)
        require_limit(self, "", multipliers, 1000)
        require_limit(self, "", ("weight_decay",), 100)
        require_range(self, "", ("warmup", "lesion_focus"), 0, 1)
        require_range(self, "", ("weight_averaging",), 0, 0.99999)
        # An update of AdamW is about as large as the learning rate.
        if not 0 < self.learning_rate <= 10:
            raise UserError(
                f"must be above 0 and at most 10, not {self.learning_rate}",
                argument="learning_rate",
            )


@dataclasses.dataclass(frozen=True)
class StageOneConfig:
    """Stage 1: the super-resolver and the segmenter, then the grader.

    Args:
        restoration: First phase: the super-resolver and the segmenter, on
            annotated photographs.
        grading: Second phase: the grader, on graded high-resolution
            photographs, with the segmenter frozen.
        losses: Loss weights of both phases.
        super_resolved_fraction: Fraction of the grader's photographs that are
            super-resolved from their low resolution, as in use; the others
            are true high-resolution ones. Above 0, lesion maps are computed
            anew at every step, and validation sees super-resolved
            photographs only.
        imagenet_weights: `.safetensors` file of a ResNet-18 to initialize the
            grader from; empty for random weights.
    """

    restoration: PhaseConfig = PhaseConfig(crop_size=512)
    grading: PhaseConfig = PhaseConfig()
    losses: LossConfig = LossConfig(segmentation_aware_loss_weight=10.0)
    super_resolved_fraction: float = 0.0
    imagenet_weights: str = ""

    def __post_init__(self) -> None:
        require_texts(self, "stage_1.")
        require_range(self, "stage_1.", ("super_resolved_fraction",), 0, 1)


@dataclasses.dataclass(frozen=True)
class StageTwoConfig:
    """Stage 2: all three subnets, from the best checkpoint of stage 1.

    Args:
        joint: The only phase of stage 2: all three subnets at once.
        losses: Loss weights of stage 2.
    """

    joint: PhaseConfig = PhaseConfig(
        learning_rate=5e-5, freeze_batch_norm=True, batch_size=1
    )
    losses: LossConfig = LossConfig()
