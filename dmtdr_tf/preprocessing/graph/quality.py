"""Measures of quality and the gate in graph, as in Python."""

import tensorflow as tf

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.graph.cropping import cut_out
from dmtdr_tf.preprocessing.graph.field_of_view import (
    area_resize,
    reduce_frame,
)
from dmtdr_tf.preprocessing.graph.likeness import likeness
from dmtdr_tf.preprocessing.graph.outline import measure_outline
from dmtdr_tf.preprocessing.rules import (
    FOREIGN,
    LOOKS,
    NOT_A_FUNDUS,
    POOR,
    TOO_POOR,
    Rule,
)

__all__ = ["measure_quality", "quality_refusal"]


def measure_quality(
    photograph: tf.Tensor, field_of_view: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Measures a photograph's quality, like Python's function.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        field_of_view: int32 `[3]`: top, left and side of its square, from
            `find_field_of_view`.

    Returns:
        The measures by the names of `dmtdr_tf.preprocessing.Quality`'s
        fields, float32 scalars.

    Example:
        >>> photograph = tf.pad(
        ...     tf.fill([80, 80, 3], tf.constant(90, tf.uint8)),
        ...     [[10, 10], [35, 35], [0, 0]],
        ... )
        >>> square = tf.constant([9, 34, 82])
        >>> measures = measure_quality(photograph, square)
        >>> float(measures["side"]), float(measures["saturation"])
        (82.0, 0.0)
    """
    side = tf.minimum(constants.QUALITY_SIDE, field_of_view[2])
    square = cut_out(photograph, field_of_view)
    square = area_resize(square, tf.stack([side, side]))
    square = tf.ensure_shape(square, (None, None, 3))
    highest = tf.reduce_max(square, -1)
    inside = highest >= constants.LIT_LEVEL
    green = square[..., 1]
    measured = _without_edge(inside, constants.EDGE_MARGIN)
    blurred = tuple(_blurred(square, sigma) for sigma in constants.BLUR_SIGMAS)
    brightness = _mean(highest, inside) / 255.0
    frame = reduce_frame(photograph, constants.SEARCH_SIDE)
    frame = reduce_frame(frame, constants.QUALITY_SIDE)
    roundness, outside = measure_outline(
        frame, tf.shape(photograph)[:2], field_of_view, brightness
    )
    saturated = tf.cast(green >= constants.SATURATED_LEVEL, tf.float32)
    saturation = (highest - tf.reduce_min(square, -1)) / tf.maximum(
        highest, 1.0
    )
    shape = tf.cast(tf.shape(photograph)[:2], tf.float32)
    measures = {
        "sharpness": _sharpness(blurred, measured),
        "brightness": brightness,
        "overexposed": _mean(saturated, inside),
        "field": _mean(tf.cast(inside, tf.float32), _disc(side)),
        "saturation": _mean(saturation, inside),
        "roundness": roundness,
        "outside": outside,
        "likeness": _likeness(square, blurred, measured, inside),
    }
    anything = tf.cast(tf.reduce_any(inside), tf.float32)
    return {
        **{name: value * anything for name, value in measures.items()},
        "side": tf.cast(field_of_view[2], tf.float32),
        "aspect": tf.reduce_max(shape) / tf.reduce_min(shape),
    }


def _mean(values: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Mean of the values where the mask is true; 0 if it never is."""
    weights = tf.cast(mask, tf.float32)
    total = tf.maximum(tf.reduce_sum(weights), 1.0)
    return tf.reduce_sum(values * weights) / total


def _disc(side: tf.Tensor) -> tf.Tensor:
    """OpenCV's filled circle of radius `side // 2`: boolean `[S, S]`."""
    offsets = tf.cast(tf.range(side) - side // 2, tf.float32)
    radius = tf.cast(side // 2, tf.float32)
    squares = tf.square(offsets)
    return squares[:, None] + squares <= tf.square(radius)


def _sharpness(
    blurred: tuple[tf.Tensor, ...], measured: tf.Tensor
) -> tf.Tensor:
    one, two, three = (x[..., 1] for x in blurred)
    fine = _deviation(one - two, measured)
    return tf.math.divide_no_nan(fine, _deviation(two - three, measured))


def _likeness(
    square: tf.Tensor,
    blurred: tuple[tf.Tensor, ...],
    measured: tf.Tensor,
    inside: tf.Tensor,
) -> tf.Tensor:
    mask = tf.cond(tf.reduce_any(measured), lambda: measured, lambda: inside)
    return tf.cond(
        tf.reduce_any(mask),
        lambda: likeness(square, blurred, mask),
        lambda: 0.0,
    )


def _without_edge(lit: tf.Tensor, margin: int) -> tf.Tensor:
    """Lit pixels so far inside the edge: boolean `[S, S]`."""
    dark = tf.pad(
        tf.cast(~lit, tf.float32), [[margin, margin]] * 2, constant_values=1.0
    )
    near = tf.nn.max_pool2d(dark[None, ..., None], 2 * margin + 1, 1, "VALID")
    return near[0, ..., 0] < 0.5


def _deviation(values: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    mean = _mean(values, mask)
    return tf.sqrt(_mean(tf.square(values - mean), mask))


def _blurred(values: tf.Tensor, sigma: float) -> tf.Tensor:
    """OpenCV's Gaussian blur with a mirrored border, `[S, S, 3]`."""
    matrix = _gaussian_matrix(tf.shape(values)[0], sigma)
    return tf.einsum("ij,kl,jlc->ikc", matrix, matrix, values)


def _gaussian_matrix(side: tf.Tensor, sigma: float) -> tf.Tensor:
    """What each pixel of a line takes of each: `[S, S]`."""
    reach = (round(sigma * 8 + 1) | 1) // 2
    offsets = tf.range(-reach, reach + 1)
    taps = tf.exp(-tf.cast(offsets**2, tf.float32) / (2 * sigma**2))
    taps /= tf.reduce_sum(taps)
    period = tf.maximum(2 * (side - 1), 1)
    index = (tf.range(side)[:, None] + offsets) % period
    index = tf.where(index < side, index, period - index)
    return tf.reduce_sum(tf.one_hot(index, side) * taps[:, None], 1)


def quality_refusal(
    measures: dict[str, tf.Tensor], thresholds: QualityConfig
) -> tf.Tensor:
    """Says why a photograph is refused, in the words of `check_quality`.

    Args:
        measures: From `measure_quality`.
        thresholds: Its `gate` counts, too.

    Returns:
        A scalar string; empty where the photograph passes.

    Example:
        >>> measures = {
        ...     "sharpness": 0.9,
        ...     "brightness": 0.05,
        ...     "overexposed": 0.0,
        ...     "field": 1.0,
        ...     "side": 256.0,
        ...     "aspect": 1.0,
        ...     "saturation": 0.6,
        ...     "roundness": 1.0,
        ...     "outside": 0.0,
        ...     "likeness": 1.0,
        ... }
        >>> measures = {name: tf.constant(m) for name, m in measures.items()}
        >>> refusal = quality_refusal(measures, QualityConfig())
        >>> refusal.numpy().decode().partition(", ")[2]
        'because it is too dark (brightness 0.05, at least 0.1)'
    """
    if not thresholds.gate:
        return tf.constant("")
    refusal = tf.constant("")
    # The first that refuses gives the reasons.
    for beginning, rules in (
        (NOT_A_FUNDUS, LOOKS),
        (TOO_POOR, POOR),
        (NOT_A_FUNDUS, FOREIGN),
    ):
        reasons = _reasons(measures, thresholds, rules)
        refusal = tf.where(reasons != "", beginning + reasons, refusal)
    return refusal


def _reasons(
    measures: dict[str, tf.Tensor],
    thresholds: QualityConfig,
    rules: tuple[Rule, ...],
) -> tf.Tensor:
    """What the rules refuse, as one clause; empty if nothing."""
    reasons = tf.stack([_reason(measures, thresholds, r) for r in rules])
    reasons = tf.boolean_mask(reasons, reasons != "")
    return tf.strings.reduce_join(reasons, separator=" and ")


def _reason(
    measures: dict[str, tf.Tensor], thresholds: QualityConfig, rule: Rule
) -> tf.Tensor:
    measure, bound = measures[rule.measure], rule.bound(thresholds)
    refused = measure < bound if rule.is_least else measure > bound
    before, _, after = rule.value.partition("{}")
    after += f", {rule.bound_text(thresholds)})"
    text = tf.strings.join(
        [f"{rule.reason} ({before}", _text(measure, rule), after]
    )
    return tf.where(refused, text, "")


def _text(measure: tf.Tensor, rule: Rule) -> tf.Tensor:
    if rule.style == "ratio":
        return tf.strings.as_string(measure, precision=2)
    if rule.style == "share":
        return tf.strings.as_string(100.0 * measure, precision=0) + "%"
    return tf.strings.as_string(measure, precision=0)
