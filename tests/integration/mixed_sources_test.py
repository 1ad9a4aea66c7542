"""A batch of a graded, a masked and a partly labelled source."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import (
    Config,
    DataConfig,
    LossConfig,
    PhaseConfig,
    RunConfig,
)
from dmtdr_tf.data import pipeline
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@pytest.fixture(scope="module")
def model(tiny):
    made = DeepMTDR(dataclasses.replace(tiny, dropout=0.0))
    made.compile("sgd", LossConfig(lesion_cross_entropy_loss_weight=1.0))
    return made


@pytest.fixture(scope="module")
def batch(dots_dir, tiny):
    config = Config(
        run=RunConfig(
            dataset="dots+graded_dots+masked_dots", data_dir=str(dots_dir)
        ),
        model=tiny,
        data=DataConfig(high_res_size=32),
    )
    data = pipeline.training_data(config, PhaseConfig(epochs=1, batch_size=20))
    return next(iter(data.batches))


def _losses(model, batch):
    outputs = model.forward(batch, training=False)
    return model.objectives.values(outputs, batch)


@pytest.mark.parametrize(
    ("loss", "label"),
    [
        ("dice_loss", "has_lesions"),
        ("lesion_cross_entropy_loss", "has_lesions"),
        ("grading_loss", "has_grade"),
    ],
)
def test_each_loss_is_that_of_its_labelled_samples_alone(
    model, batch, loss, label
):
    labelled = batch[label] > 0
    assert 0 < np.sum(labelled) < 20
    alone = {k: tf.boolean_mask(v, labelled) for k, v in batch.items()}
    means = [
        model.objectives.objectives({loss: _losses(model, b)[loss]})
        for b in (batch, alone)
    ]
    subnet = "grading" if loss == "grading_loss" else "segmentation"
    mixed, wanted = (float(mean[subnet]) for mean in means)
    assert wanted > 0
    assert mixed == pytest.approx(wanted, rel=1e-5)


def test_eq_8_is_for_the_graded_without_annotation(model, batch):
    _, mask = _losses(model, batch)["semi_supervised_loss"]
    wanted = batch["has_grade"] * (1 - batch["has_lesions"])
    np.testing.assert_array_equal(mask, wanted)
    assert 0 < np.sum(wanted) < 20
