"""Loss weights and thresholds."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """Loss weights and thresholds (eq. 3 to 10; defaults: Table 1, stage 2).

    Args:
        image_loss_weight: Weight of eq. 5 in eq. 10.
        image_loss: Mean absolute (the paper) or squared (its code) error.
        total_variation_loss_weight: Weight of eq. 6 in eq. 10.
        segmentation_aware_loss_weight: Weight of eq. 3 in eq. 10.
        classification_aware_loss_weight: Weight of eq. 4 in eq. 10.
        super_resolution_grading_loss_weight: Weight of eq. 9 in the
            super-resolver's objective (the authors' code has it; 0 is eq. 10).
        dice_loss_weight: Weight of eq. 7.
        lesion_cross_entropy_loss_weight: Weight of a pixel cross-entropy
            beside eq. 7; 0 is the paper.
        semi_supervised_loss_weight: Weight of eq. 8.
        grading_loss_weight: Weight of eq. 9.
        grading_literal: The printed form of eq. 9, zero where the grade is
            right.
        grade_weights: Weight per grade in eq. 9; empty for none.
        evidence_threshold: phi of eq. 4 and 8.
        evidence_temperature: tau of the soft threshold
            `sigmoid((V - phi) / tau)`.
        evidence_straight_through: Eq. 4 compares hard masks, with the soft
            threshold's gradient.
        second_order: Differentiate the evidence weights too.
        routing: `"subnet"` lets each subnet minimise its own objective;
            `"joint"` one sum for all.
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
        require_range(self, "losses.", tuple(weights), 0)
        require_range(self, "losses.", ("evidence_threshold",), 0, 1)
        if not self.evidence_temperature > 0:
            raise UserError(
                f"must be above 0, not {self.evidence_temperature}",
                argument="losses.evidence_temperature",
            )
