import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import LossConfig, presets
from dmtdr_tf.models.learning.objectives import Objectives, objective_weights


def test_super_resolver_has_eq_10_with_table_1():
    paper = presets.preset("paper")
    two = objective_weights(paper.stage_2.losses)
    assert two["super_resolution"] == {
        "image_loss": 1.0,
        "total_variation_loss": 1e-6,
        "segmentation_aware_loss": 1.0,
        "classification_aware_loss": 10.0,
    }
    assert set(two["segmentation"]) == {"dice_loss", "semi_supervised_loss"}
    assert set(two["grading"]) == {"grading_loss"}
    one = objective_weights(paper.stage_1.losses)["super_resolution"]
    assert one["segmentation_aware_loss"] == 10.0


def test_only_the_losses_of_learning_subnets_are_named():
    names = Objectives(LossConfig(), ("grading",)).names
    assert names == ("grading_loss",)
    assert (
        "grading_loss" not in Objectives(LossConfig(), ("segmentation",)).names
    )


def test_without_the_grader_nothing_that_reads_it_is_named():
    config = LossConfig(super_resolution_grading_loss_weight=1.0)
    subnets = ("super_resolution", "segmentation")
    assert Objectives(config, subnets).names == (
        "image_loss",
        "total_variation_loss",
        "segmentation_aware_loss",
        "dice_loss",
    )


def _values(**losses):
    """Two samples; the second has no label."""
    return {
        name: (tf.constant([value, np.nan]), tf.constant([1.0, 0.0]))
        for name, value in losses.items()
    }


def test_objectives_are_weighted_sums_over_the_labelled():
    config = LossConfig(
        image_loss_weight=2.0,
        segmentation_aware_loss_weight=3.0,
        dice_loss_weight=0.5,
        grading_loss_weight=4.0,
    )
    made = Objectives(config).objectives(
        _values(
            image_loss=1.0,
            segmentation_aware_loss=10.0,
            dice_loss=6.0,
            grading_loss=5.0,
        )
    )
    assert float(made["super_resolution"]) == 32.0
    assert float(made["segmentation"]) == 3.0
    assert float(made["grading"]) == 20.0


def test_joint_routing_sums_all_for_everyone():
    objectives = Objectives(LossConfig(routing="joint"))
    made = objectives.objectives(
        _values(image_loss=1.0, dice_loss=6.0, grading_loss=5.0)
    )
    assert {float(v) for v in made.values()} == {12.0}


def test_no_label_at_all_is_zero():
    values = {"dice_loss": (tf.constant([np.nan]), tf.constant([0.0]))}
    made = Objectives(LossConfig()).objectives(values)
    assert float(made["segmentation"]) == 0.0


@pytest.mark.parametrize(
    ("annotated", "graded", "counts"),
    [(1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)],
)
def test_eq_8_is_for_graded_photographs_without_annotation(
    annotated, graded, counts
):
    batch = {
        "high_res": tf.zeros((1, 2, 2, 3)),
        "lesions": tf.zeros((1, 2, 2, 4)),
        "has_lesions": tf.constant([annotated]),
        "has_grade": tf.constant([graded]),
        "grade": tf.constant([2]),
    }
    outputs = {
        "lesions": tf.fill((1, 2, 2, 4), 0.5),
        "high_res_evidence": tf.ones((1, 2, 2, 1)),
    }
    values = Objectives(LossConfig()).values(outputs, batch)
    loss, mask = values["semi_supervised_loss"]
    assert float(mask[0]) == counts
    # The union of four halves is 15/16; the evidence is everywhere.
    assert float(loss[0]) == pytest.approx((1 / 16) ** 2)
    assert "image_loss" not in values
