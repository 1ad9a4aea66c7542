"""Tests of the gradient-based multi-scale network visualisation."""

import collections

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from dmtdr_tf.evidence import (
    gmsv,
    gmsv_literal,
    gmsv_with_features,
    retina,
)

TWO_BY_TWO = np.zeros((1, 2, 2, 3), "float32")
TWO_BY_TWO[0, :, :, 0] = [[1, 2], [3, 4]]
NO_LESIONS = np.zeros((1, 2, 2, 4), "float32")


def peak_and_photograph(x):
    """Features: the first channel as it is, and its maximum."""
    first = x[..., :1]
    return [first, layers.MaxPooling2D(2)(first)]


def head_of(*kernel):
    def head(x):
        grade = layers.Dense(5, use_bias=False, kernel_initializer="ones")
        return grade(layers.Flatten()(x)) * np.array(kernel, "float32")

    return head


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        # y = 4 max F: w_2 = 4, w_1 = 4 / 4 = 1, so V_2 = 4 * 4 = 16 and
        # V_1 = 16 + 1 * 1 * F.
        ("positive", np.array([17, 18, 19, 20]) / 20),
        # y = 5 max F: w_2 = 5, w_1 = 5 / 4: V_1 = 20 + 25 / 16 * F.
        ("predicted", np.array([21.5625, 23.125, 24.6875, 26.25]) / 26.25),
    ],
)
def test_literal_form_by_hand(make_stand_in, score, expected):
    grader = make_stand_in(peak_and_photograph, head_of(5, 1, 1, 1, 1))
    result = gmsv_literal(grader, TWO_BY_TWO, NO_LESIONS, score=score)
    np.testing.assert_allclose(np.ravel(result), expected, rtol=1e-6)


@pytest.mark.parametrize("score", ["positive", "predicted"])
def test_balanced_form_by_hand(make_stand_in, score):
    grader = make_stand_in(peak_and_photograph, head_of(5, 1, 1, 1, 1))
    result = gmsv(grader, TWO_BY_TWO, NO_LESIONS, score=score)
    # Of whatever size the weights: V_2 = 1 and V_1 = F / 4, added up.
    expected = (1 + np.array([1, 2, 3, 4]) / 4) / 2
    np.testing.assert_allclose(np.ravel(result), expected, rtol=1e-6)


def test_one_level_against_the_score_does_not_empty_the_map(make_stand_in):
    # The score is the brightest value of channel 0 minus that of channel 1
    # at the last level, where channel 1 is larger in every place.
    def levels(x):
        first, pool = x[..., :1], layers.MaxPooling2D(2)
        pooled = layers.Concatenate()([pool(first), pool(x[..., 1:2])])
        return [first, pooled]

    kernel = np.zeros((2, 5), "float32")
    kernel[:, 1] = [1, -1]

    def head(x):
        return ops.matmul(layers.GlobalMaxPooling2D()(x), kernel)

    image = np.full((1, 4, 4, 3), 0.5, "float32")
    image[0, :, :, 1] = 0.6
    image[0, 3, 3, 0] = 0.55
    grader = make_stand_in(levels, head, (4, 4, 3))
    lesions = tf.zeros((1, 4, 4, 4))
    assert np.max(gmsv_literal(grader, image, lesions)) == 0
    result = gmsv(grader, image, lesions)[0, ..., 0].numpy()
    assert np.unravel_index(result.argmax(), result.shape) == (3, 3)


def test_evidence_against_the_score_is_cut_off(make_stand_in):
    grader = make_stand_in(peak_and_photograph, head_of(1, 0, 0, 0, -1))
    images = tf.constant(np.full((1, 2, 2, 3), 0.5, "float32"))
    with tf.GradientTape() as tape:
        tape.watch(images)
        # w_2 = -1, w_1 = -1/4: no level is positive in any place.
        result = gmsv(grader, images, tf.zeros((1, 2, 2, 4)))
    np.testing.assert_array_equal(result, np.zeros((1, 2, 2, 1)))
    np.testing.assert_array_equal(
        tape.gradient(result, images), np.zeros(images.shape)
    )


def finite_difference_weights(grader, level, feature):
    """`w[i, j]` without a gradient.

    The mean over the map of the partial derivatives is the derivative along
    a shift of the whole channel, divided by the number of its cells.
    """
    outputs = grader.backbone.outputs
    hidden = keras.Model(outputs[level], outputs[-1]) if level < 4 else None
    # The last layer in float64: the network's own answers in float32.
    dropout = grader.head.get_layer("dropout")
    pooled = keras.Model(grader.head.input, dropout.output)
    kernel, bias = (
        w.numpy().astype("float64") for w in grader.head.weights[-2:]
    )
    step = 1e-6 * np.eye(feature.shape[-1])[:, None, None, :]
    shifted = np.concatenate([feature + step, feature - step])
    top = hidden(shifted, training=False) if hidden else shifted
    units = pooled(top, training=False).numpy()
    score = (units @ kernel + bias)[:, 1:].sum(-1)
    plus, minus = np.split(score, 2)
    return (plus - minus) / 2e-6 / feature[..., 0].size


def numpy_levels(grader, image, lesions):
    """Each level's weighted sum and its weights, the coarsest level first."""
    features = grader.backbone([image[None], lesions[None]], training=False)
    for level in reversed(range(5)):
        feature = features[level].numpy().astype("float64")
        weights = finite_difference_weights(grader, level, feature)
        yield feature[0] @ weights, weights


def numpy_gmsv(grader, image, lesions):
    """The sum of the levels' normalized maps, in NumPy."""
    mask = retina(image[None]).numpy()[0].astype("float64")
    combined = 0.0
    for summed, _ in numpy_levels(grader, image, lesions):
        size = summed.shape[::-1]
        level = summed * cv2.resize(mask, size)
        level = np.maximum(level / (np.abs(level).max() or 1.0), 0)
        if np.ndim(combined):
            combined = cv2.resize(combined, size)
        combined = level + combined
    return upsampled(combined, image, mask)


def numpy_gmsv_literal(grader, image, lesions):
    """Algorithm 1 of one photograph in NumPy."""
    mask = retina(image[None]).numpy()[0].astype("float64")
    combined = None
    for summed, weights in numpy_levels(grader, image, lesions):
        size = summed.shape[::-1]
        combined = (
            summed
            if combined is None
            else cv2.resize(combined, size) + weights.sum() * summed
        )
    return upsampled(np.maximum(combined, 0), image, mask)


def upsampled(combined, image, mask):
    combined = cv2.resize(combined, image.shape[1::-1]) * mask[..., 0]
    return combined / combined.max()


@pytest.mark.parametrize("size", [(64, 64), (50, 70)])
@pytest.mark.parametrize(
    ("function", "in_numpy"),
    [(gmsv, numpy_gmsv), (gmsv_literal, numpy_gmsv_literal)],
)
def test_agrees_with_numpy_and_finite_differences(
    make_grader, size, function, in_numpy
):
    grader = make_grader(1, width=2, dtype="float64")
    rng = np.random.default_rng(0)
    images, lesions = rng.random((2, *size, 3)), rng.random((2, *size, 4))
    images[0, :, : size[1] // 2] = 0.0
    result = function(grader, tf.constant(images), tf.constant(lesions))
    for n in range(2):
        expected = in_numpy(grader, images[n], lesions[n])
        assert expected.std() > 0.05
        np.testing.assert_allclose(result[n, ..., 0], expected, atol=2e-5)


def map_and_gradient(grader, lesions, **options):
    def run(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = gmsv(grader, images, lesions, **options)
            value = tf.reduce_sum(tf.square(result))
        return result, tape.gradient(value, images)

    return run


def test_gives_the_photograph_a_gradient(grader, photographs):
    images, lesions = photographs
    run = tf.function(map_and_gradient(grader, lesions))
    _, gradient = run(images)
    norms = np.linalg.norm(np.reshape(gradient, (3, -1)), axis=1)
    assert np.all(norms > 1e-3)
    # And the right one: small steps along it change the map as it says.
    step = 1e-3 * tf.sign(gradient)
    values = [np.square(run(images + s * step)[0]).sum() for s in (1, -1)]
    slope = (values[0] - values[1]) / 2
    np.testing.assert_allclose(slope, np.sum(gradient * step), rtol=0.1)


def test_first_and_second_order_differ_in_the_gradient_only(
    make_grader, photographs
):
    # In training mode: with fixed statistics the weights of a network of
    # ReLUs are constant in pieces, and the two agree.
    grader = make_grader(0)
    images, lesions = photographs
    maps, gradients = {}, {}
    for training in (False, True):
        for second_order in (False, True):
            run = map_and_gradient(
                grader, lesions, training=training, second_order=second_order
            )
            key = training, second_order
            maps[key], gradients[key] = run(images)
    for training in (False, True):
        np.testing.assert_allclose(
            maps[training, False], maps[training, True], atol=1e-5
        )
    scale = np.linalg.norm(gradients[False, False])
    differences = [
        np.linalg.norm(gradients[mode, False] - gradients[mode, True])
        for mode in (False, True)
    ]
    assert differences[0] < 1e-4 * scale
    assert differences[1] > 1e-3 * scale


def test_one_forward_and_one_backward_pass(grader, photographs):
    images, lesions = photographs
    convolutions = sum(
        isinstance(layer, layers.Conv2D) for layer in grader.backbone.layers
    )
    counts = {}
    for second_order in (False, True):
        run = map_and_gradient(grader, lesions, second_order=second_order)
        graph = tf.function(run).get_concrete_function(images).graph
        operations = graph.get_operations()
        counts[second_order] = collections.Counter(o.type for o in operations)
    first, second = counts[False], counts[True]
    assert first["Conv2D"] == convolutions
    # The map's own, and the caller's through the features.
    assert first["Conv2DBackpropInput"] == 2 * convolutions
    assert first["MaxPoolGradGrad"] == 0
    assert second["Conv2D"] > convolutions


def test_features_are_those_of_the_forward_pass(grader, photographs):
    images, lesions = photographs
    evidence, features = gmsv_with_features(grader, images, lesions)
    np.testing.assert_array_equal(evidence, gmsv(grader, images, lesions))
    np.testing.assert_allclose(
        grader.head(features[-1]), grader([images, lesions]), rtol=1e-5
    )


def test_a_head_that_reads_nothing_gives_a_map_of_zeros(
    make_grader, photographs
):
    grader = make_grader(2)
    grader.head.layers[-1].kernel.assign(np.zeros((8, 5)))
    images, lesions = photographs
    for second_order in (False, True):
        run = map_and_gradient(grader, lesions, second_order=second_order)
        result, gradient = run(images)
        np.testing.assert_array_equal(result, np.zeros((3, 64, 64, 1)))
        np.testing.assert_array_equal(gradient, np.zeros((3, 64, 64, 3)))
