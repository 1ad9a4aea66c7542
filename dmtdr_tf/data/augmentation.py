"""Random crops, flips, right-angle rotations and photometric jitter."""

import tensorflow as tf

__all__ = [
    "PICTURES",
    "Sample",
    "flip_and_rotate",
    "photometric_jitter",
    "random_crop",
]

Sample = dict[str, tf.Tensor]

# Features of a sample that are pictures and are transformed together.
PICTURES = ("photograph", "lesions", "lesion_maps")


def random_crop(
    sample: Sample, size: int, grid: int, lesion_focus: float, seed: tf.Tensor
) -> Sample:
    """Crops the same random square from every picture of a sample.

    Args:
        sample: Pictures `[S, S, C]`.
        size: Side of the crop, in pixels.
        grid: The corner of the crop is a multiple of this number (the scale),
            so that low and high resolution stay aligned.
        lesion_focus: Fraction of the crops that contain a lesion pixel. Its
            lesion is chosen among those that the photograph has.
        seed: `[2]` int64.

    Returns:
        The sample, with pictures `[size, size, C]`.
    """
    last_corner = sample["photograph"].shape[0] - size
    seeds = tf.random.split(seed, 4)
    corner = tf.random.stateless_uniform(
        [2], seeds[0], 0, last_corner + 1, dtype=tf.int32
    )
    if lesion_focus:
        focused = tf.random.stateless_uniform([], seeds[1]) < lesion_focus
        has_lesion = tf.reduce_any(sample["lesions"] > 0)
        corner = tf.cond(
            focused & has_lesion,
            lambda: _corner_on_lesion(
                sample["lesions"], size, last_corner, seeds[2], seeds[3]
            ),
            lambda: corner,
        )
    top, left = tf.unstack(corner // grid * grid)
    cropped = dict(sample)
    for name in PICTURES:
        if name in sample:
            part = sample[name][top : top + size, left : left + size]
            channels = sample[name].shape[-1]
            cropped[name] = tf.ensure_shape(part, (size, size, channels))
    return cropped


def _corner_on_lesion(
    lesions: tf.Tensor,
    size: int,
    last_corner: int,
    lesion_seed: tf.Tensor,
    pixel_seed: tf.Tensor,
) -> tf.Tensor:
    """Chooses a lesion, one of its pixels, and a crop that contains it."""
    present = tf.where(tf.reduce_any(lesions > 0, axis=(0, 1)))[:, 0]
    lesion = present[_random_index(tf.shape(present)[0], lesion_seed)]
    pixels = tf.where(tf.gather(lesions, lesion, axis=-1) > 0)
    seeds = tf.random.split(pixel_seed, 2)
    pixel = pixels[_random_index(tf.shape(pixels)[0], seeds[0])]
    offset = tf.random.stateless_uniform([2], seeds[1], 0, size, tf.int32)
    return tf.clip_by_value(tf.cast(pixel, tf.int32) - offset, 0, last_corner)


def _random_index(count: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([], seed, 0, count, tf.int32)


def flip_and_rotate(sample: Sample, seed: tf.Tensor) -> Sample:
    """Applies one of the eight symmetries of the square to all pictures.

    Args:
        sample: Pictures `[S, S, C]`.
        seed: `[2]` int64.

    Returns:
        The sample, with its pictures flipped and rotated.
    """
    draw = tf.random.stateless_uniform([], seed, 0, 8, tf.int32)
    transformed = dict(sample)
    for name in PICTURES:
        if name in sample:
            picture = tf.image.rot90(sample[name], draw % 4)
            picture = tf.cond(
                draw < 4,
                lambda p=picture: p,
                lambda p=picture: tf.reverse(p, [1]),
            )
            transformed[name] = tf.ensure_shape(picture, sample[name].shape)
    return transformed


def photometric_jitter(
    photograph: tf.Tensor, strength: float, seed: tf.Tensor
) -> tf.Tensor:
    """Changes brightness, contrast, saturation and tint at random.

    Args:
        photograph: `[H, W, 3]` float in [0, 1].
        strength: Largest change, as a fraction; tint changes by at most half
            of it.
        seed: `[2]` int64.

    Returns:
        `[H, W, 3]`, clipped to [0, 1]; black stays black.

    Example:
    >>> gray = tf.fill((2, 2, 3), 0.5)
    >>> photometric_jitter(gray, 0.2, tf.constant([1, 2], tf.int64)).shape
    TensorShape([2, 2, 3])
    """
    draws = tf.random.stateless_uniform([6], seed, -1.0, 1.0)
    gain = (1.0 + strength * draws[0]) * (1.0 + 0.5 * strength * draws[3:6])
    contrast, saturation = 1.0 + strength * draws[1], 1.0 + strength * draws[2]
    pixels = tf.reshape(photograph, (-1, 3))
    red, green, blue = pixels[:, 0], pixels[:, 1], pixels[:, 2]
    brightest = tf.maximum(tf.maximum(red, green), blue)
    lit = tf.cast(brightest > 0.05, tf.float32)[:, None]
    count = tf.maximum(tf.reduce_sum(lit), 1.0)
    mean = tf.matmul(lit, pixels, transpose_a=True) / count
    # Contrast about the mean, saturation about gray and gain combine into one
    # matrix, so that every pixel is multiplied only once.
    colors = saturation * tf.eye(3) + (1.0 - saturation) / 3.0
    colors *= gain
    changed = pixels @ (contrast * colors) + (1.0 - contrast) * mean @ colors
    changed = tf.clip_by_value(changed, 0.0, 1.0)
    # `tf.where` is four times as slow with a mask that it has to broadcast.
    changed = pixels + lit * (changed - pixels)
    return tf.reshape(changed, tf.shape(photograph))
