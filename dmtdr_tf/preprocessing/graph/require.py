"""Conditions that a graph checks."""

import tensorflow as tf

__all__ = ["require"]


def require(value: tf.Tensor, condition: tf.Tensor, message: str) -> tf.Tensor:
    """Passes a value on if a condition holds.

    Operations on the result wait for the check; operations that merely follow
    an assertion would not.

    Args:
        value: Any tensor.
        condition: A boolean.
        message: That of the `InvalidArgumentError` raised in graph.

    Returns:
        The value.
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [message])]):
        return tf.identity(value)
