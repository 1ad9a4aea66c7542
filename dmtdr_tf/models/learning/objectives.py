"""Which losses each subnet minimizes: eq. 3 to 10 put together."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from dmtdr_tf import losses
from dmtdr_tf.config import LossConfig
from dmtdr_tf.config.phases import SUBNETS

__all__ = ["Objectives", "objective_weights"]

# Losses that read the grader's outputs.
_OF_THE_GRADER = (
    "classification_aware_loss",
    "semi_supervised_loss",
    "grading_loss",
)


def objective_weights(config: LossConfig) -> dict[str, dict[str, float]]:
    """Returns the weight of every loss in every subnet's objective.

    The super-resolver minimizes eq. 10, the segmenter eq. 7 and 8, the grader
    eq. 9. Losses of weight 0 are never computed.

    Args:
        config: The loss weights.

    Returns:
        Subnet to loss name to weight.

    Example:
    >>> objective_weights(LossConfig())["grading"]
    {'grading_loss': 1.0}
    """
    table = {
        "super_resolution": {
            "image_loss": config.image_loss_weight,
            "total_variation_loss": config.total_variation_loss_weight,
            "segmentation_aware_loss": config.segmentation_aware_loss_weight,
            "classification_aware_loss": (
                config.classification_aware_loss_weight
            ),
            "grading_loss": config.super_resolution_grading_loss_weight,
        },
        "segmentation": {
            "dice_loss": config.dice_loss_weight,
            "lesion_cross_entropy_loss": (
                config.lesion_cross_entropy_loss_weight
            ),
            "semi_supervised_loss": config.semi_supervised_loss_weight,
        },
        "grading": {"grading_loss": config.grading_loss_weight},
    }
    return {
        subnet: {name: w for name, w in terms.items() if w}
        for subnet, terms in table.items()
    }


class Objectives:
    """Computes the losses of a batch and each subnet's objective.

    Args:
        config: Loss weights and thresholds.
        subnets: The subnets that learn; losses that none of them minimizes,
            and without the grader those that read its outputs, are left out.
    """

    def __init__(self, config: LossConfig, subnets: tuple[str, ...] = SUBNETS):
        self.config = config
        self.weights = {
            subnet: {
                name: weight
                for name, weight in terms.items()
                if "grading" in subnets or name not in _OF_THE_GRADER
            }
            for subnet, terms in objective_weights(config).items()
            if subnet in subnets
        }
        self._losses: dict[str, keras.losses.Loss] = {
            "image_loss": losses.ReconstructionLoss(config.image_loss),
            "total_variation_loss": losses.TotalVariationLoss(),
            "segmentation_aware_loss": losses.SegmentationAwareLoss(),
            "classification_aware_loss": losses.ClassificationAwareLoss(
                config.evidence_threshold,
                config.evidence_temperature,
                config.evidence_straight_through,
            ),
            "dice_loss": losses.DiceLoss(),
            "lesion_cross_entropy_loss": losses.LesionCrossEntropyLoss(),
            "semi_supervised_loss": losses.SemiSupervisedLoss(),
            "grading_loss": losses.GradingLoss(
                config.grading_literal, config.grade_weights
            ),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The losses in use, in the order of the equations."""
        used = {name for terms in self.weights.values() for name in terms}
        return tuple(name for name in self._losses if name in used)

    def values(
        self, outputs: Mapping[str, tf.Tensor], batch: Mapping[str, tf.Tensor]
    ) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Computes every loss in use.

        Args:
            outputs: Those of the forward pass: the four outputs, and those
                of the high-resolution photograph under `high_res_lesions` and
                `high_res_evidence`. A loss whose inputs it lacks is left out.
            batch: A batch of the pipeline.

        Returns:
            Loss name to its values `[B]` and the mask `[B]` of the samples
            that have its label.
        """
        values = {}
        for name in self.names:
            pair = self._pair(name, outputs, batch)
            if pair is not None:
                y_true, y_pred, mask = pair
                values[name] = (self._losses[name].call(y_true, y_pred), mask)
        return values

    def _pair(
        self, name: str, outputs: Mapping[str, Any], batch: Mapping[str, Any]
    ) -> tuple[Any, Any, Any] | None:
        """Returns a loss's label, prediction and mask; `None` without them."""
        high_res, grade = batch["high_res"], batch["grade"]
        annotated, graded = batch["has_lesions"], batch["has_grade"]
        # A batch for the grader has no masks.
        masks = batch.get("lesions")
        always = batch.get("weight", tf.ones_like(graded))
        get = outputs.get
        sources = {
            "image_loss": (high_res, get("super_resolution"), always),
            "total_variation_loss": (high_res, get("super_resolution"), always),
            "segmentation_aware_loss": (
                get("high_res_lesions"),
                get("lesions"),
                always,
            ),
            "classification_aware_loss": (
                get("high_res_evidence"),
                get("evidence"),
                always,
            ),
            "dice_loss": (masks, get("lesions"), annotated),
            "lesion_cross_entropy_loss": (masks, get("lesions"), annotated),
            "semi_supervised_loss": (
                get("high_res_evidence"),
                get("lesions"),
                graded * (1.0 - annotated),
            ),
            "grading_loss": (grade, get("grade"), graded),
        }
        y_true, y_pred, mask = sources[name]
        if y_true is None or y_pred is None:
            return None
        if name == "semi_supervised_loss":
            y_true = losses.semi_supervised_target(
                y_true, grade, self.config.evidence_threshold
            )
        return y_true, y_pred, mask

    def objectives(
        self, values: Mapping[str, tuple[tf.Tensor, tf.Tensor]]
    ) -> dict[str, tf.Tensor]:
        """Sums the losses into each subnet's objective.

        A loss is the mean over the samples of the global batch that have its
        label, and 0 when none has: replicas' gradients are summed, so each
        replica's share is divided by the count over all replicas.

        Args:
            values: From `values`.

        Returns:
            Subnet to scalar; with `routing="joint"` every subnet has the sum.
        """
        context = tf.distribute.get_replica_context()
        means = {}
        for name, (loss, mask) in values.items():
            total = context.all_reduce(
                tf.distribute.ReduceOp.SUM, tf.reduce_sum(mask)
            )
            means[name] = losses.masked_mean(loss, mask, total)
        objectives = {
            subnet: tf.add_n(
                [w * means[n] for n, w in terms.items() if n in means]
                or [tf.zeros(())]
            )
            for subnet, terms in self.weights.items()
        }
        if self.config.routing == "joint":
            joint = tf.add_n(list(objectives.values()))
            return dict.fromkeys(objectives, joint)
        return objectives
