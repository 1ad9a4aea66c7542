"""Computes every figure of a split in one pass."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.evaluation.grading import GradingFigures
from dmtdr_tf.evaluation.lesions import LesionFigures
from dmtdr_tf.evaluation.super_resolution import SuperResolutionFigures
from dmtdr_tf.files.errors import UserError

__all__ = ["evaluate"]

Predict = Callable[[Any], Mapping[str, Any]]


def evaluate(
    predict: Predict,
    batches: Iterable[Mapping[str, Any]],
    *,
    progress: Callable[[int], None] | None = None,
    calibration: Calibration | None = None,
) -> dict[str, Any]:
    """Measures a model on batches, in one pass and bounded memory.

    Args:
        predict: From `low_res` `[B, h, w, 3]` to a dictionary with
            `super_resolution` `[B, H, W, 3]`, `lesions` `[B, H, W, 4]`
            probabilities and `grade` `[B, 5]` logits.
        batches: Batches of the pipeline, on whole photographs.
        progress: Called with the number of photographs measured so far.
        calibration: Of the model, for its probabilities, referral and set of
            grades; None if it is not calibrated.

    Returns:
        `grading`, `super_resolution` and `lesions`: nested dictionaries of
        floats, integers and lists, ready for JSON. A figure that the labels
        do not define is None. Each group has the number of photographs it
        was computed from.

    Raises:
        UserError: An output of the model is not finite.

    Example:
    ```python
    figures = evaluate(model.explain, evaluation_batches(config, "test"))
    figures["lesions"]["MA"]["average_precision"]["pooled"]  # 0.31
    ```
    """
    grading = GradingFigures(calibration)
    super_resolution = SuperResolutionFigures()
    lesions = LesionFigures()
    done = 0
    for batch in batches:
        outputs = predict(batch["low_res"])
        _check_finite(outputs)
        grading.update(batch["grade"], batch["has_grade"], outputs["grade"])
        super_resolution.update(
            batch["low_res"], batch["high_res"], outputs["super_resolution"]
        )
        lesions.update(
            batch["lesions"], batch["has_lesions"], outputs["lesions"]
        )
        done += len(batch["grade"])
        if progress is not None:
            progress(done)
    return {
        "grading": grading.result(),
        "super_resolution": super_resolution.result(),
        "lesions": lesions.result(),
    }


def _check_finite(outputs: Mapping[str, Any]) -> None:
    """NaN compares as neither high nor low: a ranking would hide it."""
    for name in ("super_resolution", "lesions", "grade"):
        if not np.isfinite(outputs[name]).all():
            raise UserError(
                f"{name}: the model's output is not finite; its weights are "
                "damaged or its training diverged"
            )
