"""The outline of the field of view in graph, step by step as in Python."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants

__all__ = ["measure_outline"]


def measure_outline(
    frame: tf.Tensor,
    shape: tf.Tensor,
    field_of_view: tf.Tensor,
    brightness: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Fits a circle to the outline of the field of view.

    Args:
        frame: float32 `[h, w, 3]`, the whole photograph, reduced.
        shape: int32 `[2]`: rows and columns of the original photograph.
        field_of_view: int32 `[3]`: top, left and side in it.
        brightness: Mean of the brightest channel inside it, in [0, 1].

    Returns:
        Roundness and what is lit outside, as Python's function; float32.
    """
    lit = _lit(frame, brightness)
    start, stop = _box(tf.shape(lit), shape, field_of_view)
    points = _outline(lit, start, stop)
    sides = tf.cast(stop - start, tf.float64)
    count = tf.cast(tf.shape(points)[0], tf.float64)
    length = count / tf.reduce_sum(sides)
    none = tf.constant([0.0, 1.0])
    part = tf.cast(lit[start[0] : stop[0], start[1] : stop[1]], tf.float32)
    lit_share = tf.reduce_mean(part)
    filled = lit_share >= constants.FILLED_LIT
    whole = lit_share >= constants.WHOLE_LIT
    enough = (length >= constants.LEAST_OUTLINE) & ~(
        whole & (length < constants.WHOLE_OUTLINE)
    )
    unbounded = tf.stack([tf.cast(filled, tf.float32), 0.0])

    def fitted() -> tf.Tensor:
        circle = _fit_circle(points, start, stop)
        most = constants.MAX_RADIUS * tf.reduce_max(sides)
        is_circle = (circle[2] > 0.0) & (circle[2] <= most)
        return tf.cond(
            is_circle,
            lambda: _measures(lit, points, circle, start, stop),
            lambda: none,
        )

    measures = tf.cond(enough, fitted, lambda: unbounded)
    return measures[0], measures[1]


def _measures(
    lit: tf.Tensor,
    points: tf.Tensor,
    circle: tf.Tensor,
    start: tf.Tensor,
    stop: tf.Tensor,
) -> tf.Tensor:
    """Shares of the outline and of the area, float32 `[2]`."""
    y, x, radius = tf.unstack(circle)
    offsets = tf.norm(points - circle[:2], axis=-1) - radius
    width = constants.OUTLINE_WIDTH * radius
    on_circle = tf.cast(tf.abs(offsets) <= width, tf.float64)
    rows, columns = tf.unstack(tf.shape(lit))
    ys = tf.range(tf.cast(rows, tf.float64), dtype=tf.float64) + 0.5 - y
    xs = tf.range(tf.cast(columns, tf.float64), dtype=tf.float64) + 0.5 - x
    reach = (1 + 2 * constants.OUTLINE_WIDTH) * radius + 1
    inside = ys[:, None] ** 2 + xs**2 <= reach**2
    area = tf.math.count_nonzero(lit & inside, dtype=tf.int32)
    outside = tf.math.count_nonzero(lit & ~inside, dtype=tf.int32)
    share = tf.maximum(
        outside / tf.maximum(area, 1), _longer(circle, start, stop, lit)
    )
    return tf.cast(tf.stack([tf.reduce_mean(on_circle), share]), tf.float32)


def _longer(
    circle: tf.Tensor, start: tf.Tensor, stop: tf.Tensor, lit: tf.Tensor
) -> tf.Tensor:
    """How much longer the box is than the circle in the frame, relatively."""
    frame = tf.cast(tf.shape(lit), tf.float64)
    ends = tf.minimum(circle[:2] + circle[2], frame)
    lengths = ends - tf.maximum(circle[:2] - circle[2], 0.0)
    longest = tf.cast(tf.reduce_max(stop - start), tf.float64)
    return longest / tf.maximum(tf.reduce_max(lengths), 1.0) - 1.0


def _lit(frame: tf.Tensor, brightness: tf.Tensor) -> tf.Tensor:
    """Which pixels are not background, without specks: boolean `[h, w]`."""
    level = tf.maximum(
        float(constants.LIT_LEVEL), constants.OUTLINE_LEVEL * 255 * brightness
    )
    dark = tf.cast(tf.reduce_max(frame, -1) < level, tf.float32)
    dark = tf.nn.max_pool2d(dark[None, ..., None], 3, 1, "SAME")
    return tf.nn.max_pool2d(1.0 - dark, 3, 1, "SAME")[0, ..., 0] > 0.5


def _box(
    frame: tf.Tensor, shape: tf.Tensor, field_of_view: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """First row and column in the frame, and their ends."""
    start = tf.maximum(field_of_view[:2], 0) * frame // shape
    stop = tf.minimum(field_of_view[:2] + field_of_view[2], shape)
    return start, -(-stop * frame // shape)


def _outline(lit: tf.Tensor, start: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
    """The ends of each lit row and column, not at the frame: `[N, 2]`, y, x."""
    part = lit[start[0] : stop[0], start[1] : stop[1]]
    shape = tf.shape(lit)
    across = _ends(part, start[1], shape[1])[:, ::-1]
    down = _ends(tf.transpose(part), start[0], shape[0])
    offset = tf.cast(start, tf.float64)
    return tf.concat([across + [offset[0], 0.0], down + [0.0, offset[1]]], 0)


def _ends(part: tf.Tensor, origin: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """The first and last lit pixel of each row: `[N, 2]`, along and across."""
    lines = tf.cast(tf.where(tf.reduce_any(part, 1))[:, 0], tf.int32)
    values = tf.cast(tf.gather(part, lines), tf.int32)
    first = tf.argmax(values, 1, tf.int32) + origin
    end = origin + tf.shape(part)[1]
    last = end - tf.argmax(values[:, ::-1], 1, tf.int32)
    along = tf.cast(tf.concat([first, last], 0), tf.float64)
    across = tf.cast(tf.tile(lines, [2]), tf.float64) + 0.5
    free = tf.concat([first > 1, last < length - 1], 0)
    return tf.boolean_mask(tf.stack([along, across], 1), free)


def _fit_circle(
    points: tf.Tensor, start: tf.Tensor, stop: tf.Tensor
) -> tf.Tensor:
    """Kasa's fit, repeated with Cauchy's weights: y, x, radius, float64."""
    middle = tf.cast(start + stop, tf.float64) / 2
    unit = tf.cast(tf.reduce_max(stop - start), tf.float64) / 2
    relative = (points - middle) / unit
    weights = tf.ones(tf.shape(points)[:1], tf.float64)
    circle = tf.zeros([3], tf.float64)
    for _ in range(constants.FIT_ROUNDS):
        circle = _weighted_circle(relative, weights)
        distance = tf.norm(relative - circle[:2], axis=-1)
        off = tf.math.divide_no_nan(distance, circle[2]) - 1
        weights = 1 / (1 + tf.square(off / constants.OUTLINE_WIDTH))
    return tf.concat([middle, [0.0]], 0) + circle * unit


def _weighted_circle(points: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Solves y^2 + x^2 = a y + b x + c for center and radius."""
    terms = tf.concat([points, tf.ones_like(points[:, :1])], 1)
    weighted = terms * weights[:, None]
    matrix = tf.matmul(weighted, terms, transpose_a=True)
    squares = tf.reduce_sum(tf.square(points), 1)
    right = tf.linalg.matvec(weighted, squares, transpose_a=True)
    solvable = tf.abs(tf.linalg.det(matrix)) >= 1e-9
    # An identity where there is no solution: the result is not used.
    safe = tf.where(solvable, matrix, tf.eye(3, dtype=tf.float64))
    solution = tf.linalg.solve(safe, right[:, None])[:, 0]
    center = solution[:2] / 2
    squared = solution[2] + tf.reduce_sum(tf.square(center))
    radius = tf.sqrt(tf.maximum(squared, 0.0))
    circle = tf.concat([center, radius[None]], 0)
    return tf.where(solvable, circle, tf.zeros_like(circle))
