"""Exports a preset: a folder that every command takes as a model."""

import json
import os
import pathlib
from collections.abc import Mapping

from dmtdr_tf.calibration import run_calibration
from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.model_limits import unreliable_lesions
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.data.catalog import attributions, weights_license
from dmtdr_tf.exporting.saved_model.model_card import (
    Evaluation,
    model_card,
    read_evaluation,
)
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import read_bytes
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.presets.writer import write_preset
from dmtdr_tf.pretrained.preset_folder import EVALUATION, README

__all__ = ["export_preset", "note_precision"]

_NOT_COMPARED = (
    "The weights of this folder were not compared with those of the run."
)


def export_preset(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    run: RunFolder,
    overwrite: bool = False,
    *,
    stage: int | None = None,
    quantization: str = "float16",
    card: str | os.PathLike[str] = "",
) -> pathlib.Path:
    """Writes a model as a preset, whole or not at all.

    The preset keeps `calibration.json` and `evaluation.json` of the run's
    folder, if they are of these weights and of this stage.

    Args:
        model: A trained model.
        directory: The folder to write; its name is the model's.
        run: The folder of the model's run.
        overwrite: Replace an earlier preset.
        stage: The stage of training that the weights are of.
        quantization: `"float16"` or `"float32"`, of the weights.
        card: A Markdown file whose text the model card ends with.

    Returns:
        The folder.

    Raises:
        UserError: There is no such quantization, a file of the run is
            damaged, the folder exists and `overwrite` is not given, or it
            cannot be written.
    """
    require_choice("quantization", quantization, ("float16", "float32"))
    directory = pathlib.Path(directory)
    evaluation = _evaluation(run, directory.name, stage)
    calibration = run_calibration(run, stage)
    parts = [
        model_card(run.config, stage, evaluation, calibration, directory.name),
        f"## Precision of the weights\n\n{_NOT_COMPARED}",
        _data(run.config.run.dataset),
        _text(card),
    ]
    return write_preset(
        model,
        directory,
        run.config,
        stage=stage,
        weights_dtype="float16" if quantization == "float16" else "float32",
        readme="\n\n".join(part.strip() for part in parts if part),
        license_name=weights_license(run.config.run.dataset),
        overwrite=overwrite,
        files=_files(evaluation),
        calibration=calibration,
        not_reliably_detected=unreliable_lesions(run, stage),
    )


def note_precision(directory: str | os.PathLike[str], sentence: str) -> None:
    """Notes in a preset's card how exact its weights are.

    Args:
        directory: The preset's folder.
        sentence: What was measured.

    Raises:
        OSError: The card cannot be written.
    """
    path = pathlib.Path(directory) / README
    text = path.read_text(encoding="utf-8")
    write_text(path, text.replace(_NOT_COMPARED, sentence))


def _evaluation(
    run: RunFolder, name: str, stage: int | None
) -> Evaluation | None:
    """The run's evaluation without the folders of this machine."""
    evaluation = read_evaluation(run.path / EVALUATION)
    if evaluation is None or evaluation["provenance"]["stage"] != stage:
        return None
    return {
        **evaluation,
        "provenance": {**evaluation["provenance"], "workdir": name},
    }


def _files(evaluation: Evaluation | None) -> Mapping[str, bytes]:
    if evaluation is None:
        return {}
    return {EVALUATION: (json.dumps(evaluation, indent=2) + "\n").encode()}


def _data(dataset: str) -> str:
    texts = attributions(dataset)
    if not texts:
        return ""
    return "\n".join(["## Data", "", *(f"- {text}" for text in texts)])


def _text(card: str | os.PathLike[str]) -> str:
    if not card:
        return ""
    try:
        return read_bytes(card).decode("utf-8")
    except FileNotFoundError:
        raise UserError(f"{card}: no such file") from None
    except UnicodeDecodeError:
        raise UserError(f"{card}: not UTF-8; write the card in UTF-8") from None
