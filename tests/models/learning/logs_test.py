"""Tests of what training and validation report."""

import keras
import pytest
import tensorflow as tf

from dmtdr_tf.config import LossConfig

UPDATE = {"bad_steps", "bad_steps_in_a_row"}
VALIDATION = {"quadratic_kappa", "accuracy", "score"}


@pytest.fixture
def model(make_model):
    model = make_model()
    model.compile(keras.optimizers.SGD(0.01), LossConfig(), "grading")
    return model


@pytest.fixture
def data(make_batch):
    batches = [make_batch(grade=grade) for grade in ((0, 4), (2, 2), (3, 1))]
    return tf.data.Dataset.from_generator(
        lambda: batches,
        output_signature={
            name: tf.TensorSpec(value.shape, value.dtype)
            for name, value in batches[0].items()
        },
    )


def test_training_and_validation_have_figures_of_their_own(model, data):
    history = model.fit(data, validation_data=data, epochs=2, verbose=0).history
    training = {name for name in history if not name.startswith("val_")}
    validation = {name[4:] for name in history if name.startswith("val_")}
    assert training == {"grading_loss"} | UPDATE
    assert validation == {"grading_loss"} | VALIDATION
    assert all(len(values) == 2 for values in history.values())


def test_evaluation_gives_the_figures_of_all_steps(model, data):
    figures = model.evaluate(data, return_dict=True, verbose=0)
    assert set(figures) == {"grading_loss"} | VALIDATION
    for metric in model.metrics:
        metric.reset_state()
    for batch in data:
        logs = model.test_step(batch)
    for name, value in figures.items():
        assert value == pytest.approx(float(logs[name]), abs=1e-5)


def test_training_reports_after_an_evaluation_that_failed(model, data):
    class Stop(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        model.evaluate(data, callbacks=[Stop()], verbose=0)
    history = model.fit(data, verbose=0).history
    assert set(history) == {"grading_loss"} | UPDATE
