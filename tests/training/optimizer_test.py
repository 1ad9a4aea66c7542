import keras
import numpy as np
import pytest

from dmtdr_tf.config import PhaseConfig
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW
from dmtdr_tf.training.optimizer import phase_optimizer


def _train(optimizer, steps=5):
    variables = [keras.Variable([1.0, -2.0]), keras.Variable([3.0])]
    optimizer.build(variables)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        gradients = [
            rng.normal(size=v.shape).astype("float32") for v in variables
        ]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])
    return [np.array(v) for v in variables]


def test_without_multipliers_it_is_adamw():
    made = _train(SubnetAdamW(0.1, weight_decay=0.01))
    wanted = _train(keras.optimizers.AdamW(0.1, weight_decay=0.01))
    for one, other in zip(made, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_each_variable_has_its_own_learning_rate():
    made = _train(SubnetAdamW(0.1, [1.0, 3.0], weight_decay=0.0))
    slow = _train(keras.optimizers.AdamW(0.1, weight_decay=0.0))
    fast = _train(keras.optimizers.AdamW(0.3, weight_decay=0.0))
    np.testing.assert_allclose(made[0], slow[0], rtol=1e-6)
    np.testing.assert_allclose(made[1], fast[1], rtol=1e-6)


def test_multipliers_survive_serialisation():
    optimizer = SubnetAdamW(0.1, [1.0, 3.0])
    config = keras.optimizers.serialize(optimizer)
    assert keras.optimizers.deserialize(config).multipliers == [1.0, 3.0]


def test_cosine_schedule_rises_and_falls():
    phase = PhaseConfig(learning_rate=1.0, warmup=0.1, schedule="cosine")
    config = phase_optimizer(phase, 100, []).get_config()
    rate = keras.optimizers.schedules.deserialize(config["learning_rate"])
    assert float(rate(0)) == pytest.approx(0.1)
    assert float(rate(10)) == pytest.approx(1.0)
    # Half-way down: the mean of 1 and alpha = 0.01.
    assert float(rate(55)) == pytest.approx(0.505, abs=0.01)
    assert float(rate(100)) == pytest.approx(0.01)


def test_constant_schedule_stays():
    optimizer = phase_optimizer(PhaseConfig(learning_rate=0.25), 100, [])
    assert float(optimizer.learning_rate) == 0.25
