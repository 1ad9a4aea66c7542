"""Weights in Keras's own file format."""

import os
import pathlib
import warnings
from typing import Any, Literal

import h5py
import keras
import numpy as np

from dmtdr_tf.files.checksum import append_checksum, check_checksum
from dmtdr_tf.files.errors import UserError

__all__ = ["WeightsDtype", "load_weights", "save_weights"]

WeightsDtype = Literal["float32", "float16"]


def load_weights(
    model: keras.Model, path: str | os.PathLike[str], remedy: str = ""
) -> None:
    """Loads a `.weights.h5` file into a model.

    Args:
        model: The model, built. After an error its weights are undefined.
        path: The file.
        remedy: What the user can do about a damaged file.

    Raises:
        UserError: The file is missing, damaged, or does not fit the model, or
            a weight is not finite.
    """
    remedy = remedy and f"; {remedy}"
    if not pathlib.Path(path).is_file():
        raise UserError(f"{path}: cannot be loaded: no such file{remedy}")
    try:
        # Before HDF5 sees it, whose errors on damaged files are of any kind.
        check_checksum(path)
        with warnings.catch_warnings():
            # Keras only warns of layers that a file does not have.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except UserError as error:
        raise UserError(f"{error}{remedy}") from None
    except Exception as error:
        reason = (str(error).splitlines() or ["damaged"])[0]
        raise UserError(f"{path}: cannot be loaded: {reason}{remedy}") from None
    _require_finite(model, path, remedy)


def _require_finite(
    model: keras.Model, path: str | os.PathLike[str], remedy: str
) -> None:
    for variable in model.weights:
        if not np.isfinite(np.asarray(variable, np.float64)).all():
            raise UserError(
                f"{path}: {variable.path} has values that are not finite"
                f"{remedy}"
            )


def save_weights(
    model: keras.Model,
    path: str | os.PathLike[str],
    dtype: WeightsDtype = "float32",
) -> None:
    """Saves a model's weights with their SHA-256, for `load_weights`.

    Args:
        model: The model, built.
        path: The `.weights.h5` file to write.
        dtype: `"float16"` halves the file and rounds the weights to 11 bits.

    Raises:
        UserError: `dtype` is unknown, or a weight does not fit into it.
        OSError: The file cannot be written.
    """
    if dtype not in ("float32", "float16"):
        raise UserError(
            f"must be 'float32' or 'float16', not {dtype!r}",
            argument="weights_dtype",
        )
    model.save_weights(path, overwrite=True)
    if dtype == "float16":
        with h5py.File(path, "r") as file:
            values = _values(file)
        # Anew: HDF5 does not give back the space of what is replaced.
        with h5py.File(path, "w") as file:
            for name, value in values.items():
                _write(file, name, value)
    append_checksum(path)


def _values(file: h5py.File) -> dict[str, Any]:
    """Every data set, and None for every group, which Keras looks for too."""
    values: dict[str, Any] = {}

    def visit(name: str, node: Any) -> None:
        values[name] = node[()] if isinstance(node, h5py.Dataset) else None

    file.visititems(visit)
    return values


def _write(file: h5py.File, name: str, value: Any) -> None:
    if value is None:
        file.require_group(name)
        return
    if np.issubdtype(value.dtype, np.floating):
        with np.errstate(over="ignore"):
            reduced = value.astype(np.float16)
        if np.isfinite(value).all() and not np.isfinite(reduced).all():
            raise UserError(
                f"{name} does not fit into float16", argument="weights_dtype"
            )
        value = reduced
    file.create_dataset(name, data=value)
