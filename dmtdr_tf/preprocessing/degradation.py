"""The low-resolution photograph, computed from the high-resolution one."""

import tensorflow as tf

__all__ = [
    "bicubic",
    "blur",
    "compressed",
    "harder_low_resolution",
    "low_resolution",
    "mixed_low_resolution",
]

# Share of the photographs that `mixed_low_resolution` degrades. With half of
# them, the super-resolver learns to smooth good photographs, too.
_HARDER_SHARE = 0.25


def low_resolution(high_res: tf.Tensor, scale: int) -> tf.Tensor:
    """Reduces photographs by an antialiased bicubic filter.

    The kernel is that of Keys (1981) with a coefficient of -0.5, stretched by
    the scale.

    Args:
        high_res: `[B, H, W, 3]` or `[H, W, 3]` float in [0, 1].
        scale: Divisor of `H` and `W`.

    Returns:
        `[..., H / scale, W / scale, 3]` float32, clipped to [0, 1].

    Example:
        >>> low_resolution(tf.ones((8, 8, 3)), 4).shape
        TensorShape([2, 2, 3])
    """
    height, width = high_res.shape[-3], high_res.shape[-2]
    low_res = tf.image.resize(
        high_res,
        (height // scale, width // scale),
        method="bicubic",
        antialias=True,
    )
    return tf.clip_by_value(low_res, 0.0, 1.0)


def bicubic(low_res: tf.Tensor, scale: int) -> tf.Tensor:
    """Enlarges photographs bicubically: the baseline of super-resolution.

    Args:
        low_res: `[B, h, w, 3]` or `[h, w, 3]` float in [0, 1].
        scale: Factor.

    Returns:
        `[..., scale * h, scale * w, 3]` float32, clipped to [0, 1].
    """
    height, width = low_res.shape[-3], low_res.shape[-2]
    size = (height * scale, width * scale)
    enlarged = tf.image.resize(low_res, size, method="bicubic")
    return tf.clip_by_value(enlarged, 0.0, 1.0)


def harder_low_resolution(
    high_res: tf.Tensor, scale: int, seed: tf.Tensor
) -> tf.Tensor:
    """Reduces a photograph as a poor camera does: blur, noise and JPEG.

    Applies a Gaussian blur of up to half a low-resolution pixel, the
    antialiased bicubic reduction, noise of up to 2%, and JPEG compression of
    quality 50 to 95.

    Args:
        high_res: `[H, W, 3]` float in [0, 1].
        scale: Divisor of `H` and `W`.
        seed: `[2]` int64; the same seed gives the same degradation.

    Returns:
        `[H / scale, W / scale, 3]` float32 in [0, 1].
    """
    seeds = tf.random.split(seed, 4)
    sigma = tf.random.stateless_uniform([], seeds[0], 0.1, 0.5 * scale)
    low_res = low_resolution(blur(high_res, sigma, 2 * scale), scale)
    noise = tf.random.stateless_normal(tf.shape(low_res), seeds[1])
    strength = tf.random.stateless_uniform([], seeds[2], 0.0, 0.02)
    return compressed(low_res + strength * noise, 50, 95, seeds[3])


def mixed_low_resolution(
    high_res: tf.Tensor, scale: int, seed: tf.Tensor
) -> tf.Tensor:
    """Reduces a photograph as a poor camera does, one time in four.

    Args:
        high_res: `[H, W, 3]` float in [0, 1].
        scale: Divisor of `H` and `W`.
        seed: `[2]` int64.

    Returns:
        `[H / scale, W / scale, 3]` float32 in [0, 1].
    """
    seeds = tf.random.split(seed, 2)
    return tf.cond(
        tf.random.stateless_uniform([], seeds[0]) < _HARDER_SHARE,
        lambda: harder_low_resolution(high_res, scale, seeds[1]),
        lambda: low_resolution(high_res, scale),
    )


def compressed(
    photograph: tf.Tensor, low: int, high: int, seed: tf.Tensor
) -> tf.Tensor:
    """Compresses a photograph as JPEG.

    Args:
        photograph: `[H, W, 3]` float; clipped to [0, 1].
        low: Lowest JPEG quality.
        high: Highest JPEG quality; the limit itself is never drawn.
        seed: `[2]` int64.

    Returns:
        `[H, W, 3]` float32 in [0, 1].
    """
    pixels = tf.image.convert_image_dtype(
        tf.clip_by_value(photograph, 0.0, 1.0), tf.uint8
    )
    pixels = tf.image.stateless_random_jpeg_quality(pixels, low, high, seed)
    return tf.ensure_shape(
        tf.cast(pixels, tf.float32) / 255.0, photograph.shape
    )


def blur(photograph: tf.Tensor, sigma: tf.Tensor, reach: int) -> tf.Tensor:
    """Blurs a photograph by a Gaussian, the border mirrored.

    Args:
        photograph: `[H, W, 3]`.
        sigma: Standard deviation in pixels, above 0.
        reach: Radius of the kernel, in pixels.

    Returns:
        `[H, W, 3]`.
    """
    taps = tf.cast(tf.range(-reach, reach + 1), tf.float32)
    weights = tf.nn.softmax(-tf.square(taps) / (2.0 * tf.square(sigma)))
    x = tf.pad(
        photograph[None],
        [[0, 0], [reach, reach], [reach, reach], [0, 0]],
        mode="SYMMETRIC",
    )
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        kernel = tf.tile(tf.reshape(weights, shape), (1, 1, 3, 1))
        x = tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "VALID")
    return x[0]
