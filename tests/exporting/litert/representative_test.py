import dataclasses

import numpy as np
import pytest

from dmtdr_tf.config import DataConfig, RunConfig, presets
from dmtdr_tf.exporting.litert.representative import (
    balanced,
    representative_photographs,
)
from dmtdr_tf.files.errors import UserError


@pytest.fixture
def config(dots_dir):
    return dataclasses.replace(
        presets.preset("demo"),
        run=RunConfig(dataset="dots", data_dir=str(dots_dir)),
        data=DataConfig(high_res_size=32),
    )


def test_draws_every_grade_as_often_as_it_can():
    grades = np.array([0] * 90 + [1] * 2 + [3] * 8)
    drawn = balanced(grades, 12, seed=0)
    assert len(set(drawn)) == 12
    # Two of grade 1 are all there are; the others share the rest.
    assert np.bincount(grades[drawn]).tolist() == [5, 2, 0, 5]
    assert drawn == balanced(grades, 12, seed=0)
    assert drawn != balanced(grades, 12, seed=1)
    assert balanced(grades, 1000, seed=0) == list(range(100))


def test_reads_those_that_it_drew(config):
    # Of ten photographs, numbers 0 and 6 (grade -1) are not graded.
    photographs = representative_photographs(config, "train", 100)
    assert [p.shape for p in photographs] == [(1, 8, 8, 3)] * 8
    numbers = [round((p[..., 0].mean() * 255 - 5) / 10) for p in photographs]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 7, 8, 9]
    few = representative_photographs(config, "train", 5)
    numbers = [round((p[..., 0].mean() * 255 - 5) / 10) for p in few]
    # A photograph's grade is its number modulo 6, less 1.
    assert sorted(n % 6 - 1 for n in numbers) == [0, 1, 2, 3, 4]


def test_refuses_what_is_not_there(config):
    with pytest.raises(UserError, match="no split 'test'"):
        representative_photographs(config, "test", 4)
    with pytest.raises(UserError, match="representative: must be at least 1"):
        representative_photographs(config, "train", 0)
