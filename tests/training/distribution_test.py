import keras
import pytest
import tensorflow as tf

from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training import distribution


@pytest.fixture(autouse=True)
def keep_policy():
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def test_one_device_needs_no_mirrors():
    made = distribution.make_strategy(RunConfig(strategy="one"))
    assert made is tf.distribute.get_strategy()


def test_replicas_after_the_start_are_refused_clearly():
    tf.config.list_logical_devices("CPU")
    with pytest.raises(
        UserError, match=r"run\.replicas: cannot create 7 logical CPUs"
    ):
        distribution.make_strategy(RunConfig(replicas=7))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_precision_is_what_was_asked_for(policy):
    assert distribution.set_precision(RunConfig(precision=policy)) == policy
    assert keras.config.dtype_policy().name == policy


@pytest.mark.parametrize(
    ("able", "policy"), [(True, "mixed_bfloat16"), (False, "float32")]
)
def test_auto_follows_the_processor(monkeypatch, able, policy):
    monkeypatch.setattr(distribution, "_computes_bfloat16", lambda: able)
    assert distribution.set_precision(RunConfig()) == policy
