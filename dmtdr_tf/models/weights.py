"""Weights in Keras's own file format."""

import os
import warnings

import keras

from dmtdr_tf.files.errors import UserError

__all__ = ["load_weights"]


def load_weights(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Loads a `.weights.h5` file into a model, all of it or not at all.

    Args:
        model: The model, built.
        path: The file.

    Raises:
        UserError: The file is missing, damaged, or does not fit the model.
    """
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that a file does not have.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = (str(error).splitlines() or ["damaged"])[0]
        raise UserError(f"{path}: cannot be loaded: {reason}") from None
