"""A small model with random weights, and the configuration of its run."""

import dataclasses

import keras
import numpy as np
import pytest

from dmtdr_tf import presets
from dmtdr_tf.config import DataConfig
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@pytest.fixture(scope="session")
def config(tiny):
    return dataclasses.replace(
        presets.preset("demo"),
        model=tiny,
        data=DataConfig(high_res_size=64),
    )


@pytest.fixture(scope="session")
def model(config):
    keras.utils.set_random_seed(0)
    made = DeepMTDR(config.model)
    # Fresh weights give a zero residual and a flat map; these give none.
    rng = np.random.default_rng(0)
    for variable in made.trainable_variables:
        noise = rng.normal(0.0, 0.05, variable.shape)
        variable.assign_add(noise.astype("float32"))
    return made
