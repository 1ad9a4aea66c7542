"""The folder of a preset, read with every file checked."""

import dataclasses
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import keras

from dmtdr_tf.calibration import Calibration, read_calibration
from dmtdr_tf.config import ModelConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.presets import PRESETS
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief, read_object
from dmtdr_tf.models.presets.preprocessor import Preprocessor

__all__ = [
    "CALIBRATION",
    "CLASS_NAME",
    "CONFIG",
    "METADATA",
    "PREPROCESSOR",
    "README",
    "REGISTERED_NAME",
    "WEIGHTS",
    "PresetFolder",
    "preset_arguments",
    "read_preset",
]

# The files of KerasHub's presets, by its names, and two of ours:
# `preprocessor.json` and, where the model is calibrated, `calibration.json`.
CALIBRATION = "calibration.json"
CONFIG = "config.json"
METADATA = "metadata.json"
PREPROCESSOR = "preprocessor.json"
WEIGHTS = "model.weights.h5"
README = "README.md"

_REMEDY = "download or write the preset again"
_POLICIES = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "mixed_float16",
    "mixed_bfloat16",
)
CLASS_NAME = "DeepMTDR"
REGISTERED_NAME = "dmtdr_tf>DeepMTDR"


@dataclasses.dataclass(frozen=True)
class PresetFolder:
    """A preset that was read from a folder.

    Args:
        path: The folder.
        arguments: Arguments of `DeepMTDR`: `config`, `seed`, `name`, `dtype`.
        preprocessor: What the model expects of a photograph.
        metadata: Versions, parameter count, date, hash of the weights; data
            set, preset and stage where they are known.
    """

    path: pathlib.Path
    arguments: Mapping[str, Any]
    preprocessor: Preprocessor
    metadata: Mapping[str, Any]

    def calibration(self) -> Calibration | None:
        """Returns the calibration of the preset's weights; None without one.

        Raises:
            UserError: It is damaged, of a newer version, or of other weights.
        """
        path = self.path / CALIBRATION
        calibration = read_calibration(path)
        digest = self.metadata["weights_sha256"]
        if calibration and calibration.weights_sha256 != digest:
            raise UserError(
                f"{path}: belongs to other weights: its weights_sha256 is not "
                f"that in {METADATA}; {_REMEDY}"
            )
        return calibration

    def checked_weights(self) -> pathlib.Path:
        """Returns the file of the weights.

        Raises:
            UserError: It is missing, or its SHA-256 is not that of the
                metadata.
        """
        weights = self.path / WEIGHTS
        if not weights.is_file():
            raise UserError(f"{weights}: the preset has no such file")
        expected = self.metadata["weights_sha256"]
        if file_sha256(weights) != expected:
            raise UserError(
                f"{weights}: damaged or replaced: its SHA-256 is not that in "
                f"{METADATA}; download or write the preset again"
            )
        return weights


def preset_arguments(
    preset: str | os.PathLike[str], load_weights: bool
) -> tuple[Mapping[str, Any], pathlib.Path | None]:
    """Returns the arguments of a preset's model, and its weights.

    Args:
        preset: A preset's name or folder.
        load_weights: Whether the weights are asked for.

    Returns:
        The arguments of `DeepMTDR`, and the file of the weights or None.

    Raises:
        UserError: There is no such preset, it has no weights, or a file of
            its folder is missing or damaged.
    """
    name = os.fspath(preset)
    if name in PRESETS:
        if load_weights:
            raise UserError(
                f"{name!r} has no weights yet; pass load_weights=False for a "
                "randomly initialized model, or a folder with weights",
                argument="preset",
            )
        return {"config": PRESETS[name].model}, None
    if not pathlib.Path(name).is_dir():
        raise UserError(
            f"no preset or folder {name!r}; choose from {', '.join(PRESETS)}, "
            "or give a preset's folder",
            argument="preset",
        )
    folder = read_preset(name)
    return folder.arguments, folder.checked_weights() if load_weights else None


def read_preset(path: str | os.PathLike[str]) -> PresetFolder:
    """Reads everything of a preset but its weights.

    Args:
        path: The folder, from `write_preset`.

    Returns:
        The preset; `PresetFolder.checked_weights` gives its weights.

    Raises:
        UserError: A file is missing, damaged, or of another model; the
            message begins with its path.
    """
    path = pathlib.Path(path)
    metadata = _read_json(path / METADATA)
    digest = metadata.get("weights_sha256")
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise UserError(
            f"{path / METADATA}: weights_sha256 is missing or no SHA-256; "
            f"{_REMEDY}"
        )
    preprocessor = Preprocessor.from_dict(
        _read_json(path / PREPROCESSOR), str(path / PREPROCESSOR)
    )
    arguments = _arguments(path / CONFIG)
    sizes = (preprocessor.high_res_size, preprocessor.low_res_size)
    scale = arguments["config"].scale
    if sizes[0] != scale * sizes[1]:
        raise UserError(
            f"{path / PREPROCESSOR}: high_res_size is {sizes[0]}, but "
            f"low_res_size is {sizes[1]} and the model's scale {scale}; "
            f"{_REMEDY}"
        )
    return PresetFolder(path, arguments, preprocessor, metadata)


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    if not os.path.lexists(path):
        raise UserError(f"{path}: the preset has no such file")
    return read_object(path, "file of a preset", _REMEDY)


def _arguments(path: pathlib.Path) -> dict[str, Any]:
    """The arguments in `config.json`, read as those of our class only.

    Not Keras's own deserialization, which imports the modules that a file
    names.
    """
    values = _read_json(path)
    names = (values.get("class_name"), values.get("registered_name"))
    if names != (CLASS_NAME, REGISTERED_NAME):
        raise UserError(
            f"{path}: expected the class {REGISTERED_NAME}, got "
            f"{brief(names[1])}; {_REMEDY}"
        )
    config = values.get("config")
    if not isinstance(config, dict) or "config" not in config:
        raise UserError(f"{path}: config is missing or no object")
    unknown = set(config) - {"name", "trainable", "dtype", "config", "seed"}
    if unknown:
        raise UserError(f"{path}: unknown field {brief(min(unknown))}")
    name, seed = config.get("name", "deep_mtdr"), config.get("seed", 0)
    if type(name) is not str or not re.fullmatch(r"[\w.-]{1,100}", name):
        raise UserError(f"{path}: {brief(name)} is no name of a model")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise UserError(f"{path}: {brief(seed)} is no seed")
    return {
        "name": name,
        "seed": seed,
        "dtype": _policy(config.get("dtype"), path),
        "config": config_file.from_dict(
            ModelConfig, config["config"], f"{path}: config"
        ),
    }


def _policy(dtype: Any, path: pathlib.Path) -> keras.DTypePolicy | None:
    """The dtype policy of a name, or of what Keras serialized it to."""
    name = dtype
    if isinstance(dtype, Mapping):
        inner = dtype.get("config")
        name = inner.get("name") if isinstance(inner, Mapping) else ""
    if dtype is None:
        return None
    if name not in _POLICIES:
        raise UserError(
            f"{path}: {brief(dtype)} is no dtype policy; the model has one of "
            f"{', '.join(_POLICIES)}"
        )
    return keras.DTypePolicy(name)
