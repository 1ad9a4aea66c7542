"""Exports a SavedModel, which TensorFlow runs without this package."""

import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.exporting.labels import LABELS_FILE, run_labels
from dmtdr_tf.exporting.saved_model.model_card import Evaluation, model_card
from dmtdr_tf.exporting.saved_model.warm_up import write_warm_up
from dmtdr_tf.exporting.signatures import (
    GATE,
    LABELS_SIGNATURE,
    PHOTOGRAPHS,
    WITH_GATE,
    FileSignature,
    Outputs,
    bytes_signature,
    checked_signature,
    float_signature,
    grade_signature,
)
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free, staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = [
    "CARD_FILE",
    "EXTRA",
    "MODEL_NAME",
    "WARM_UP_FILE",
    "export_saved_model",
]

# TensorFlow Serving looks for the warm-up requests here, by this name.
EXTRA = "assets.extra"
CARD_FILE = f"{EXTRA}/model_card.md"
WARM_UP_FILE = f"{EXTRA}/tf_serving_warmup_requests"
MODEL_NAME = "dmtdr"


def export_saved_model(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    overwrite: bool = False,
    batch_size: int | None = None,
    stage: int | None = None,
    evaluation: Evaluation | None = None,
    unreliable: Sequence[str] | None = None,
    calibration: Calibration | None = None,
    symmetries: int = 1,
) -> pathlib.Path:
    """Writes a model as a SavedModel, whole or not at all.

    It has these signatures, whose outputs `signatures.py` describes:

    - `serving_default` takes `low_res` `[B, h, w, 3]` float32 in [0, 1];
    - `serving_bytes` takes `photograph_bytes` `[B]`, the contents of JPEG or
      PNG files, and returns pictures as PNG files;
    - `grade_only` takes the same and returns grades and lesion areas;
    - `serving_bytes_with_gate` and `grade_only_with_gate` also take `gate`,
      false for photographs that are graded whatever their quality is;
    - `serving_labels` takes nothing and returns `labels_json`, the names and
      thresholds of `labels.json`.

    `assets.extra/` holds `labels.json` (names, sizes, thresholds),
    `model_card.md` and TensorFlow Serving's warm-up requests.

    Args:
        model: A trained model.
        directory: The folder to write.
        config: The configuration in the model's workdir.
        overwrite: Replace an earlier SavedModel.
        batch_size: Photographs in every request; None for any number.
        stage: The stage of training, for the model card.
        evaluation: Figures for the model card, from `read_evaluation`.
        unreliable: The lesions that the model cannot find, from
            `unreliable_lesions`; None if nothing was measured.
        calibration: Of the model, from `run_calibration`; None if it is not
            calibrated.
        symmetries: 8 averages the model over the symmetries of the square, in
            every signature and in eight times the time; 1 does not.

    Returns:
        The folder.

    Raises:
        UserError: The folder exists and `overwrite` is not given, it holds
            something else, or it cannot be written.

    Example:
    ```python
    workdir = Workdir("runs/demo")
    export_saved_model(workdir.load_model(), "saved", workdir.config)
    serve = tf.saved_model.load("saved").signatures["serving_default"]
    ```
    """
    directory = pathlib.Path(directory)
    check_free(directory, "saved_model.pb", "SavedModel", overwrite)
    described = {
        **run_labels(config, unreliable, calibration),
        "symmetries": symmetries,
    }
    with staged_folder(directory) as folder:
        try:
            _write(model, folder, config, batch_size, described, calibration)
        except tf.errors.OpError as error:
            raise UserError(
                f"{directory} cannot be written ({_reason(error)})",
                argument="output",
            ) from None
        (folder / EXTRA).mkdir()
        text = json.dumps(described, indent=2) + "\n"
        (folder / EXTRA / LABELS_FILE).write_text(text)
        card = model_card(
            config, stage, evaluation, calibration, symmetries=symmetries
        )
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
        write_warm_up(
            folder / WARM_UP_FILE,
            MODEL_NAME,
            config.low_res_size,
            batch_size or 1,
            config.quality,
        )
    return directory


def _reason(error: tf.errors.OpError) -> str:
    """The reason without the graph's node, the file and the kernel."""
    return error.message.rpartition("; ")[2].partition(" [Op:")[0]


def _write(
    model: DeepMTDR,
    folder: pathlib.Path,
    config: Config,
    batch_size: int | None,
    described: Mapping[str, Any],
    calibration: Calibration | None,
) -> None:
    size, symmetries = config.low_res_size, described["symmetries"]
    low_res = tf.TensorSpec((batch_size, size, size, 3), tf.float32, "low_res")
    # One graph of the model, which both signatures call.
    serve = tf.function(
        checked_signature(
            float_signature(
                model, calibration=calibration, symmetries=symmetries
            )
        ),
        input_signature=[low_res],
    )
    signatures = {
        "serving_default": serve,
        LABELS_SIGNATURE: _labels(described),
    }
    for name, function in (
        ("serving_bytes", bytes_signature(serve, config, calibration)),
        (
            "grade_only",
            grade_signature(model, config, calibration, symmetries),
        ),
    ):
        gated, plain = _file_signatures(function, batch_size)
        signatures |= {name + WITH_GATE: gated, name: plain}
    root = tf.Module()
    # A tf.Module finds no weights in a Keras model.
    root.weights = [variable.value for variable in model.variables]
    tf.saved_model.save(root, str(folder), signatures)


def _file_signatures(
    function: FileSignature, batch_size: int | None
) -> tuple[Any, Any]:
    """A signature with the gate as an input, and one where it is closed.

    Two, because TensorFlow Serving's REST API and `tf.saved_model.load` want
    every input in every request, whether it has a default or not.
    """
    photographs = tf.TensorSpec((batch_size,), tf.string, PHOTOGRAPHS)
    # A boolean, or one for each photograph.
    gate = tf.TensorSpec(None, tf.bool, GATE)
    closed = tf.constant(True)

    @tf.function(input_signature=[photographs, gate])
    def gated(photograph_bytes: tf.Tensor, gate: tf.Tensor = closed) -> Outputs:
        return function(photograph_bytes, gate)

    @tf.function(input_signature=[photographs])
    def plain(photograph_bytes: tf.Tensor) -> Outputs:
        return gated(photograph_bytes, closed)

    return gated, plain


def _labels(described: Mapping[str, Any]) -> Any:
    """The signature that tells clients what `labels.json` holds."""
    text = json.dumps(described)

    @tf.function(input_signature=[])
    def serve_labels() -> Outputs:
        return {"labels_json": tf.constant(text)}

    return serve_labels
