import keras
import numpy as np
import pytest

from dmtdr_tf.config import ModelConfig
from dmtdr_tf.models.deepmt_dr import DeepMTDR

TINY = {
    "super_resolution_width": 4,
    "super_resolution_blocks": 1,
    "segmentation_width": 2,
    "grading_width": 2,
    "grading_units": 8,
    "dropout": 0.0,
}


@pytest.fixture(scope="session")
def make_model():
    def make(dtype=None, **fields):
        keras.utils.set_random_seed(1)
        model = DeepMTDR(ModelConfig(**{**TINY, **fields}), dtype=dtype)
        # An untrained residual is zero, and hides what feeds it.
        if model.config.use_super_resolution:
            kernel = model.super_resolver.get_layer("to_rgb").kernel
            kernel.assign(keras.random.normal(kernel.shape, stddev=0.1, seed=2))
        return model

    return make


@pytest.fixture
def make_batch():
    def make(has_lesions=(1, 1), grade=(2, 3), size=64, seed=0):
        rng = np.random.default_rng(seed)
        count = len(grade)
        high_res = rng.uniform(size=(count, size, size, 3)).astype("float32")
        grade = np.array(grade, "int32")
        return {
            "low_res": high_res[:, ::4, ::4],
            "high_res": high_res,
            "lesions": (rng.uniform(size=(count, size, size, 4)) > 0.9).astype(
                "float32"
            ),
            "has_lesions": np.array(has_lesions, "float32"),
            "grade": grade,
            "has_grade": (grade >= 0).astype("float32"),
        }

    return make
