import itertools

import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.metrics import BinnedAveragePrecision
from dmtdr_tf.metrics.average_precision import (
    binned_auc,
    binned_average_precision,
)


def _lesion(seed, shape=(2, 256, 256), prevalence=0.005, spread=2.0):
    rng = np.random.default_rng(seed)
    labels = (rng.random(shape) < prevalence).astype("float32")
    logits = rng.normal(-6.0, spread, shape) + 4 * labels
    return labels, (1 / (1 + np.exp(-logits))).astype("float32")


def test_worked_by_hand():
    metric = BinnedAveragePrecision()
    metric.update_state([[1, 0, 1, 0]], [[0.9, 0.8, 0.7, 0.1]])
    assert float(metric.result()) == pytest.approx(5 / 6)
    assert float(metric.auc()[0]) == pytest.approx(3 / 4)


@pytest.mark.parametrize("spread", [0.2, 2.0, 8.0])
def test_within_its_bound_of_scikit_learn(spread):
    labels, scores = _lesion(0, spread=spread)
    metric = BinnedAveragePrecision()
    for label, score in zip(labels, scores, strict=True):
        metric.update_state(label[None], score[None])
    flat = labels.ravel(), scores.ravel()
    value, error = map(float, metric.average_precision())
    exact = sklearn.metrics.average_precision_score(*flat)
    assert abs(value - exact) <= error + 1e-12 < 2e-3
    value, error = map(float, metric.auc())
    exact = sklearn.metrics.roc_auc_score(*flat)
    assert abs(value - exact) <= error + 1e-12 < 1e-3


def test_bound_is_below_a_thousandth_on_many_pixels():
    labels, scores = _lesion(1, (4, 512, 512))
    metric = BinnedAveragePrecision()
    metric.update_state(labels, scores)
    assert float(metric.average_precision()[1]) < 1e-3
    assert float(metric.auc()[1]) < 1e-4


@pytest.mark.parametrize("octave_bins", [1, 4])
def test_coarse_bins_still_hold_their_bound(octave_bins):
    for seed in range(5):
        labels, scores = _lesion(seed, (1, 40, 40), 0.05)
        metric = BinnedAveragePrecision(octave_bins)
        metric.update_state(labels, scores)
        exact = sklearn.metrics.average_precision_score(
            labels.ravel(), scores.ravel()
        )
        value, error = map(float, metric.average_precision())
        assert abs(value - exact) <= error


def test_bound_covers_every_order_within_a_bin():
    """All weak orders of 2 positives and 2 negatives below 1 of each."""
    counts = np.zeros((2, 4))
    counts[:, 2], counts[:, 1] = (1, 1), (2, 2)
    value, error = map(float, binned_average_precision(counts))
    auc, auc_error = map(float, binned_auc(counts))
    labels = [1, 0, 1, 1, 0, 0]
    for ranks in itertools.product(range(4), repeat=4):
        for first in ((9, 8), (9, 9)):
            scores = [*first, *ranks]
            exact = sklearn.metrics.average_precision_score(labels, scores)
            assert abs(exact - value) <= error
            exact = sklearn.metrics.roc_auc_score(labels, scores)
            assert abs(exact - auc) <= auc_error + 1e-12


def test_order_of_bins_is_the_order_of_scores():
    """Every border of the scale, and many scores on both sides of it."""
    rng = np.random.default_rng(0)
    tiny = 2.0 ** -rng.uniform(0, 40, 3000)
    scores = np.concatenate(
        [[0, 2e-38, 2.0**-35, 0.5, 1 - 2.0**-24, 1], tiny, 1 - tiny]
    ).astype("float32")
    scores = np.unique(scores)
    metric = BinnedAveragePrecision()
    bins = np.asarray(metric._bin(tf.constant(scores)))
    assert np.all(np.diff(bins) >= 0)
    assert bins[0] == 0
    assert bins[1] == 1
    assert bins[-1] == metric.bins - 1
    # Below half of the scale a bin is at most 1/512 of its score wide.
    above = scores >= 2.0**-35
    for k in np.unique(bins[above & (scores < 0.5)]):
        inside = scores[(bins == k) & above]
        assert inside.max() / inside.min() <= 1 + 1 / 512


def test_saturated_scores_are_exact_ties():
    labels = (np.arange(100) < 10).astype("float32")[None]
    metric = BinnedAveragePrecision()
    metric.update_state(labels, np.zeros_like(labels))
    assert tuple(map(float, metric.average_precision())) == (0.1, 0.0)
    assert tuple(map(float, metric.auc())) == (0.5, 0.0)
    metric.update_state(np.ones_like(labels), np.ones_like(labels))
    # 100 right at the top, then 10 of 100 more: (100 + 10 * 110/200) / 110.
    assert float(metric.result()) == pytest.approx(105.5 / 110)


def test_photographs_without_annotation_do_not_count():
    labels, scores = _lesion(2, (3, 32, 32), 0.1)
    masked, alone = BinnedAveragePrecision(), BinnedAveragePrecision()
    masked.update_state(labels, scores, sample_weight=[0.0, 1.0, 0.0])
    alone.update_state(labels[1:2], scores[1:2])
    np.testing.assert_array_equal(masked.counts, alone.counts)
    assert int(np.sum(masked.counts)) == 32 * 32


def test_nothing_positive_is_zero():
    metric = BinnedAveragePrecision()
    assert float(metric.result()) == 0.0
    metric.update_state([[0.0, 0.0]], [[0.2, 0.9]])
    assert float(metric.result()) == 0.0
    assert tuple(map(float, metric.auc())) == (0.0, 0.0)


def test_counts_stay_exact_above_two_to_the_24():
    metric = BinnedAveragePrecision()
    counts = np.zeros((2, metric.bins), "int64")
    counts[0, 5] = 2**40
    metric.counts.assign(counts)
    metric.update_state([[0.0]], [[2.0**-40]])
    metric.update_state([[0.0]], [[0.0]])
    assert int(np.sum(metric.counts)) == 2**40 + 2


def test_inside_a_graph_with_float16_scores():
    metric = BinnedAveragePrecision()
    step = tf.function(metric.update_state)
    step(tf.constant([[1.0, 0.0]]), tf.constant([[0.75, 0.25]], tf.float16))
    step(tf.constant([[1.0, 0.0]]), tf.constant([[0.5, 0.25]], tf.float16))
    assert float(metric.result()) == 1.0


@pytest.mark.parametrize("octave_bins", [0, 3, 8192])
def test_refuses_other_numbers_of_bins(octave_bins):
    with pytest.raises(UserError, match="octave_bins: must be a power of 2"):
        BinnedAveragePrecision(octave_bins)
