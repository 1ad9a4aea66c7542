import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.models.learning.guarded_update import GuardedUpdate, all_finite


def _update(accumulation=1, optimizer=None):
    variable = keras.Variable([1.0, 2.0])
    optimizer = optimizer or keras.optimizers.SGD(0.1)
    return variable, GuardedUpdate(optimizer, [variable], accumulation)


def _step(update, gradient):
    gradient = tf.constant(gradient)
    update(all_finite([gradient]), [gradient])


def test_a_good_step_is_the_optimisers():
    variable, update = _update()
    _step(update, [1.0, -1.0])
    np.testing.assert_allclose(variable, [0.9, 2.1])
    assert int(update.bad_steps) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_bad_step_changes_nothing_and_is_counted(bad):
    optimizer = keras.optimizers.AdamW(0.1, weight_decay=0.1)
    variable, update = _update(optimizer=optimizer)
    _step(update, [1.0, 1.0])
    before = [np.array(v) for v in [variable, *optimizer.variables]]
    _step(update, [1.0, bad])
    _step(update, [bad, 1.0])
    after = [np.array(v) for v in [variable, *optimizer.variables]]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(update.bad_steps) == int(update.bad_steps_in_a_row) == 2
    _step(update, [1.0, 1.0])
    assert int(update.bad_steps) == 2
    assert int(update.bad_steps_in_a_row) == 0


def test_accumulated_steps_make_one_mean_update():
    variable, update = _update(accumulation=2)
    _step(update, [1.0, 0.0])
    np.testing.assert_allclose(variable, [1.0, 2.0])
    _step(update, [3.0, 1.0])
    np.testing.assert_allclose(variable, [0.8, 1.95])  # mean [2, 0.5]
    _step(update, [0.0, 0.0])
    _step(update, [2.0, 0.0])  # starts from zero again
    np.testing.assert_allclose(variable, [0.7, 1.95], rtol=1e-6)


@pytest.mark.parametrize("accumulation", [2, 3])
def test_a_window_of_bad_steps_changes_nothing(accumulation):
    optimizer = keras.optimizers.AdamW(0.1, weight_decay=0.1)
    variable, update = _update(accumulation, optimizer)
    for _ in range(accumulation):
        _step(update, [1.0, 1.0])
    before = [np.array(v) for v in [variable, *optimizer.variables]]
    for _ in range(accumulation):
        _step(update, [np.nan, 1.0])
    after = [np.array(v) for v in [variable, *optimizer.variables]]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_good_steps_of_a_window_are_averaged():
    variable, update = _update(accumulation=3)
    for gradient in ([1.0, 0.0], [np.inf, 5.0], [3.0, 1.0]):
        _step(update, gradient)
    np.testing.assert_allclose(variable, [0.8, 1.95])  # mean [2, 0.5]
    for gradient in ([1.0, 0.0], [1.0, 0.0], [1.0, 0.0]):
        _step(update, gradient)
    np.testing.assert_allclose(variable, [0.7, 1.95], rtol=1e-6)


def test_a_missing_gradient_is_zero():
    variable, update = _update()
    update(tf.constant(True), [None])
    np.testing.assert_allclose(variable, [1.0, 2.0])


def test_works_inside_a_function():
    variable, update = _update()
    step = tf.function(lambda g: update(all_finite([g]), [g]))
    step(tf.constant([1.0, 1.0]))
    step(tf.constant([np.nan, 1.0]))
    np.testing.assert_allclose(variable, [0.9, 1.9])


def test_all_finite_passes_over_missing_gradients():
    assert bool(all_finite([None, tf.zeros(2)]))
    assert not bool(all_finite([None, tf.constant([0.0, np.nan])]))
