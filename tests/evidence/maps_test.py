"""Tests of what all evidence maps have in common."""

import inspect
import typing

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from dmtdr_tf.config import Evidence
from dmtdr_tf.evidence import MAPS, MAPS_WITH_FEATURES
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.grading import GradingNetwork

each_map = pytest.mark.parametrize("name", MAPS)


def evidence_map(name, *arguments, **options):
    """The map by name, with fewer samples than by default."""
    if name == "smooth_grad":
        options.setdefault("samples", 2)
    return MAPS[name](*arguments, **options)


def test_maps_are_those_of_the_configuration():
    assert tuple(MAPS) == typing.get_args(Evidence)


@each_map
def test_call_is_the_same(name):
    names = list(inspect.signature(MAPS[name]).parameters)
    assert names[:3] == ["grader", "images", "lesions"]
    assert tuple(MAPS_WITH_FEATURES) == tuple(MAPS)


@each_map
def test_map_comes_alone_or_with_its_features(name, grader, photographs):
    options = {"samples": 2} if name == "smooth_grad" else {}
    evidence, features = MAPS_WITH_FEATURES[name](
        grader, *photographs, **options
    )
    np.testing.assert_allclose(
        evidence, evidence_map(name, grader, *photographs), atol=1e-6
    )
    np.testing.assert_allclose(
        grader.head(features[-1]), grader(list(photographs)), rtol=1e-4
    )


@each_map
def test_refuses_a_keyword_that_no_map_has(name, grader, photographs):
    with pytest.raises(TypeError, match="return_features"):
        evidence_map(name, grader, *photographs, return_features=True)


@each_map
def test_is_a_map_in_0_1_with_a_peak(name, grader, photographs):
    evidence = evidence_map(name, grader, *photographs)
    assert evidence.shape == (3, 64, 64, 1)
    assert evidence.dtype == tf.float32
    assert np.min(evidence) >= 0
    np.testing.assert_allclose(np.max(evidence, axis=(1, 2, 3)), 1, rtol=1e-6)


@each_map
def test_one_by_one_as_in_a_batch(name, grader, photographs):
    # No noise: SmoothGrad draws it for the whole batch.
    options = {"noise": 0.0, "samples": 1} if name == "smooth_grad" else {}
    images, lesions = photographs
    batch = evidence_map(name, grader, images, lesions, **options)
    alone = [
        evidence_map(
            name, grader, images[n : n + 1], lesions[n : n + 1], **options
        )
        for n in range(3)
    ]
    np.testing.assert_allclose(batch, tf.concat(alone, 0), atol=1e-4)


@each_map
def test_other_weights_give_another_map(name, make_grader, photographs):
    maps = [
        np.reshape(
            evidence_map(name, make_grader(seed), *photographs),
            (3, -1),
        )
        for seed in (0, 0, 1)
    ]
    for same, again, other in zip(*maps, strict=True):
        assert stats.spearmanr(same, again).statistic > 0.999
        assert abs(stats.spearmanr(same, other).statistic) < 0.7


@each_map
def test_traced_once_for_batches_and_sizes(name):
    # A new grader: its guided copy is made while tracing.
    grader = GradingNetwork(width=16, units=2)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, None, channels)) for channels in (3, 4)
        ]
    )
    def run(images, lesions):
        return evidence_map(name, grader, images, lesions)

    rng = np.random.default_rng(0)
    for shape in ((1, 64, 64), (2, 64, 64), (1, 50, 70)):
        images = rng.random((*shape, 3), "float32")
        lesions = rng.random((*shape, 4), "float32")
        graph = run(images, lesions)
        eager = evidence_map(
            name, grader, tf.constant(images), tf.constant(lesions)
        )
        np.testing.assert_allclose(graph, eager, atol=1e-3)
    assert run.experimental_get_tracing_count() == 1


@each_map
def test_bfloat16_network_gives_nearly_the_same_map(
    name, grader, make_grader, photographs
):
    reduced = make_grader(0, dtype="mixed_bfloat16")
    assert reduced.backbone.compute_dtype == "bfloat16"
    reduced.set_weights(grader.get_weights())
    full, half = (
        evidence_map(name, g, *photographs) for g in (grader, reduced)
    )
    assert half.dtype == tf.float32
    for one, other in zip(full, half, strict=True):
        correlation = np.corrcoef(np.ravel(one), np.ravel(other))[0, 1]
        assert correlation > 0.95


@each_map
def test_features_come_with_training_statistics(name, make_grader, photographs):
    grader = make_grader(3)
    norm = next(
        layer
        for layer in grader.backbone.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    before = norm.moving_mean.numpy()
    images, lesions = photographs
    options = {"samples": 2} if name == "smooth_grad" else {}
    _, features = MAPS_WITH_FEATURES[name](
        grader, images, lesions, training=True, **options
    )
    step = norm.moving_mean.numpy() - before
    # One update, not two: (1 - momentum) * (batch mean - moving mean).
    stem = grader.backbone.get_layer("stem_conv")
    inputs = tf.concat([images, lesions], -1)
    mean = np.mean(stem(inputs), axis=(0, 1, 2))
    np.testing.assert_allclose(
        step, (1 - norm.momentum) * (mean - before), rtol=1e-2, atol=1e-6
    )
    assert len(features) == 5


@each_map
def test_dropout_does_not_enter_the_score(name, make_grader, photographs):
    grader = make_grader(7)
    options = {key: True for key in ("training", "second_order")}
    maps = [
        evidence_map(name, grader, *photographs, score="positive", **options)
        for _ in range(2)
    ]
    np.testing.assert_allclose(*maps, atol=1e-3)


@each_map
def test_refuses_another_score(name, grader, photographs):
    with pytest.raises(UserError, match="score"):
        evidence_map(name, grader, *photographs, score="certain")


@each_map
def test_arrays_are_read_as_tensors_are(name, grader, photographs):
    expected = evidence_map(name, grader, *photographs)
    arrays = [np.asarray(values, "float64") for values in photographs]
    evidence = evidence_map(name, grader, *arrays)
    np.testing.assert_allclose(evidence, expected, atol=1e-5)
