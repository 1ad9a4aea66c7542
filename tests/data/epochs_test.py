"""The order of epochs, on numbers in place of photographs."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import PhaseConfig
from dmtdr_tf.data.epochs import epoch_samples
from dmtdr_tf.data.samples import Samples

# Of 12 numbers, the last three are a data set of their own. Grade -1 is none.
GRADES = [np.array([0, 0, 0, 0, 0, 0, 1, -1, -1]), np.array([4, 0, 1])]


def _samples(weights=(), cached=False):
    parts = [tf.data.Dataset.range(9), tf.data.Dataset.range(9, 12)]
    return Samples(parts, GRADES, list(weights), lambda part: part, cached)


def _epoch(samples, config, epoch, count, balance="none", buffer=100):
    data = dataclasses.replace(config.data, shuffle_buffer=buffer)
    order = epoch_samples(
        samples,
        dataclasses.replace(config, data=data),
        PhaseConfig(balance=balance),
        epoch,
        count,
    )
    return [int(number) for number in order.take(count).as_numpy_iterator()]


@pytest.mark.parametrize("buffer", [1, 5, 100])
@pytest.mark.parametrize("cached", [True, False])
def test_whole_epochs_hold_every_sample_once(config, buffer, cached):
    for epoch in range(3):
        order = _epoch(
            _samples(cached=cached), config, epoch, 12, "none", buffer
        )
        assert sorted(order) == list(range(12))


def test_an_order_is_given_by_seed_and_epoch(config):
    orders = [_epoch(_samples(), config, epoch, 12) for epoch in range(4)]
    assert len(set(map(tuple, orders))) == 4
    assert _epoch(_samples(), config, 2, 12) == orders[2]
    run = dataclasses.replace(config.run, seed=1)
    other = dataclasses.replace(config, run=run)
    assert _epoch(_samples(), other, 2, 12) != orders[2]


def test_short_epochs_read_on_where_the_last_one_stopped(config):
    # A buffer of one sample keeps the order of the files.
    orders = [_epoch(_samples(), config, e, 5, "none", 1) for e in range(3)]
    assert orders == [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [10, 11, 0, 1, 2],
    ]


def test_grades_are_sampled_equally_and_missing_ones_never(config):
    order = _epoch(_samples(), config, 0, 3000, "grade")
    grades = np.concatenate(GRADES)[order]
    assert set(grades) == {0, 1, 4}
    shares = [np.mean(grades == grade) for grade in (0, 1, 4)]
    # Four standard deviations of a share of 3,000 samples.
    np.testing.assert_allclose(shares, 1 / 3, atol=0.035)
    assert set(order) == set(range(12)) - {7, 8}


def test_weights_are_shares_whatever_their_sum(config):
    for weights in ((1.0, 4.0), (0.2, 0.8)):
        order = _epoch(_samples(weights), config, 0, 3000)
        assert np.mean(np.array(order) >= 9) == pytest.approx(0.8, abs=0.03)
        # Within a data set, every sample comes equally often, give or take
        # the round that the epoch's end cuts.
        for part in (range(9), range(9, 12)):
            counts = [order.count(number) for number in part]
            assert max(counts) - min(counts) <= 1


def test_groups_of_the_samples():
    samples = _samples()
    assert samples.count == 12
    groups = [np.flatnonzero(group).tolist() for group in samples.by_grade]
    assert groups == [[0, 1, 2, 3, 4, 5, 10], [6, 11], [9]]
    # One pixel: number n shows lesion n % 4, and number 11 none.
    masks = [
        tf.cast(tf.one_hot(n % 4 if n < 11 else -1, 4), tf.uint8)[None, None]
        for n in range(12)
    ]
    parts = [
        tf.data.Dataset.from_tensor_slices({"lesions": tf.stack(masks[a:b])})
        for a, b in ((0, 9), (9, 12))
    ]
    samples = Samples(parts, GRADES, [], lambda part: part, cached=False)
    groups = [np.flatnonzero(group).tolist() for group in samples.by_lesion]
    assert groups == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7], [11]]


def test_what_is_in_memory_is_not_decoded_again():
    def decode(part):
        return part.map(lambda number: number * 10)

    for cached, expected in ((True, [0, 1]), (False, [0, 10])):
        samples = Samples([], [], [], decode, cached)
        decoded = samples.decoded(tf.data.Dataset.range(2))
        assert list(decoded.as_numpy_iterator()) == expected
