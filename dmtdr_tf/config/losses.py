"""Loss weights and thresholds."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import (
    require_choices,
    require_each,
    require_limit,
    require_range,
)
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES

__all__ = ["LossConfig"]

_MAX_WEIGHT = 1e6


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """Loss weights and thresholds (eq. 3 to 10; defaults: Table 1, stage 2).

    Args:
        image_loss_weight: Weight of the image loss (eq. 5) in the
            super-resolution objective (eq. 10).
        image_loss: Image loss: mean `"absolute"` error, as in the paper, or
            mean `"squared"` error, as in the authors' code.
        total_variation_loss_weight: Weight of the total variation loss of
            eq. 6 in eq. 10.
        segmentation_aware_loss_weight: Weight of the segmentation-aware loss
            of eq. 3 in eq. 10.
        classification_aware_loss_weight: Weight of the classification-aware
            loss (eq. 4) in eq. 10.
        super_resolution_grading_loss_weight: Weight of the grading loss of
            eq. 9 in the super-resolution objective. The authors' code uses
            it; 0 gives eq. 10 as printed.
        dice_loss_weight: Weight of the Dice loss (eq. 7).
        lesion_cross_entropy_loss_weight: Weight of a pixel cross-entropy that
            is added to eq. 7; 0 gives the paper's objective.
        semi_supervised_loss_weight: Weight of the semi-supervised loss of
            eq. 8.
        grading_loss_weight: Weight of the grading loss (eq. 9).
        grading_literal: Use eq. 9 exactly as printed, which is zero wherever
            the predicted grade is right.
        grade_weights: One weight per grade in eq. 9; empty for equal weights.
        evidence_threshold: Evidence threshold phi of eq. 4 and 8.
        evidence_temperature: Temperature tau of the soft threshold, which
            is `sigmoid((V - phi) / tau)`.
        evidence_straight_through: Compare hard masks in eq. 4 and
            backpropagate through the soft threshold.
        second_order: Differentiate the weights of the evidence maps too.
        routing: `"subnet"` minimizes each subnet's own objective; `"joint"`
            minimizes their sum for all subnets.

    Raises:
        UserError: A value is out of range.
    """

    image_loss_weight: float = 1.0
    image_loss: Literal["absolute", "squared"] = "absolute"
    total_variation_loss_weight: float = 1e-6
    segmentation_aware_loss_weight: float = 1.0
    classification_aware_loss_weight: float = 10.0
    super_resolution_grading_loss_weight: float = 0.0
    dice_loss_weight: float = 1.0
    lesion_cross_entropy_loss_weight: float = 0.0
    semi_supervised_loss_weight: float = 1.0
    grading_loss_weight: float = 1.0
    grading_literal: bool = False
    grade_weights: tuple[float, ...] = ()
    evidence_threshold: float = 0.5
    evidence_temperature: float = 0.1
    evidence_straight_through: bool = False
    second_order: bool = False
    routing: Literal["subnet", "joint"] = "subnet"

    def __post_init__(self) -> None:
        require_choices(self, "losses.")
        if self.grade_weights and len(self.grade_weights) != len(GRADES):
            raise UserError(
                f"must have one weight per grade ({len(GRADES)}), not "
                f"{len(self.grade_weights)}",
                argument="losses.grade_weights",
            )
        weights = (
            field.name
            for field in dataclasses.fields(self)
            if field.name.endswith("_loss_weight")
        )
        names = tuple(weights)
        require_range(self, "losses.", names, 0)
        require_limit(self, "losses.", names, _MAX_WEIGHT)
        require_each(self, "losses.", "grade_weights", 0, _MAX_WEIGHT)
        if self.grade_weights and not any(self.grade_weights):
            raise UserError(
                "must not all be 0", argument="losses.grade_weights"
            )
        require_range(self, "losses.", ("evidence_threshold",), 0, 1)
        if not self.evidence_temperature > 0:
            raise UserError(
                f"must be above 0, not {self.evidence_temperature}",
                argument="losses.evidence_temperature",
            )
        # Evidence is in [0, 1]: the soft threshold is flat beyond 1000, and
        # its gradient overflows far below 1e-6.
        temperature = ("evidence_temperature",)
        require_range(self, "losses.", temperature, 1e-6, 1000)
