"""Exports LiteRT files, which a phone, a board or a browser runs."""

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

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.exporting.labels import LABELS_FILE, run_labels
from dmtdr_tf.exporting.litert.conversion import convert
from dmtdr_tf.exporting.litert.device.model import DeviceModel
from dmtdr_tf.exporting.litert.metadata import add_metadata
from dmtdr_tf.exporting.litert.quantizations import QUANTIZATIONS
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free, staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["EVIDENCE", "check_litert", "export_litert", "save_for_device"]

# The maps whose backward pass LiteRT's built-in operators can compute.
EVIDENCE = ("gmsv", "gmsv_literal", "grad_cam")


def export_litert(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    quantizations: Sequence[str] = QUANTIZATIONS,
    photographs: Sequence[np.ndarray] = (),
    overwrite: bool = False,
    unreliable: Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> pathlib.Path:
    """Writes a model as LiteRT files, all of them or none.

    There is one file for each quantization, such as `float32.tflite`, with
    the SavedModel's signature `serving_default` at a batch of 1 and float
    input and output. `labels.json` has what `run_labels` returns and the files'
    checksums. Each file carries the same labels and TFLite's own metadata.

    Args:
        model: A trained model.
        directory: The folder to write.
        config: The configuration in the model's workdir.
        quantizations: Of `QUANTIZATIONS`.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1] that int8 is calibrated with.
        overwrite: Replace an earlier export.
        unreliable: The lesions that the model cannot find, from
            `unreliable_lesions`; None if nothing was measured.
        calibration: Of the model, from `run_calibration`; None if it is not
            calibrated.

    Returns:
        The folder.

    Raises:
        UserError: As `check_litert`; or there are no photographs to calibrate
            int8 with, or the folder cannot be written.

    Example:
    ```python
    workdir = Workdir("runs/demo")
    export_litert(workdir.load_model(), "litert", workdir.config, ["float32"])
    LiteRtRunner("litert/float32.tflite")(low_res)["grade"].shape  # (1, 5)
    ```
    """
    directory = pathlib.Path(directory)
    check_litert(directory, config, quantizations, overwrite)
    if "int8" in quantizations and not len(photographs):
        raise UserError(
            "int8 needs representative photographs to be calibrated with",
            argument="photographs",
        )
    about = _about(config, unreliable, calibration)
    with (
        tempfile.TemporaryDirectory() as saved,
        staged_folder(directory) as folder,
    ):
        save_for_device(model, saved, config.low_res_size, calibration)
        checksums = {}
        for quantization in quantizations:
            content = convert(saved, quantization, photographs)
            # The key's spelling is that of earlier versions.
            content = add_metadata(
                content, {**about, "quantisation": quantization}
            )
            name = f"{quantization}.tflite"
            (folder / name).write_bytes(content)
            checksums[name] = hashlib.sha256(content).hexdigest()
        text = json.dumps({**about, "sha256": checksums}, indent=2) + "\n"
        (folder / LABELS_FILE).write_text(text)
    return directory


def check_litert(
    directory: str | os.PathLike[str],
    config: Config,
    quantizations: Sequence[str],
    overwrite: bool = False,
) -> None:
    """Checks the arguments of an export before its long work.

    Args:
        directory: The folder to write.
        config: The configuration in the model's workdir.
        quantizations: Of `QUANTIZATIONS`.
        overwrite: Replace an earlier export.

    Raises:
        UserError: There is no such quantization, no device can run the
            configured evidence, the folder exists and `overwrite` is not
            given, or it holds something else.
    """
    for name in quantizations:
        if name not in QUANTIZATIONS:
            raise UserError(
                f"no quantization {name!r}; choose from "
                f"{', '.join(QUANTIZATIONS)}",
                argument="quantization",
            )
    if config.model.evidence not in EVIDENCE:
        raise UserError(
            f"{config.model.evidence} does not run on a device; "
            f"{' and '.join(EVIDENCE)} do",
            argument="model.evidence",
        )
    directory = pathlib.Path(directory)
    check_free(directory, LABELS_FILE, "LiteRT export", overwrite)
    _check_foreign(directory)


def _check_foreign(directory: pathlib.Path) -> None:
    """Many folders have a `labels.json`; an export's holds nothing else."""
    ours = {LABELS_FILE, "parity.json", "parity.html"}
    ours |= {f"{name}.tflite" for name in QUANTIZATIONS}
    if directory.exists() and {p.name for p in directory.iterdir()} - ours:
        raise UserError(
            f"{directory} holds more than a LiteRT export; name another folder",
            argument="output",
        )


def _about(
    config: Config,
    unreliable: Sequence[str] | None,
    calibration: Calibration | None,
) -> dict[str, Any]:
    """The labels, and what a program must know to feed the model."""
    side = config.low_res_size
    return {
        **run_labels(config, unreliable, calibration),
        "signature": "serving_default",
        "input": {
            "name": "low_res",
            "shape": [1, side, side, 3],
            "dtype": "float32",
            "channels": "RGB",
            # A byte is divided by 255; there is no other normalization.
            "range": [0.0, 1.0],
        },
    }


def save_for_device(
    model: DeepMTDR,
    folder: str,
    size: int,
    calibration: Calibration | None = None,
) -> None:
    """Writes the SavedModel to convert, with a static batch of 1.

    Args:
        model: A trained model.
        folder: The folder to write to.
        size: Side of the model's input, in pixels.
        calibration: Of the model; None if it is not calibrated.
    """
    archive = keras.export.ExportArchive()
    # Tracks the weights; a plain tf.Module finds none in a Keras model.
    archive.track(model)
    low_res = tf.TensorSpec((1, size, size, 3), tf.float32, "low_res")
    serve = float_signature(model, DeviceModel.of(model), calibration)
    archive.add_endpoint(
        "serving_default",
        tf.function(serve, input_signature=[low_res]),
        [low_res],
    )
    archive.write_out(folder, verbose=False)
