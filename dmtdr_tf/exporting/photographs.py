"""Photographs from files, as an exported model reads them."""

import os

import numpy as np

from dmtdr_tf.config import Config
from dmtdr_tf.preprocessing.prepare import prepare

__all__ = ["read_model_input"]


def read_model_input(
    file: str | os.PathLike[str], config: Config
) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads a photograph and reduces it to a model's input.

    Args:
        file: A JPEG, PNG or TIFF file.
        config: The configuration in the model's workdir: its sizes and the
            thresholds of the quality gate.

    Returns:
        The low-resolution photograph `[h, w, 3]` and the high-resolution one
        `[H, W, 3]`, float32 in [0, 1]; None for the latter where the
        photograph is too small for one.

    Raises:
        UserError: The file is no photograph, shows no retina, or is too poor
            to be graded. The message starts with the file's path.
    """
    prepared = prepare(file, config.quality)
    return prepared.model_input(config.low_res_size, config.data.high_res_size)
