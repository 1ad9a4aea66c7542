"""Random crops, flips, right-angle rotations and photometric jitter."""

import tensorflow as tf

Sample = dict[str, tf.Tensor]

# Features of a sample that are pictures and move together.
PICTURES = ("photograph", "lesions", "lesion_maps")


def random_crop(
    sample: Sample, size: int, grid: int, lesion_focus: float, seed: tf.Tensor
) -> Sample:
    """Cuts the same random square out of every picture of a sample.

    Args:
        sample: Pictures `[S, S, C]`.
        size: Side of the crop.
        grid: The crop's corner is a multiple of this (the scale), so that low
            and high resolution stay aligned.
        lesion_focus: Share of the crops that hold a pixel of a lesion, drawn
            from a random kind that the photograph has.
        seed: `[2]` int64.

    Returns:
        The sample, its pictures `[size, size, C]`.
    """
    side = sample["photograph"].shape[0]
    room = side - size
    seeds = tf.random.split(seed, 4)
    corner = tf.random.stateless_uniform(
        [2], seeds[0], 0, room + 1, dtype=tf.int32
    )
    if lesion_focus:
        focused = tf.random.stateless_uniform([], seeds[1]) < lesion_focus
        found = tf.reduce_any(sample["lesions"] > 0)
        corner = tf.cond(
            focused & found,
            lambda: _corner_on_lesion(
                sample["lesions"], size, room, seeds[2], seeds[3]
            ),
            lambda: corner,
        )
    top, left = tf.unstack(corner // grid * grid)
    cut = dict(sample)
    for name in PICTURES:
        if name in sample:
            part = sample[name][top : top + size, left : left + size]
            channels = sample[name].shape[-1]
            cut[name] = tf.ensure_shape(part, (size, size, channels))
    return cut


def _corner_on_lesion(lesions, size, room, kind_seed, pixel_seed):
    """Draws a kind of lesion, one of its pixels, and a crop that holds it."""
    present = tf.where(tf.reduce_any(lesions > 0, axis=(0, 1)))[:, 0]
    kind = present[_draw(tf.shape(present)[0], kind_seed)]
    pixels = tf.where(tf.gather(lesions, kind, axis=-1) > 0)
    seeds = tf.random.split(pixel_seed, 2)
    pixel = tf.cast(pixels[_draw(tf.shape(pixels)[0], seeds[0])], tf.int32)
    offset = tf.random.stateless_uniform([2], seeds[1], 0, size, tf.int32)
    return tf.clip_by_value(pixel - offset, 0, room)


def _draw(count, seed):
    return tf.random.stateless_uniform([], seed, 0, count, tf.int32)


def flip_and_rotate(sample: Sample, seed: tf.Tensor) -> Sample:
    """Draws one of the square's eight symmetries for all pictures alike.

    Args:
        sample: Pictures `[S, S, C]`.
        seed: `[2]` int64.

    Returns:
        The sample, its pictures flipped and rotated.
    """
    draw = tf.random.stateless_uniform([], seed, 0, 8, tf.int32)
    turned = dict(sample)
    for name in PICTURES:
        if name in sample:
            picture = tf.image.rot90(sample[name], draw % 4)
            picture = tf.cond(
                draw < 4,
                lambda p=picture: p,
                lambda p=picture: tf.reverse(p, [1]),
            )
            turned[name] = tf.ensure_shape(picture, sample[name].shape)
    return turned


def photometric_jitter(
    photograph: tf.Tensor, strength: float, seed: tf.Tensor
) -> tf.Tensor:
    """Changes brightness, contrast, saturation and tint at random.

    Args:
        photograph: `[H, W, 3]` float in [0, 1].
        strength: Largest change as a fraction; tint changes by half of it.
        seed: `[2]` int64.

    Returns:
        The photograph, clipped to [0, 1]; black stays black.
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
    # Contrast about the mean, saturation about grey and gain are one product
    # of a matrix by a pixel: the photograph is gone through once.
    colours = saturation * tf.eye(3) + (1.0 - saturation) / 3.0
    colours *= gain
    changed = pixels @ (contrast * colours) + (1.0 - contrast) * mean @ colours
    changed = tf.clip_by_value(changed, 0.0, 1.0)
    # Not `tf.where`, which is four times as slow with a mask to broadcast.
    changed = pixels + lit * (changed - pixels)
    return tf.reshape(changed, tf.shape(photograph))
