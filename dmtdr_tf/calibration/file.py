"""The file `calibration.json` of a workdir or of a preset."""

import dataclasses
import json
import os
import pathlib

from dmtdr_tf.calibration.calibration import VERSION, Calibration
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief, read_object
from dmtdr_tf.files.whole_file import write_text

__all__ = [
    "calibration_text",
    "read_calibration",
    "run_calibration",
    "why_uncalibrated",
    "write_calibration",
]

_REMEDY = "write it again with: dmtdr calibrate"


def write_calibration(
    path: str | os.PathLike[str], calibration: Calibration
) -> None:
    """Writes a calibration as JSON, completely or not at all.

    Args:
        path: The file, `calibration.json`; replaced if it exists.
        calibration: What to write.

    Raises:
        OSError: The file cannot be written.
    """
    write_text(path, calibration_text(calibration))


def calibration_text(calibration: Calibration) -> str:
    """Returns the content of `calibration.json`.

    Args:
        calibration: What to write.
    """
    values = dataclasses.asdict(calibration)
    return json.dumps(values, indent=2, allow_nan=False) + "\n"


def read_calibration(path: str | os.PathLike[str]) -> Calibration | None:
    """Reads a calibration, whatever weights it belongs to.

    Args:
        path: The file, `calibration.json`.

    Returns:
        The calibration; None if there is no such file.

    Raises:
        UserError: The file is damaged or of a newer version; the message
            begins with its path.
    """
    if not os.path.lexists(path):
        return None
    values = read_object(path, "calibration", _REMEDY)
    version = values.get("version")
    if type(version) is int and version > VERSION:
        raise UserError(
            f"{path}: of version {brief(version)}, which needs a newer "
            f"dmtdr_tf (this one reads {VERSION}); update it, or {_REMEDY}"
        )
    if version != VERSION:
        raise UserError(
            f"{path}: not a calibration: version is {brief(version)}, not "
            f"{VERSION}; {_REMEDY}"
        )
    try:
        return config_file.from_dict(Calibration, values, os.fspath(path))
    except UserError as error:
        raise UserError(f"{error}; {_REMEDY}") from None


def run_calibration(
    run: RunFolder, stage: int | None = None
) -> Calibration | None:
    """Returns the calibration of a run's weights.

    Args:
        run: The run's folder.
        stage: The stage whose best checkpoint is used; the latest finished
            one by default.

    Returns:
        The calibration; None if there is none, or if the one in the folder
        belongs to other weights. `why_uncalibrated` says which.

    Raises:
        UserError: `calibration.json` is damaged or of a newer version, or the
            stage is not finished.
    """
    calibration = read_calibration(run.calibration_file)
    if calibration is None:
        return None
    fits = _belongs_to(calibration, run.checkpoint(stage))
    return calibration if fits else None


def why_uncalibrated(run: RunFolder, stage: int | None = None) -> str:
    """Says why a run's weights have no calibration.

    Args:
        run: The run's folder.
        stage: As in `run_calibration`.

    Returns:
        One line without a full stop; empty if they have one.

    Raises:
        UserError: As `run_calibration`.
    """
    if run_calibration(run, stage) is not None:
        return ""
    if not run.is_workdir:
        return f"{run.label} is not calibrated"
    command = f"dmtdr calibrate --workdir {run.path}"
    if stage:
        command += f" --stage {stage}"
    if os.path.lexists(run.calibration_file):
        return (
            f"not calibrated: {run.calibration_file} belongs to other weights "
            f"and is not used; replace it with `{command}`"
        )
    return f"not calibrated: `{command}`"


def _belongs_to(calibration: Calibration, weights: pathlib.Path) -> bool:
    """Whether the SHA-256 is that of the file; a lost file has none."""
    return weights.is_file() and (
        file_sha256(weights) == calibration.weights_sha256
    )
