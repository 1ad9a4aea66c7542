"""Tests of the multipliers on several replicas."""

import json
import pathlib
import subprocess
import sys

import keras
import pytest

from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW


def test_two_replicas_update_as_one():
    script = pathlib.Path(__file__).with_name("two_replicas.py")
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )
    one, two = json.loads(run.stdout)
    # Adam's first step is the learning rate: 0.1, and three times that.
    assert one == pytest.approx([0.9, 0.7], abs=1e-5)
    assert two == pytest.approx(one, abs=1e-6)


def test_another_number_of_multipliers_is_refused():
    optimizer = SubnetAdamW(0.1, [1.0, 2.0])
    with pytest.raises(ValueError, match="multipliers: 2 .* 1 variable"):
        optimizer.build([keras.Variable([1.0])])
