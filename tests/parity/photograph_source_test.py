import numpy as np
import pytest

from dmtdr_tf.parity.photograph_source import choose


@pytest.mark.parametrize(
    ("annotated", "count", "expected"),
    [
        ([0, 1, 0, 1, 1, 0], 2, [0, 1]),
        ([0, 0, 0, 1, 1, 1], 4, [0, 1, 3, 4]),
        ([1, 1, 1, 1, 0, 1], 4, [0, 1, 2, 4]),
        ([0, 0, 0, 0, 0, 1], 4, [0, 1, 2, 5]),
        ([0, 1, 0], 9, [0, 1, 2]),
        ([1, 1], 1, [0]),
    ],
)
def test_half_of_the_photographs_are_annotated(annotated, count, expected):
    assert choose(np.array(annotated, bool), count) == expected
