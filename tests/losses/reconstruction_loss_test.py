"""Tests of the reconstruction loss."""

import numpy as np
import pytest
from sklearn import metrics

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses import ReconstructionLoss


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # Of 12 values one is off by 0.6, one by -0.3.
        ("absolute", 0.9 / 12),
        ("squared", 0.45 / 12),
    ],
)
def test_hand_worked(kind, expected):
    real = np.full((1, 2, 2, 3), 0.3, "float32")
    restored = real.copy()
    restored[0, 0, 0, 0] = 0.9
    restored[0, 1, 1, 2] = 0.0
    loss = ReconstructionLoss(kind).call(real, restored)
    np.testing.assert_allclose(loss, [expected], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        ("absolute", metrics.mean_absolute_error),
        ("squared", metrics.mean_squared_error),
    ],
)
def test_agrees_with_scikit_learn(kind, reference):
    rng = np.random.default_rng(0)
    real, restored = rng.random((2, 3, 8, 6, 3), "float32")
    expected = [
        reference(r.ravel(), s.ravel())
        for r, s in zip(real, restored, strict=True)
    ]
    loss = ReconstructionLoss(kind)
    np.testing.assert_allclose(loss.call(real, restored), expected, rtol=1e-5)
    np.testing.assert_allclose(
        loss(real, restored), np.mean(expected), rtol=1e-5
    )


def test_refuses_another_kind():
    with pytest.raises(UserError, match="kind: .*'huber'"):
        ReconstructionLoss("huber")
