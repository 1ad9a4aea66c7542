"""The folder of a preset, written whole or not at all."""

import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import types
from collections.abc import Mapping, Sequence
from typing import Any

import keras

import dmtdr_tf
from dmtdr_tf.calibration import Calibration
from dmtdr_tf.calibration.file import calibration_text
from dmtdr_tf.config import Config
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.staged_folder import check_free, staged_folder
from dmtdr_tf.models.presets.readme import model_card
from dmtdr_tf.models.weights import WeightsDtype, save_weights
from dmtdr_tf.pretrained import preset_folder
from dmtdr_tf.pretrained.preprocessor import Preprocessor

__all__ = ["write_preset"]


def write_preset(
    model: keras.Model,
    output: str | os.PathLike[str],
    config: Config,
    *,
    stage: int | None = None,
    weights_dtype: WeightsDtype = "float32",
    readme: str = "",
    license_name: str = "apache-2.0",
    overwrite: bool = False,
    files: Mapping[str, bytes] = types.MappingProxyType({}),
    not_reliably_detected: Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> pathlib.Path:
    """Writes a model as a preset, for `DeepMTDR.from_preset`.

    The folder holds `config.json`, `metadata.json`, `preprocessor.json`,
    `model.weights.h5`, `README.md` and `files`. It has neither the state of the
    optimizer nor what was frozen.

    Args:
        model: A trained `DeepMTDR`.
        output: The folder to write.
        config: The configuration of the model's training run.
        stage: The stage it was trained to, 1 or 2, where known.
        weights_dtype: `"float16"` halves the file; such weights are loaded
            into a model of any dtype policy.
        readme: Markdown of the model card; a short default where empty.
        license_name: License of the weights, such as `"cc-by-4.0"`.
        overwrite: Whether to replace an earlier preset in `output`.
        files: What the run's workdir holds of `evaluation.json`; the metadata
            keep its SHA-256.
        not_reliably_detected: The lesions that the model cannot find, from
            `unreliable_lesions`; None if nothing was measured.
        calibration: Of the model, from `run_calibration`; written as
            `calibration.json` with the SHA-256 of the preset's own weights.

    Returns:
        The folder.

    Raises:
        UserError: `output` exists or cannot be written, `weights_dtype` or
            `license_name` is wrong, or a weight does not fit into float16.
    """
    path = pathlib.Path(output)
    card = model_card(readme, license_name)
    lesions = None
    if not_reliably_detected is not None:
        lesions = list(not_reliably_detected)
    check_free(path, preset_folder.METADATA, "preset", overwrite)
    with staged_folder(path, argument="output") as folder:
        weights = folder / preset_folder.WEIGHTS
        save_weights(_fresh(model), weights, weights_dtype)
        weights_sha256 = file_sha256(weights)
        if calibration is not None:
            own = dataclasses.replace(
                calibration, weights_sha256=weights_sha256
            )
            content = calibration_text(own).encode()
            files = {**files, preset_folder.CALIBRATION: content}
        metadata = {
            "format": preset_folder.FORMAT,
            "keras_version": keras.version(),
            "dmtdr_tf_version": dmtdr_tf.__version__,
            "parameter_count": model.count_params(),
            "date_saved": f"{datetime.datetime.now():%Y-%m-%d@%H:%M:%S}",
            "weights_sha256": weights_sha256,
            "weights_dtype": weights_dtype,
            "preset": config.run.preset,
            "dataset": config.run.dataset,
            "stage": stage,
            "degradation": config.data.degradation,
            "not_reliably_detected": lesions,
            "files_sha256": {
                name: hashlib.sha256(content).hexdigest()
                for name, content in files.items()
            },
        }
        preprocessor = dataclasses.asdict(Preprocessor.of(config))
        for name, content in files.items():
            (folder / name).write_bytes(content)
        _write_json(folder / preset_folder.CONFIG, _serialize(model))
        _write_json(folder / preset_folder.METADATA, metadata)
        _write_json(folder / preset_folder.PREPROCESSOR, preprocessor)
        (folder / preset_folder.README).write_text(card, encoding="utf-8")
    return path


def _model_config(model: keras.Model) -> dict[str, Any]:
    """The model's configuration with nothing frozen."""
    config = model.get_config()
    del config["frozen"]
    return {**config, "trainable": True}


def _serialize(model: keras.Model) -> dict[str, Any]:
    """The model as Keras serializes it, with lists in place of tuples."""
    return {
        "module": type(model).__module__,
        "class_name": preset_folder.CLASS_NAME,
        "registered_name": preset_folder.REGISTERED_NAME,
        "config": _model_config(model),
    }


def _fresh(model: keras.Model) -> keras.Model:
    """The model without its optimizer, whose state would be saved too."""
    copy = type(model).from_config(_model_config(model))
    copy.set_weights(model.get_weights())
    return copy


def _write_json(path: pathlib.Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
