"""Averages a model over the eight symmetries of the square."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from dmtdr_tf.config.checks import require_choice

__all__ = ["SYMMETRIES", "symmetric"]

# One is the photograph as it is; eight are its rotations by right angles, each
# also mirrored. A retina may lie in any of them.
SYMMETRIES = (1, 8)

Outputs = dict[str, tf.Tensor]
Explain = Callable[[tf.Tensor], Mapping[str, Any]]


def symmetric(explain: Explain, symmetries: int) -> Explain:
    """Returns a model that averages its outputs over symmetries.

    The photograph is turned and mirrored, and pictures are mapped back before
    they are averaged. Lesion probabilities and super-resolved photographs are
    averaged as they are, and so are the logits of the grades: a temperature
    that was fitted without symmetries keeps its meaning. The mean evidence map
    is divided by its maximum, so that it spans [0, 1] again. The symmetries
    are computed one after another, in the memory of one.

    Args:
        explain: From `low_res` `[B, h, h, 3]` to any of `super_resolution`
            `[B, H, H, 3]`, `lesions` `[B, H, H, 4]`, `evidence`
            `[B, H, H, 1]` and `grade` `[B, 5]`, as `DeepMTDR.explain`.
        symmetries: 1 returns `explain` itself; 8 averages.

    Returns:
        A function with the same arguments and outputs, float32.

    Raises:
        UserError: `symmetries` is neither 1 nor 8.

    Example: what does not depend on the direction stays the same.

    >>> def double(low_res):
    ...     return {"super_resolution": 2.0 * low_res}
    >>> low_res = tf.random.stateless_uniform((1, 4, 4, 3), seed=(0, 0))
    >>> mean = symmetric(double, 8)(low_res)["super_resolution"]
    >>> bool(tf.reduce_max(tf.abs(mean - 2.0 * low_res)) < 1e-6)
    True
    """
    require_choice("symmetries", symmetries, SYMMETRIES)
    if symmetries == 1:
        return explain

    def averaged(low_res: tf.Tensor) -> Outputs:
        low_res = tf.convert_to_tensor(low_res)
        first = dict(explain(low_res))
        names = sorted(first)

        def add(number: tf.Tensor, *sums: tf.Tensor) -> tuple[Any, ...]:
            turned = tf.ensure_shape(_turn(low_res, number), low_res.shape)
            outputs = explain(turned)
            added = [
                total + _turn_back(outputs[name], number)
                for name, total in zip(names, sums, strict=True)
            ]
            for total, shape in zip(added, sums, strict=True):
                total.set_shape(shape.shape)
            return (number + 1, *added)

        _, *sums = tf.while_loop(
            lambda number, *_: number < symmetries,
            add,
            (tf.constant(1), *(first[name] for name in names)),
            parallel_iterations=1,
        )
        means = {
            name: total / symmetries
            for name, total in zip(names, sums, strict=True)
        }
        if "evidence" in means:
            means["evidence"] = _to_unit_range(means["evidence"])
        return means

    return averaged


def _turn(pictures: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Turns by `number % 4` right angles, then mirrors from number 4 on."""
    turned = tf.image.rot90(pictures, number % 4)
    return tf.where(number >= 4, tf.reverse(turned, [2]), turned)


def _turn_back(output: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Undoes `_turn`; the logits `[B, 5]` have no direction."""
    if len(output.shape) != 4:
        return output
    mirrored = tf.where(number >= 4, tf.reverse(output, [2]), output)
    return tf.image.rot90(mirrored, (4 - number % 4) % 4)


def _to_unit_range(evidence: tf.Tensor) -> tf.Tensor:
    highest = tf.reduce_max(evidence, axis=(1, 2, 3), keepdims=True)
    return tf.math.divide_no_nan(evidence, highest)
