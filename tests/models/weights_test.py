"""Tests of the files of weights."""

import h5py
import numpy as np
import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.weights import load_weights, save_weights


def test_layout_is_that_of_the_first_release(make_model, tmp_path):
    """Checkpoints of before are read by these names."""
    model = make_model()
    path = tmp_path / "best.weights.h5"
    model.save_weights(path)
    with h5py.File(path) as file:
        assert set(file) == {"grader", "layers", "vars"}
        assert set(file["layers"]) == {
            "lesion_segmentation_network",
            "super_resolution_network",
        }
        module = file["layers/lesion_segmentation_network/layers"]
        module = module["multi_scale_residual"]
        assert set(module) == {
            "coarse",
            "fine",
            "identity",
            "inner_norm",
            "merge",
            "outer_norm",
            "vars",
        }
        assert set(file["grader/layers"]) == {
            "functional",
            "functional_1",
            "input_layer",
            "input_layer_1",
        }
        stem = file["layers/super_resolution_network/layers/conv2d/vars/0"]
        np.testing.assert_array_equal(
            stem, model.super_resolver.get_layer("stem").kernel
        )


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_weights_come_back(make_model, tmp_path, dtype):
    model, other = make_model(), make_model()
    for variable in other.trainable_variables:
        variable.assign(np.ones(variable.shape))
    save_weights(model, tmp_path / "m.weights.h5", dtype)
    load_weights(other, tmp_path / "m.weights.h5")
    for one, two in zip(model.weights, other.weights, strict=True):
        assert one.dtype == two.dtype
        kept = np.array(one).astype(dtype) if "float" in one.dtype else one
        np.testing.assert_array_equal(kept, two)


def test_weights_of_another_model_are_refused(make_model, tmp_path):
    path = tmp_path / "m.weights.h5"
    save_weights(make_model(grading_units=4), path)
    with pytest.raises(UserError, match=r"m\.weights\.h5: cannot be loaded"):
        load_weights(make_model(), path)


def test_another_dtype_is_refused(make_model, tmp_path):
    with pytest.raises(UserError, match="^weights_dtype: must be"):
        save_weights(make_model(), tmp_path / "m.weights.h5", "int8")
