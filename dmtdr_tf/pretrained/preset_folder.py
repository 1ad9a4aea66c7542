"""The folder of a preset, read with every file checked."""

import hashlib
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import dmtdr_tf
from dmtdr_tf.config import Config, DataConfig, ModelConfig, RunConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import STAGES
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief, read_object
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.pretrained.preprocessor import Preprocessor

__all__ = [
    "CALIBRATION",
    "CLASS_NAME",
    "CONFIG",
    "EVALUATION",
    "FILES",
    "FORMAT",
    "METADATA",
    "PREPROCESSOR",
    "README",
    "REGISTERED_NAME",
    "WEIGHTS",
    "PresetFolder",
    "is_preset",
    "read_preset",
]

# The files of KerasHub's presets, by its names, and `preprocessor.json`.
CONFIG = "config.json"
METADATA = "metadata.json"
PREPROCESSOR = "preprocessor.json"
WEIGHTS = "model.weights.h5"
README = "README.md"
# Those of a workdir that a preset keeps, by the same names.
CALIBRATION = "calibration.json"
EVALUATION = "evaluation.json"
FILES = (
    CONFIG,
    METADATA,
    PREPROCESSOR,
    WEIGHTS,
    README,
    CALIBRATION,
    EVALUATION,
)
# Raised when folders change so that earlier versions would misread them.
FORMAT = 1

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


class PresetFolder(RunFolder):
    """A preset that was read from a folder, in place of the run it is of.

    Args:
        path: The folder.
        arguments: Arguments of `DeepMTDR`: `config`, `seed`, `name`, `dtype`.
        preprocessor: What the model expects of a photograph.
        metadata: Versions, parameter count, date, hash of the weights, data
            set, preset and stage.
        label: What to call it in reports; the folder by default.

    Raises:
        UserError: The three do not fit together.
    """

    def __init__(
        self,
        path: pathlib.Path,
        arguments: Mapping[str, Any],
        preprocessor: Preprocessor,
        metadata: Mapping[str, Any],
        label: str = "",
    ):
        super().__init__(path, "model")
        self.arguments = arguments
        self.preprocessor = preprocessor
        self.metadata = metadata
        self._label = label
        self._config = _config(path, arguments, preprocessor, metadata)

    @property
    def label(self) -> str:
        return self._label or super().label

    @property
    def outputs(self) -> pathlib.Path:
        """Where commands write by default: never into the preset."""
        name = self._label or os.path.realpath(self.path)
        return pathlib.Path("runs", pathlib.PurePath(name).name)

    @property
    def is_workdir(self) -> bool:
        return False

    @property
    def config(self) -> Config:
        return self._config

    @property
    def model_arguments(self) -> Mapping[str, Any]:
        return self.arguments

    @property
    def not_reliably_detected(self) -> tuple[str, ...] | None:
        lesions = self.metadata.get("not_reliably_detected")
        return None if lesions is None else tuple(lesions)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that an export depends on, in hexadecimal."""
        digest = hashlib.sha256(dmtdr_tf.__version__.encode())
        # The metadata hold the hashes of the other files.
        for name in (CONFIG, PREPROCESSOR, METADATA):
            digest.update(file_sha256(self.path / name).encode())
        return digest.hexdigest()

    def latest_stage(self) -> int | None:
        return self.metadata["stage"]

    def checkpoint(self, stage: int | None = None) -> pathlib.Path:
        """Returns the file of the weights, as `checked_weights`.

        Args:
            stage: The stage that the weights must be of; None for any.

        Raises:
            UserError: They are of another stage, missing or damaged.
        """
        held = self.latest_stage()
        if stage not in (None, held):
            raise UserError(
                f"{self.label} holds the model after stage {held}, not after "
                f"stage {stage}",
                argument="stage",
            )
        return self.checked_weights()

    def checked_weights(self) -> pathlib.Path:
        """Returns the file of the weights.

        Raises:
            UserError: It is missing, or its SHA-256 is not that of the
                metadata.
        """
        weights = self.path / WEIGHTS
        if not weights.is_file():
            raise UserError(f"{weights}: the preset has no such file")
        _check_sha256(weights, self.metadata["weights_sha256"])
        return weights

    def remedy(self, path: pathlib.Path) -> str:
        return _REMEDY


def is_preset(path: str | os.PathLike[str]) -> bool:
    """Tells whether a folder is a preset's, perhaps a damaged one.

    Args:
        path: The folder.
    """
    return any(
        os.path.lexists(os.path.join(path, name))
        for name in (METADATA, PREPROCESSOR, WEIGHTS)
    )


def read_preset(path: str | os.PathLike[str], label: str = "") -> PresetFolder:
    """Reads everything of a preset but its weights.

    Args:
        path: The folder, from `write_preset`.
        label: What to call it in reports; the folder by default.

    Returns:
        The preset; `PresetFolder.checked_weights` gives its weights.

    Raises:
        UserError: A file is missing, damaged, of another model or of a newer
            version; the message begins with its path.
    """
    path = pathlib.Path(path)
    metadata = _metadata(path / METADATA)
    for name in (CALIBRATION, EVALUATION):
        _check_companion(path / name, metadata.get("files_sha256", {}))
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
    return PresetFolder(path, arguments, preprocessor, metadata, label)


def _metadata(path: pathlib.Path) -> dict[str, Any]:
    """The metadata, with everything checked that a reader relies on."""
    metadata = _read_json(path)
    written = metadata.get("format", FORMAT)
    if type(written) is not int or written < 1:
        raise UserError(f"{path}: {brief(written)} is no format; {_REMEDY}")
    if written > FORMAT:
        raise UserError(
            f"{path}: written by a newer version of dmtdr_tf "
            f"({brief(metadata.get('dmtdr_tf_version'))}), which reading it "
            "needs"
        )
    _require_sha256(metadata, "weights_sha256", path)
    files = metadata.get("files_sha256", {})
    if not isinstance(files, dict):
        raise UserError(f"{path}: files_sha256 is no object; {_REMEDY}")
    for name in files:
        _require_sha256(files, name, path)
    for name in ("preset", "dataset"):
        if type(metadata.get(name)) is not str:
            raise UserError(f"{path}: {name} is missing or no text; {_REMEDY}")
    stage = metadata.setdefault("stage", None)
    if stage is not None and (type(stage) is not int or stage not in STAGES):
        raise UserError(f"{path}: {brief(stage)} is no stage; {_REMEDY}")
    lesions = metadata.get("not_reliably_detected") or []
    if not isinstance(lesions, list) or not all(
        lesion in LESIONS for lesion in lesions
    ):
        raise UserError(
            f"{path}: not_reliably_detected must list lesions, not "
            f"{brief(lesions)}; {_REMEDY}"
        )
    return metadata


def _require_sha256(
    values: Mapping[str, Any], name: str, path: pathlib.Path
) -> None:
    digest = values.get(name)
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise UserError(f"{path}: {name} is missing or no SHA-256; {_REMEDY}")


def _check_companion(path: pathlib.Path, checksums: Mapping[str, str]) -> None:
    """Refuses a file that is missing, changed, or of another preset."""
    expected = checksums.get(path.name)
    if not os.path.lexists(path):
        if expected:
            raise UserError(f"{path}: the preset has no such file; {_REMEDY}")
        return
    if expected is None:
        raise UserError(
            f"{path}: {METADATA} does not know this file: it is of another "
            "model; remove it"
        )
    if not path.is_file():
        raise UserError(f"{path}: not a file; {_REMEDY}")
    _check_sha256(path, expected)


def _check_sha256(path: pathlib.Path, expected: str) -> None:
    if file_sha256(path) != expected:
        raise UserError(
            f"{path}: damaged or replaced: its SHA-256 is not that in "
            f"{METADATA}; {_REMEDY}"
        )


def _config(
    path: pathlib.Path,
    arguments: Mapping[str, Any],
    preprocessor: Preprocessor,
    metadata: Mapping[str, Any],
) -> Config:
    """The configuration of the run, as far as a preset keeps it."""
    try:
        return Config(
            run=RunConfig(
                preset=metadata["preset"],
                dataset=metadata["dataset"],
                seed=arguments["seed"],
            ),
            model=arguments["config"],
            data=DataConfig(
                high_res_size=preprocessor.high_res_size,
                degradation=metadata.get("degradation", "bicubic"),
            ),
            quality=preprocessor.quality,
        )
    except UserError as error:
        raise UserError(f"{path / METADATA}: {error}; {_REMEDY}") from None


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


def _policy(dtype: Any, path: pathlib.Path) -> str | None:
    """The name of a dtype policy, from it or what Keras serialized it to."""
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
    return name
