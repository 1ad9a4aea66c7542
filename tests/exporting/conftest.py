"""A small model with random weights, and the configuration of its run."""

import dataclasses

import keras
import numpy as np
import pytest

from dmtdr_tf import config_file, presets
from dmtdr_tf.config import DataConfig
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.workdir import Workdir


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


@pytest.fixture(scope="session")
def workdir(model, config, tmp_path_factory):
    """A workdir whose finished stage 2 is the small model."""
    made = Workdir(tmp_path_factory.mktemp("run"))
    config_file.save(config, made.config_file)
    made.phase("joint").mkdir()
    model.save_weights(made.best("joint"))
    (made.phase("joint") / "finished").touch()
    return made


@pytest.fixture(scope="session")
def saved_model(model, config, tmp_path_factory):
    """The small model's SavedModel."""
    folder = tmp_path_factory.mktemp("export") / "saved_model"
    return export_saved_model(model, folder, config)
