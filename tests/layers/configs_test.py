"""Tests that what Keras serializes comes back with all its arguments."""

import keras
import pytest

from dmtdr_tf import layers, losses, metrics
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW

LAYERS = [
    layers.BatchNorm(0.5, 0.1, synchronized=False),
    layers.BicubicUpsampling(2),
    layers.MapCombination(prior=0.25),
    layers.MultiScaleResidual(6),
    layers.SpatialPyramidPooling((3, 1), "average"),
]
LOSSES = [
    losses.ClassificationAwareLoss(0.25, 0.5, True),
    losses.DiceLoss(0.5),
    losses.GradingLoss(True, (1.0, 2.0, 3.0, 4.0, 5.0)),
    losses.LesionCrossEntropyLoss(0.01),
    losses.ReconstructionLoss("squared"),
    losses.SegmentationAwareLoss(),
    losses.SemiSupervisedLoss(),
    losses.TotalVariationLoss(reduction="sum"),
]
METRICS = [
    metrics.BinnedAveragePrecision(8, name="mine"),
    metrics.CohenKappa(3, "linear"),
    metrics.ConfusionMatrix(4),
    metrics.PSNR(name="mine"),
    metrics.SSIM(),
]


def _ids(instance):
    return type(instance).__name__


@pytest.mark.parametrize(
    "instance",
    [
        *LAYERS,
        *LOSSES,
        *METRICS,
        layers.DetailKernels(2.0, seed=3),
        SubnetAdamW(0.5, [1.0, 2.0]),
    ],
    ids=_ids,
)
def test_arguments_come_back(instance):
    serialized = keras.saving.serialize_keras_object(instance)
    name = type(instance).__name__
    assert serialized["registered_name"] == f"dmtdr_tf>{name}"
    again = keras.saving.deserialize_keras_object(serialized)
    assert type(again) is type(instance)
    assert again.get_config() == instance.get_config()


@pytest.mark.parametrize("instance", LAYERS, ids=_ids)
def test_layers_keep_name_dtype_and_trainable(instance):
    config = {
        **instance.get_config(),
        "name": "mine",
        "dtype": "mixed_bfloat16",
        "trainable": False,
    }
    again = type(instance).from_config(config)
    assert again.dtype_policy.name == "mixed_bfloat16"
    again = type(instance).from_config(again.get_config())
    assert (again.name, again.trainable) == ("mine", False)
    assert again.dtype_policy.name == "mixed_bfloat16"


@pytest.mark.parametrize("instance", METRICS, ids=_ids)
def test_metrics_keep_name_and_dtype(instance):
    config = instance.get_config()
    assert (config["name"], config["dtype"]) == (instance.name, "float32")
