import dataclasses

import pytest

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
