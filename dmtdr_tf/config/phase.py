"""Length, batches and speed of the training phases."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.config.losses import LossConfig
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """One training phase: how long, how large its batches, how fast.

    Args:
        epochs: Passes over the training split.
        steps_per_epoch: Steps that count as one epoch; 0 for one pass.
        batch_size: Photographs (or crops) a step, over all replicas.
        crop_size: Side of the random high-resolution crop; 0, or the
            photograph's side and more, for whole photographs.
        learning_rate: Peak learning rate of AdamW.
        segmentation_learning_rate_multiplier: Factor on the segmenter's
            learning rate.
        grading_learning_rate_multiplier: Factor on the grader's.
        weight_decay: Decoupled weight decay, times the learning rate.
        warmup: Share of the steps in which the learning rate rises.
        schedule: `"cosine"` lets it fall to zero; `"constant"` keeps it.
        gradient_accumulation: Steps whose gradients make one update.
        freeze_batch_norm: Run batch norm on its moving statistics.
        freeze_super_resolution: Leave the super-resolver as it is.
        freeze_segmentation: Leave the segmenter as it is.
        lesion_focus: Share of the crops that are centred on a lesion.
        class_balanced: Draw every grade equally often.
        lesion_balanced: Draw photographs with each kind of lesion, and those
            with none, equally often.
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
    freeze_batch_norm: bool = False
    freeze_super_resolution: bool = False
    freeze_segmentation: bool = False
    lesion_focus: float = 0.0
    class_balanced: bool = False
    lesion_balanced: bool = False

    def __post_init__(self) -> None:
        counts = ("epochs", "batch_size", "gradient_accumulation")
        require_range(self, "", counts, 1)
        rates = (
            "steps_per_epoch",
            "crop_size",
            "weight_decay",
            "segmentation_learning_rate_multiplier",
            "grading_learning_rate_multiplier",
        )
        require_range(self, "", rates, 0)
        require_range(self, "", ("warmup", "lesion_focus"), 0, 1)
        if self.class_balanced and self.lesion_balanced:
            raise UserError(
                "class_balanced and lesion_balanced are two orders: choose one"
            )
        if not 0 < self.learning_rate < float("inf"):
            raise UserError(
                f"must be above 0, not {self.learning_rate}",
                argument="learning_rate",
            )


@dataclasses.dataclass(frozen=True)
class StageOneConfig:
    """Stage 1: super-resolver with segmenter, then the grader.

    Args:
        restoration: The joint phase of super-resolver and segmenter, on
            annotated photographs.
        grading: The grader's phase, on high-resolution photographs with the
            segmenter frozen.
        losses: Loss weights of both phases.
        imagenet_weights: A `.safetensors` file of ResNet-18 that the grader
            starts from; empty for random weights.
    """

    restoration: PhaseConfig = PhaseConfig(crop_size=512)
    grading: PhaseConfig = PhaseConfig()
    losses: LossConfig = LossConfig(segmentation_aware_loss_weight=10.0)
    imagenet_weights: str = ""


@dataclasses.dataclass(frozen=True)
class StageTwoConfig:
    """Stage 2: the three subnets at once, from stage 1's best checkpoint.

    Args:
        joint: The one phase of this stage.
        losses: Its loss weights.
    """

    joint: PhaseConfig = PhaseConfig(
        learning_rate=5e-5, freeze_batch_norm=True, batch_size=1
    )
    losses: LossConfig = LossConfig()
