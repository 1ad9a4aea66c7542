import dataclasses

import pytest
import tensorflow as tf

from dmtdr_tf.config import Config, DataConfig, ModelConfig, RunConfig


@pytest.fixture
def config(dots_dir):
    return Config(
        run=RunConfig(dataset="dots", data_dir=str(dots_dir)),
        model=ModelConfig(),
        data=DataConfig(high_res_size=32, photometric_jitter=0.0),
    )


@pytest.fixture
def replace():
    return dataclasses.replace


@pytest.fixture(autouse=True)
def _no_global_seed():
    """Other tests set TensorFlow's global seed, which changes every stream."""
    tf.random.set_seed(None)
