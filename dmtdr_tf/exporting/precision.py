"""The precision of exported models."""

import contextlib
from collections.abc import Iterator

import keras

__all__ = ["float32_policy"]


@contextlib.contextmanager
def float32_policy() -> Iterator[None]:
    """Makes float32 Keras's dtype policy inside the `with`.

    An exported model computes in float32, whatever precision the training
    used, and so does the Keras model it is compared with.

    Example:
    >>> with float32_policy():
    ...     layer = keras.layers.Dense(2)
    >>> layer.compute_dtype
    'float32'
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
