"""An answer in words, for people who read JSON."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS
from dmtdr_tf.prediction.graded import Graded

__all__ = ["NO_EVIDENCE", "summaries", "summary"]

NO_EVIDENCE = "no part of the photograph raised the score"
_NOT_RELIABLE = "not reliably detected by this model"


def summaries(
    outputs: Mapping[str, np.ndarray], labels: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Puts the answers of a signature for files into words.

    Args:
        outputs: Arrays by name, with any number of photographs.
        labels: `labels.json`.

    Returns:
        A dictionary for each photograph; see `summary`.
    """
    count = len(outputs.get("grade_probabilities", ()))
    return [
        summary({k: v[i] for k, v in outputs.items()}, labels)
        for i in range(count)
    ]


def summary(
    outputs: Mapping[str, np.ndarray], labels: Mapping[str, Any]
) -> dict[str, Any]:
    """Puts the answer for one photograph into words.

    Args:
        outputs: Arrays by name, of one photograph.
        labels: `labels.json`.

    Returns:
        The grade with its name, the probability of each grade, referral with
        its threshold, whether the model is calibrated, the lowest and the
        highest grade of its set of grades, None without one, and where the
        signature has them the lesions' areas in per cent of the retina, the
        measures of quality, and a note on empty evidence.

    Example:
    >>> probabilities = np.array([0.25, 0.125, 0.375, 0.125, 0.125])
    >>> answer = summary({"grade_probabilities": probabilities}, {})
    >>> answer["grade"], answer["grade_name"], answer["referable"]
    (2, 'moderate', True)
    """
    graded = Graded()
    graded.probabilities = outputs["grade_probabilities"].tolist()
    graded.operating_point = OperatingPoint.from_labels(labels)
    names = labels.get("grades", GRADES)
    answer: dict[str, Any] = {
        "grade": graded.grade,
        "grade_name": names[graded.grade],
        "probabilities": dict(zip(names, graded.probabilities, strict=True)),
        "referable": graded.is_referable,
        "referable_probability": graded.referable_probability,
        "referral_threshold": graded.referral_threshold,
        "calibrated": graded.is_calibrated,
        "grade_set": list(graded.grade_set) if graded.grade_set else None,
    }
    if "lesion_shares" in outputs:
        answer["lesion_percent_of_retina"] = _lesions(
            100 * outputs["lesion_shares"].astype(float), labels
        )
    measures = labels.get("quality_measures", ())
    if "quality" in outputs and len(measures) == len(outputs["quality"]):
        values = outputs["quality"].astype(float).tolist()
        answer["quality"] = dict(zip(measures, values, strict=True))
    if "evidence_bytes" in outputs and _is_black(outputs["evidence_bytes"]):
        answer["evidence"] = NO_EVIDENCE
    if labels.get("warning"):
        answer["warning"] = labels["warning"]
    return answer


def _lesions(
    percents: np.ndarray, labels: Mapping[str, Any]
) -> dict[str, float | str]:
    """Areas by name, without those that the model cannot find."""
    names = labels.get("lesion_names", LESION_NAMES)
    unreliable = labels.get("not_reliably_detected") or ()
    rows = zip(LESIONS, names, percents.tolist(), strict=True)
    return {
        name: _NOT_RELIABLE if lesion in unreliable else percent
        for lesion, name, percent in rows
    }


def _is_black(content: Any) -> bool:
    data = np.frombuffer(content, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return picture is not None and not picture.any()
