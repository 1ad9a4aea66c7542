"""A prediction made by hand: every number of it is known."""

import numpy as np
import pytest

from dmtdr_tf.data.field_of_view import FieldOfView
from dmtdr_tf.data.quality import Quality
from dmtdr_tf.reporting.prediction import Prediction

SIDE = 32


@pytest.fixture
def prediction():
    """A 40 x 64 photograph; its 32 x 32 square is the model's output.

    The field of view is all of the square. One microaneurysm of one pixel,
    two haemorrhages of 4 and 12 pixels, no soft exudate, and a hard exudate
    of probability 0.4.
    """
    rng = np.random.default_rng(0)
    lesions = np.zeros((SIDE, SIDE, 4), np.float32)
    lesions[3, 5, 0] = 0.9
    lesions[10:12, 10:12, 1] = 0.8
    lesions[20:24, 20:23, 1] = 0.7
    lesions[1:4, 1:4, 3] = 0.4
    evidence = np.zeros((SIDE, SIDE, 1), np.float32)
    evidence[8:16, 8:16] = 1.0
    return Prediction(
        photograph=rng.integers(60, 200, (40, 64, 3)).astype(np.uint8),
        field_of_view=FieldOfView(
            top=4, left=16, side=SIDE, height=40, width=64
        ),
        quality=Quality(
            sharpness=0.87, brightness=0.65, overexposed=0.01, field=0.93
        ),
        low_res=np.full((8, 8, 3), 0.5, np.float32),
        super_resolution=np.full((SIDE, SIDE, 3), 0.5, np.float32),
        lesions=lesions,
        probabilities=np.array([0.1, 0.2, 0.4, 0.2, 0.1]),
        evidence=evidence,
    )
