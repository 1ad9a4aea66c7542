"""Photographs changed at random as if another camera had taken them."""

import math

import tensorflow as tf

from dmtdr_tf.data.augmentation import PICTURES, Sample
from dmtdr_tf.preprocessing import degradation

__all__ = ["other_colors", "poorer", "turn_and_scale"]

# Farthest changes; gains and powers are factors, on a logarithmic scale.
_GAIN, _POWER, _SATURATION = 1.4, 1.5, 1.5
_HAZE, _VIGNETTE, _SLOPE = 0.12, 0.5, 0.35
# How often each group of changes is made.
_OFTEN = 0.7
# A photograph's pixel is lit, not background, above this.
_LIT = 0.05
_SCALES = (0.9, 1.2)
_NOISE, _QUALITY = 0.03, (40, 96)


def other_colors(photograph: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Changes light and colors: what keeps sharpness and place.

    White balance by factors of up to 1.4, saturation and gamma by up to 1.5,
    haze of up to 12 %, and light that falls off to the rim by up to half and
    to one side by up to a third. Each of the three groups is left out in 3 of
    10 photographs.

    Args:
        photograph: `[H, W, 3]` float in [0, 1].
        seed: `[2]` int64.

    Returns:
        `[H, W, 3]` in [0, 1]; what is not lit stays as it is.

    Example:
    >>> gray = tf.fill((8, 8, 3), 0.5)
    >>> other_colors(gray, tf.constant([1, 2], tf.int64)).shape
    TensorShape([8, 8, 3])
    """
    seeds = tf.random.split(seed, 2)
    draws = tf.random.stateless_uniform([10], seeds[0], -1.0, 1.0)
    made = tf.random.stateless_uniform([3], seeds[1]) < _OFTEN
    draws *= tf.cast(tf.repeat(made, (4, 2, 4)), tf.float32)
    colors, power, haze = draws[:4], draws[4], draws[5]
    pixels = tf.reshape(photograph, (-1, 3))
    lit = tf.cast(
        tf.reduce_max(pixels, axis=1, keepdims=True) > _LIT, tf.float32
    )
    saturation = _SATURATION ** colors[3]
    matrix = saturation * tf.eye(3) + (1.0 - saturation) / 3.0
    changed = pixels @ (matrix * _GAIN ** colors[:3])
    changed = tf.clip_by_value(changed, 1e-4, 1.0)
    changed = tf.exp(_POWER**power * tf.math.log(changed))
    veil = _HAZE * tf.maximum(haze, 0.0)
    changed = changed * (1.0 - veil) + veil
    light = _light(photograph.shape[0], photograph.shape[1], draws[6:])
    changed = tf.clip_by_value(changed * tf.reshape(light, (-1, 1)), 0.0, 1.0)
    changed = pixels + lit * (changed - pixels)
    return tf.reshape(changed, tf.shape(photograph))


def _light(height: int, width: int, draws: tf.Tensor) -> tf.Tensor:
    """Light that falls off to the rim and to one side: `[H, W]`."""
    rows = tf.linspace(-1.0, 1.0, height)[:, None]
    columns = tf.linspace(-1.0, 1.0, width)[None]
    fall = _VIGNETTE * tf.maximum(draws[0], 0.0)
    slope, angle = _SLOPE * draws[1], math.pi * draws[2]
    rim = 1.0 - fall * tf.minimum(rows**2 + columns**2, 1.0)
    side = rows * tf.sin(angle) + columns * tf.cos(angle)
    # Brighter in all, so that the mean stays about the same.
    return rim * (1.0 + slope * side) * (1.0 + 0.5 * fall)


def poorer(photograph: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Blurs a photograph, adds noise and compresses it, one time in two.

    Args:
        photograph: `[H, W, 3]` float in [0, 1].
        seed: `[2]` int64.

    Returns:
        `[H, W, 3]` float32 in [0, 1].
    """
    seeds = tf.random.split(seed, 5)

    def changed() -> tf.Tensor:
        reach = max(2, photograph.shape[0] // 128)
        sigma = tf.random.stateless_uniform([], seeds[0], 0.1, reach / 2)
        x = degradation.blur(photograph, sigma, reach)
        strength = tf.random.stateless_uniform([], seeds[1], 0.0, _NOISE)
        x += strength * tf.random.stateless_normal(tf.shape(x), seeds[2])
        return degradation.compressed(x, *_QUALITY, seeds[3])

    made = tf.random.stateless_uniform([], seeds[4]) < 0.5
    return tf.ensure_shape(
        tf.cond(made, changed, lambda: photograph), photograph.shape
    )


def turn_and_scale(sample: Sample, seed: tf.Tensor) -> Sample:
    """Turns all pictures of a sample by any angle, and scales them.

    Photographs and lesion maps are interpolated, masks are not, so that they
    stay masks. Outside of the picture everything is black.

    Args:
        sample: Pictures `[S, S, C]`, uint8.
        seed: `[2]` int64.

    Returns:
        The sample, with its pictures turned about their middle by up to half
        a turn and scaled by 0.9 to 1.2.
    """
    draws = tf.random.stateless_uniform([2], seed)
    angle = 2.0 * math.pi * draws[0]
    scale = _SCALES[0] * (_SCALES[1] / _SCALES[0]) ** draws[1]
    middle = (sample["photograph"].shape[0] - 1) / 2.0
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    transform = tf.stack(
        [
            cosine,
            -sine,
            middle * (1.0 - cosine + sine),
            sine,
            cosine,
            middle * (1.0 - sine - cosine),
            0.0,
            0.0,
        ]
    )
    turned = dict(sample)
    for name in PICTURES:
        if name in sample:
            turned[name] = _transformed(
                sample[name], transform, masks=name == "lesions"
            )
    return turned


def _transformed(
    picture: tf.Tensor, transform: tf.Tensor, masks: bool
) -> tf.Tensor:
    result = tf.raw_ops.ImageProjectiveTransformV3(
        images=picture[None],
        transforms=transform[None],
        output_shape=tf.shape(picture)[:2],
        fill_value=0.0,
        interpolation="NEAREST" if masks else "BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(result[0], picture.shape)
