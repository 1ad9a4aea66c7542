import math

import numpy as np
import pytest

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.calibration.conformal import conformal_quantile, set_scores
from dmtdr_tf.calibration.temperature import probabilities_of


@pytest.mark.parametrize("count", [19, 76, 200])
@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_the_quantile_has_the_rank_of_the_finite_sample(count, coverage):
    scores = np.random.default_rng(count).permutation(count) / count
    rank = math.ceil(round((count + 1) * coverage, 9))
    # Where the rank is whole, the library keeps one more score.
    ranks = {rank, rank + 1} if (count + 1) * coverage % 1 < 1e-6 else {rank}
    expected = [[*np.sort(scores), 1.0][rank - 1] for rank in ranks]
    assert conformal_quantile(scores, coverage) in expected


def test_too_few_photographs_bound_nothing():
    assert conformal_quantile([0.1, 0.2, 0.3], 0.9) == 1.0


def test_equal_scores():
    assert conformal_quantile([0.0] * 50 + [0.5] * 3, 0.9) == 0.0


def test_a_score_says_from_which_least_probability_a_grade_is_in_the_set():
    rng = np.random.default_rng(0)
    for row in rng.dirichlet([0.5] * 5, 300):
        scores = set_scores(row[None])[0]
        for quantile in rng.uniform(0, 1, 5):
            point = OperatingPoint(0.5, 1.0 - quantile)
            low, high = point.grade_set(row)
            inside = scores <= quantile
            inside[row.argmax()] = True
            assert np.flatnonzero(inside).tolist() == [*range(low, high + 1)]


def test_sets_hold_the_grade_as_often_as_asked():
    """Also where the model is far too sure of itself."""
    rng = np.random.default_rng(0)
    covered, count = [], 76
    for _ in range(200):
        logits = 2 * rng.normal(size=(2 * count, 5))
        chances = probabilities_of(logits).cumsum(axis=1)
        draws = rng.random((2 * count, 1))
        grades = np.minimum((draws > chances).sum(axis=1), 4)
        stated = probabilities_of(logits, 0.3)
        rows = np.arange(count)
        scores = set_scores(stated[:count])[rows, grades[:count]]
        least = 1.0 - conformal_quantile(scores, 0.9)
        point = OperatingPoint(0.5, least)
        for row, grade in zip(stated[count:], grades[count:], strict=True):
            low, high = point.grade_set(row)
            covered.append(low <= grade <= high)
    assert 0.89 < np.mean(covered) < 0.93
