"""LiteRT export: files that a phone, a board or a browser runs."""

import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.exporting.labels import labels
from dmtdr_tf.exporting.litert.conversion import QUANTISATIONS, convert
from dmtdr_tf.exporting.litert.device_model import DeviceModel
from dmtdr_tf.exporting.litert.metadata import LABELS_FILE, add_metadata
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free, staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

# The maps whose backward pass LiteRT's built-in operators can compute.
EVIDENCE = ("gmsv", "grad_cam")


def export_litert(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    quantisations: Sequence[str] = QUANTISATIONS,
    photographs: Sequence[np.ndarray] = (),
    overwrite: bool = False,
) -> pathlib.Path:
    """Writes a model as LiteRT files, all of them or none.

    One file for each quantisation, `float32.tflite` and so on, with the
    signature `serving_default` of the SavedModel at a batch of 1, floats in
    and out; and `labels.json`, which names grades, lesions, sizes and the
    files' checksums. Each file also carries it, and TFLite's own metadata.

    Args:
        model: A trained model.
        directory: The folder to make.
        config: That of the model's workdir.
        quantisations: Of `QUANTISATIONS`.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1] that int8 is calibrated with.
        overwrite: Replace an export that is there.

    Returns:
        The folder.

    Raises:
        UserError: As `check_litert`; int8 is given no photographs; or the
            folder cannot be written.

    Example:
    >>> export_litert(
    ...     workdir.load_model(), "litert", workdir.config, ["float32"]
    ... )
    >>> LiteRtRunner("litert/float32.tflite")(low_res)["grade"].shape
    (1, 5)
    """
    directory = pathlib.Path(directory)
    check_litert(directory, config, quantisations, overwrite)
    if "int8" in quantisations and not len(photographs):
        raise UserError(
            "int8 needs representative photographs; give --representative or "
            "--photographs"
        )
    about = _about(config)
    with (
        tempfile.TemporaryDirectory() as saved,
        staged_folder(directory) as folder,
    ):
        save_for_device(model, saved, config.low_res_size)
        checksums = {}
        for quantisation in quantisations:
            content = convert(saved, quantisation, photographs)
            content = add_metadata(
                content, {**about, "quantisation": quantisation}
            )
            name = f"{quantisation}.tflite"
            (folder / name).write_bytes(content)
            checksums[name] = hashlib.sha256(content).hexdigest()
        text = json.dumps({**about, "sha256": checksums}, indent=2) + "\n"
        (folder / LABELS_FILE).write_text(text)
    return directory


def check_litert(
    directory: str | os.PathLike[str],
    config: Config,
    quantisations: Sequence[str],
    overwrite: bool = False,
) -> None:
    """Checks what can be checked before the long work.

    Args:
        directory: As in `export_litert`, like the others.
        config: That of the model's workdir.
        quantisations: Of `QUANTISATIONS`.
        overwrite: Replace an export that is there.

    Raises:
        UserError: There is no such quantisation, no device can run the
            configured evidence, or the folder exists and `overwrite` is not
            given, or it holds something else.
    """
    for name in quantisations:
        if name not in QUANTISATIONS:
            raise UserError(
                f"--quantisation: no quantisation {name!r}; choose from "
                f"{', '.join(QUANTISATIONS)}"
            )
    if config.model.evidence not in EVIDENCE:
        raise UserError(
            f"model.evidence: {config.model.evidence} does not run on a "
            f"device; {' and '.join(EVIDENCE)} do"
        )
    directory = pathlib.Path(directory)
    check_free(directory, LABELS_FILE, "LiteRT export", overwrite)
    _check_foreign(directory)


def _check_foreign(directory: pathlib.Path) -> None:
    """Many folders have a `labels.json`: this one holds exports only."""
    ours = {LABELS_FILE, "parity.json", "parity.html"}
    ours |= {f"{name}.tflite" for name in QUANTISATIONS}
    if directory.exists() and {p.name for p in directory.iterdir()} - ours:
        raise UserError(
            f"--output: {directory} holds more than a LiteRT export; name "
            "another folder"
        )


def _about(config: Config) -> dict[str, Any]:
    """What a program must know to feed the model and read its answer."""
    side = config.low_res_size
    return {
        **labels(config),
        "signature": "serving_default",
        "input": {
            "name": "low_res",
            "shape": [1, side, side, 3],
            "dtype": "float32",
            "channels": "RGB",
            # A byte is divided by 255, and that is all.
            "range": [0.0, 1.0],
        },
    }


def save_for_device(model: DeepMTDR, folder: str, size: int) -> None:
    """Writes the SavedModel that is converted: a static batch of 1.

    Args:
        model: A trained model.
        folder: The folder to write to.
        size: Side of the model's input, in pixels.
    """
    archive = keras.export.ExportArchive()
    # Tracks the weights; a plain tf.Module finds none in a Keras model.
    archive.track(model)
    low_res = tf.TensorSpec((1, size, size, 3), tf.float32, "low_res")
    serve = float_signature(model, DeviceModel.of(model))
    archive.add_endpoint(
        "serving_default",
        tf.function(serve, input_signature=[low_res]),
        [low_res],
    )
    archive.write_out(folder, verbose=False)
