"""The moving average of a model's weights in their place."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

__all__ = ["averaged_weights"]


@contextlib.contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Replaces what the model trains by its moving average for a while.

    Afterward the latest weights are in place again, bit for bit. Without a
    moving average (`use_ema` of the optimizer), or before the first update,
    nothing changes. Moving statistics of batch normalization are averages
    already.

    Args:
        model: A compiled model, its optimizer a `SubnetAdamW` that is built;
            outside of replicas.

    Example:
    >>> from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(SubnetAdamW(use_ema=True), "mse")
    >>> with averaged_weights(model):
    ...     pass
    """
    # Not `keras.callbacks.SwapEMAWeights`: it swaps by sums and differences,
    # which round, and a resumed run would differ.
    optimizer = getattr(model, "optimizer", None)
    if not (optimizer and optimizer.use_ema and optimizer.built):
        yield
        return
    # As NumPy arrays, for the variables of several replicas too.
    if not np.asarray(optimizer.iterations):
        yield
        return
    variables, averages = optimizer.learned, optimizer.averages
    latest = [np.array(variable) for variable in variables]
    try:
        for variable, average in zip(variables, averages, strict=True):
            variable.assign(np.asarray(average))
        yield
    finally:
        for variable, value in zip(variables, latest, strict=True):
            variable.assign(value)
