"""SavedModel export: a folder that TensorFlow runs without this package."""

import json
import os
import pathlib
from typing import Any

import keras
import tensorflow as tf

import dmtdr_tf
from dmtdr_tf.config import GRADES, LESION_NAMES, LESIONS, Config
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.signatures import bytes_signature, float_signature
from dmtdr_tf.exporting.staged_folder import staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

LABELS_FILE = "assets.extra/labels.json"


def export_saved_model(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    overwrite: bool = False,
) -> pathlib.Path:
    """Writes a model as a SavedModel, whole or not at all.

    Signatures (`signatures.py` says what each output is):

    - `serving_default`: `low_res` `[B, h, w, 3]` float32 in [0, 1];
    - `serving_bytes`: `photograph_bytes` `[B]`, contents of JPEG or PNG files.

    `assets.extra/labels.json` names grades, lesions and sizes.

    Args:
        model: A trained model.
        directory: The folder to make.
        config: That of the model's workdir.
        overwrite: Replace a SavedModel that is there.

    Returns:
        The folder.

    Raises:
        UserError: The folder exists and `overwrite` is not given, it holds
            something else, or it cannot be written.

    Example:
    >>> export_saved_model(workdir.load_model(), "saved", workdir.config)
    >>> served = tf.saved_model.load("saved").signatures["serving_default"]
    """
    directory = pathlib.Path(directory)
    _check_free(directory, overwrite)
    with staged_folder(directory) as folder:
        try:
            _write(model, folder, config.low_res_size)
        except tf.errors.OpError as error:
            raise UserError(
                f"--output: {directory} cannot be written ({_reason(error)})"
            ) from None
        labels = folder / LABELS_FILE
        labels.parent.mkdir()
        labels.write_text(json.dumps(describe(config), indent=2) + "\n")
    return directory


def _reason(error: tf.errors.OpError) -> str:
    """What went wrong, without the graph's node, the file and the kernel."""
    return error.message.rpartition("; ")[2].partition(" [Op:")[0]


def _check_free(directory: pathlib.Path, overwrite: bool) -> None:
    if not directory.exists():
        return
    if directory.is_dir() and not any(directory.iterdir()):
        return
    if not (directory / "saved_model.pb").is_file():
        raise UserError(
            f"--output: {directory} exists and is no SavedModel; name another "
            "folder"
        )
    if not overwrite:
        raise UserError(
            f"--output: {directory} exists; give --overwrite to replace it"
        )


def _write(model: DeepMTDR, folder: pathlib.Path, size: int) -> None:
    archive = keras.export.ExportArchive()
    # Tracks the weights; a plain tf.Module finds none in a Keras model.
    archive.track(model)
    low_res = tf.TensorSpec((None, size, size, 3), tf.float32, "low_res")
    photographs = tf.TensorSpec((None,), tf.string, "photograph_bytes")
    # One graph of the model, which both signatures call.
    serve = tf.function(float_signature(model), input_signature=[low_res])
    serve_bytes = bytes_signature(serve, size)
    archive.add_endpoint("serving_default", serve, [low_res])
    archive.add_endpoint("serving_bytes", serve_bytes, [photographs])
    archive.write_out(str(folder), verbose=False)


def describe(config: Config) -> dict[str, Any]:
    """Tells what a client must know to read the outputs.

    Args:
        config: That of the model's workdir.
    """
    return {
        "grades": list(GRADES),
        "lesions": list(LESIONS),
        "lesion_names": list(LESION_NAMES),
        "scale": config.model.scale,
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        "evidence": config.model.evidence,
        "dataset": config.run.dataset,
        "preset": config.run.preset,
        "dmtdr_tf": dmtdr_tf.__version__,
    }
