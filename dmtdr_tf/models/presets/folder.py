"""The folder of a preset, read with every file checked."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import keras

from dmtdr_tf.config import ModelConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.presets import PRESETS
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.presets.preprocessor import Preprocessor

__all__ = [
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

# The files of KerasHub's presets, by its names, and `preprocessor.json`.
CONFIG = "config.json"
METADATA = "metadata.json"
PREPROCESSOR = "preprocessor.json"
WEIGHTS = "model.weights.h5"
README = "README.md"

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
    if not isinstance(metadata.get("weights_sha256"), str):
        raise UserError(f"{path / METADATA}: weights_sha256 is missing")
    preprocessor = Preprocessor.from_dict(
        _read_json(path / PREPROCESSOR), str(path / PREPROCESSOR)
    )
    return PresetFolder(path, _arguments(path / CONFIG), preprocessor, metadata)


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: the preset has no such file") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected an object, got {values!r}")
    return values


def _arguments(path: pathlib.Path) -> dict[str, Any]:
    """The arguments in `config.json`, read as those of our class only.

    Not Keras's own deserialization, which imports the modules that a file
    names.
    """
    values = _read_json(path)
    names = (values.get("class_name"), values.get("registered_name"))
    if names != (CLASS_NAME, REGISTERED_NAME):
        raise UserError(
            f"{path}: expected the class {REGISTERED_NAME}, got {names[1]!r}"
        )
    config = values.get("config")
    if not isinstance(config, dict) or "config" not in config:
        raise UserError(f"{path}: config is missing or no object")
    unknown = set(config) - {"name", "trainable", "dtype", "config", "seed"}
    if unknown:
        raise UserError(f"{path}: unknown field {min(unknown)!r}")
    try:
        return {
            "name": str(config.get("name", "deep_mtdr")),
            "seed": int(config.get("seed", 0)),
            "dtype": _policy(config.get("dtype")),
            "config": config_file.from_dict(
                ModelConfig, config["config"], f"{path}: config"
            ),
        }
    except (TypeError, ValueError) as error:
        reason = str(error)
        if not reason.startswith(str(path)):
            reason = f"{path}: {reason}"
        raise UserError(reason) from None


def _policy(dtype: Any) -> keras.DTypePolicy | None:
    """The dtype policy of a name, or of what Keras serialized it to."""
    if isinstance(dtype, Mapping):
        dtype = dtype["config"]["name"] if "config" in dtype else ""
    return None if dtype is None else keras.DTypePolicy(dtype)
