import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import LossConfig
from dmtdr_tf.models.learning.averaged_weights import averaged_weights
from dmtdr_tf.models.learning.guarded_update import GuardedUpdate, all_finite
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW


class PlainDescent(keras.optimizers.SGD):
    """Worked by hand more easily than AdamW; its averages are found alike."""

    learned = ()
    averages = SubnetAdamW.averages

    def build(self, variables):
        super().build(variables)
        self.learned = tuple(variables)


def _step(update, gradient):
    gradient = tf.constant(gradient)
    update(all_finite([gradient]), [gradient])


def _model(momentum, optimizer=None):
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False)]
    )
    optimizer = optimizer or PlainDescent(
        1.0, use_ema=momentum > 0, ema_momentum=momentum
    )
    model.compile(optimizer, "mse")
    model.layers[0].kernel.assign([[8.0]])
    return model


def _kernel(model):
    return float(np.array(model.layers[0].kernel)[0, 0])


def test_the_average_worked_by_hand_and_back():
    """Weights 6, then 2: the average starts at 6 and ends at 5."""
    model = _model(0.75)
    update = GuardedUpdate(model.optimizer, model.trainable_variables)
    with averaged_weights(model):
        assert _kernel(model) == 8.0  # nothing is averaged yet
    _step(update, [[2.0]])
    _step(update, [[4.0]])
    assert _kernel(model) == 2.0
    with averaged_weights(model):
        assert _kernel(model) == 5.0
    assert _kernel(model) == 2.0


def test_only_updates_count_not_bad_or_accumulated_steps():
    model = _model(0.75)
    update = GuardedUpdate(model.optimizer, model.trainable_variables, 2)
    for gradient in (1.0, 3.0, 4.0, np.nan):  # means 2 and 4
        _step(update, [[gradient]])
    assert _kernel(model) == 2.0
    with averaged_weights(model):
        assert _kernel(model) == 5.0


def test_without_averaging_nothing_changes():
    model = _model(0.0)
    update = GuardedUpdate(model.optimizer, model.trainable_variables)
    _step(update, [[2.0]])
    with averaged_weights(model):
        assert _kernel(model) == 6.0


def test_the_latest_weights_return_after_an_error():
    model = _model(0.75)
    update = GuardedUpdate(model.optimizer, model.trainable_variables)
    _step(update, [[2.0]])
    _step(update, [[4.0]])
    with pytest.raises(RuntimeError), averaged_weights(model):
        raise RuntimeError
    assert _kernel(model) == 2.0


@pytest.mark.parametrize("phase", ["restoration", "grading", "joint"])
def test_fit_validates_averages_and_keeps_the_latest(
    phase, make_model, make_batch
):
    """Keras would overwrite the weights at the end of `fit`."""
    model = make_model()
    optimizer = SubnetAdamW(0.01, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer, LossConfig(), phase)
    data = tf.data.Dataset.from_tensors(make_batch()).repeat(3)
    before = [np.array(v) for v in model.trainable_variables]
    model.fit(data, verbose=0)
    learners = [v for group in model.learners(phase).values() for v in group]
    latest = [np.array(v) for v in learners]
    with averaged_weights(model):
        averages = [np.array(v) for v in learners]
        scores = model.evaluate(data.take(1), return_dict=True, verbose=0)
    assert any((a != b).any() for a, b in zip(latest, averages, strict=True))
    assert len(before) > len(learners) or phase == "joint"
    # `evaluate` puts the averages into place by itself.
    again = model.evaluate(data.take(1), return_dict=True, verbose=0)
    assert again == pytest.approx(scores, nan_ok=True)
    for variable, value in zip(learners, latest, strict=True):
        np.testing.assert_array_equal(variable, value)
