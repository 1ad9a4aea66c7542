import json
import pathlib
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def answers():
    """A process of its own: logical devices are set before TensorFlow runs."""
    script = pathlib.Path(__file__).with_name("two_replicas.py")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "name", ["CohenKappa", "BinnedAveragePrecision", "PSNR", "SSIM"]
)
def test_two_replicas_equal_one(answers, name):
    one, two = answers[name]
    assert two == pytest.approx(one, abs=1e-6, rel=1e-6)
    assert one != 0
