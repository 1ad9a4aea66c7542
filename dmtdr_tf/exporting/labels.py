"""What a client must know to read an exported model's outputs."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import dmtdr_tf
from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.config.model_limits import drawn_warning
from dmtdr_tf.exporting.signatures import LESION_THRESHOLD, QUALITY_MEASURES
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS, REFERABLE_GRADE
from dmtdr_tf.preprocessing.constants import MAX_SERVER_MEGAPIXELS

__all__ = ["LABELS_FILE", "labels", "run_labels"]

LABELS_FILE = "labels.json"


def labels(config: Config) -> dict[str, Any]:
    """Returns the names of grades and lesions, the sizes and the thresholds.

    Args:
        config: The configuration in the model's workdir.

    Returns:
        A dictionary ready for JSON.

    Example:
    >>> from dmtdr_tf.config.presets import preset
    >>> labels(preset("demo"))["lesions"]
    ['MA', 'HM', 'SE', 'HE']
    """
    return {
        "grades": list(GRADES),
        "referable_grade": REFERABLE_GRADE,
        "lesions": list(LESIONS),
        "lesion_names": list(LESION_NAMES),
        "lesion_threshold": LESION_THRESHOLD,
        "quality": dataclasses.asdict(config.quality),
        "quality_measures": list(QUALITY_MEASURES),
        "scale": config.model.scale,
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        "max_megapixels": MAX_SERVER_MEGAPIXELS,
        "evidence": config.model.evidence,
        "dataset": config.run.dataset,
        "preset": config.run.preset,
        "dmtdr_tf": dmtdr_tf.__version__,
    }


def run_labels(
    config: Config,
    unreliable: Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> dict[str, Any]:
    """Returns the labels of a run's model, with the limits of the model.

    Every export carries them: `labels.json` of a SavedModel and of a LiteRT
    export, the metadata of LiteRT and ONNX files, and the page's `model.json`.

    Args:
        config: The configuration in the model's workdir.
        unreliable: From `unreliable_lesions`; None if nothing was measured.
        calibration: From `run_calibration`; None if the model is not
            calibrated.

    Returns:
        What `labels` returns; `warning`, a sentence, empty if there is
        nothing to warn of; `not_reliably_detected`, lesions by their short
        names, None if the model was not evaluated; and `calibration`, the
        fields of `Calibration`, None if it is not calibrated.

    Example:
    >>> from dmtdr_tf.config.presets import preset
    >>> run_labels(preset("demo"), ["MA"])["warning"]
    'Trained on drawn photographs, not for any use on patients'
    """
    measured = None if unreliable is None else list(unreliable)
    return {
        **labels(config),
        "warning": drawn_warning(config.run.dataset),
        "not_reliably_detected": measured,
        "calibration": None if calibration is None else calibration.labels(),
    }
