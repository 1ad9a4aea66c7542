import json
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).with_name("two_replicas.py")


@pytest.fixture(scope="module")
def differences():
    # In a process of its own: the CPU is split before TensorFlow starts.
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "case",
    ["restoration 1 joint", "grading 2 subnet", "joint 1 subnet"],
)
def test_two_replicas_equal_one_on_the_same_global_batch(differences, case):
    assert differences[case]["weights"] < 1e-4
    assert differences[case]["losses"] < 1e-3
