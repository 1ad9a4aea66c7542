"""Ours against the answers that tensorflow-addons 0.23 gave."""

import json
import pathlib

import keras
import numpy as np
import pytest

from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling
from dmtdr_tf.metrics import CohenKappa

REFERENCE = json.loads(
    pathlib.Path(__file__).with_name("tensorflow_addons.json").read_text()
)
POOLING = REFERENCE["pooling"]


def _input(shape):
    return np.sin(0.37 * np.arange(np.prod(shape))).reshape(shape)


def test_reference_is_the_last_release():
    assert REFERENCE["tensorflow_addons"] == "0.23.0"


@pytest.mark.parametrize("case", POOLING[:2])
def test_pooling(case):
    ours = SpatialPyramidPooling(tuple(case["bins"]), mode="average")
    answer = ours(_input(case["shape"]).astype("float32"))
    # Theirs is [B, cells, C]; ours is flat for the dense layer.
    theirs = np.reshape(case["output"], (case["shape"][0], -1))
    np.testing.assert_allclose(answer, theirs, atol=1e-6)


@pytest.mark.parametrize("case", POOLING[2:])
def test_pooling_of_sides_that_bins_do_not_divide(case):
    """Theirs drops the last rows and columns; ours covers everything."""
    (n,) = case["bins"]
    x = _input(case["shape"]).astype("float32")
    cropped = x[:, : x.shape[1] // n * n, : x.shape[2] // n * n]
    theirs = np.reshape(case["output"], (1, -1))
    ours = SpatialPyramidPooling((n,), mode="average")
    np.testing.assert_allclose(ours(cropped), theirs, atol=1e-6)
    assert np.abs(ours(x) - theirs).max() > 1e-3


@pytest.mark.parametrize("case", REFERENCE["kappa"]["cases"])
def test_kappa(case):
    metric = CohenKappa(5, weights=case["weights"])
    metric.update_state(
        REFERENCE["kappa"]["true"],
        REFERENCE["kappa"]["predicted"],
        case["sample_weight"],
    )
    assert float(metric.result()) == pytest.approx(case["kappa"], abs=1e-6)


def _adamw_path(decay):
    values = REFERENCE["adamw"]
    optimizer = keras.optimizers.AdamW(
        learning_rate=values["learning_rate"],
        weight_decay=decay,
        beta_1=values["beta_1"],
        beta_2=values["beta_2"],
        epsilon=values["epsilon"],
    )
    variable = keras.Variable(values["start"])
    path = []
    for step in range(len(values["path"])):
        gradient = np.cos(step + np.arange(6.0)).reshape(2, 3)
        optimizer.apply([gradient.astype("float32")], [variable])
        path.append(variable.numpy())
    return path


def test_adamw():
    """Theirs subtracts `decay * w`, Keras `learning_rate * decay * w`."""
    values = REFERENCE["adamw"]
    decay = values["weight_decay"] / values["learning_rate"]
    np.testing.assert_allclose(_adamw_path(decay), values["path"], atol=2e-6)


def test_adamw_needs_the_decay_converted():
    values = REFERENCE["adamw"]
    wrong = _adamw_path(values["weight_decay"])
    assert np.abs(np.subtract(wrong, values["path"])).max() > 0.01
