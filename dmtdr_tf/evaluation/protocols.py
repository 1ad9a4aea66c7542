"""Computes every figure of a split in one pass."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.data.identities import Identities
from dmtdr_tf.evaluation.bootstrap import Bootstrap
from dmtdr_tf.evaluation.measurement import Measurement
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import degradation

__all__ = ["Observe", "Predict", "Segment", "evaluate", "measure", "summarize"]

Predict = Callable[[Any], Mapping[str, Any]]
# From photographs `[B, H, W, 3]` to lesion probabilities `[B, H, W, 4]`.
Segment = Callable[[Any], Any]
# Of each batch, the model's outputs and what was measured so far.
Observe = Callable[[Mapping[str, Any], Mapping[str, Any], Measurement], None]


def evaluate(
    predict: Predict,
    batches: Iterable[Mapping[str, Any]],
    *,
    segment: Segment | None = None,
    bootstrap: Bootstrap | None = None,
    identities: Identities | None = None,
    progress: Callable[[int], None] | None = None,
    calibration: Calibration | None = None,
) -> dict[str, Any]:
    """Measures a model on batches, in one pass and bounded memory.

    Args:
        predict: From `low_res` `[B, h, w, 3]` to a dictionary with
            `super_resolution` `[B, H, W, 3]`, `lesions` `[B, H, W, 4]`
            probabilities and `grade` `[B, 5]` logits.
        batches: Batches of the pipeline, on whole photographs.
        segment: The model's segmenter, for the audit of super-resolution:
            from `[B, H, W, 3]` to `[B, H, W, 4]`. No audit by default.
        bootstrap: How to compute intervals; none by default.
        identities: Which photographs belong together; by default every
            photograph stands for itself.
        progress: Called with the number of photographs measured so far.
        calibration: Of the model, for its probabilities, referral and set of
            grades; None if it is not calibrated.

    Returns:
        `grading`, `super_resolution`, `lesions` and `audit`: nested
        dictionaries of floats, integers and lists, ready for JSON. A figure
        that the labels do not define is None. Each group has the number of
        photographs it was computed from. With `bootstrap`, `intervals` has
        the ends of the figures' intervals, nested alike, and `bootstrap` says
        how they were computed.

    Raises:
        UserError: An output of the model is not finite.

    Example:
    ```python
    figures = evaluate(model.explain, evaluation_batches(config, "test"))
    figures["lesions"]["MA"]["average_precision"]["pooled"]  # 0.31
    ```
    """
    measurement = measure(
        predict,
        batches,
        segment=segment,
        calibration=calibration,
        progress=progress,
    )
    return summarize(measurement, bootstrap, identities)


def measure(
    predict: Predict,
    batches: Iterable[Mapping[str, Any]],
    *,
    segment: Segment | None = None,
    is_averaged: bool = False,
    calibration: Calibration | None = None,
    progress: Callable[[int], None] | None = None,
    observe: Observe | None = None,
) -> Measurement:
    """Measures a model on batches, and keeps each photograph's statistics.

    Args:
        predict: As in `evaluate`, like the others.
        batches: Batches of the pipeline.
        segment: The model's segmenter; no audit by default.
        is_averaged: Whether the lesions that `predict` returns are averages
            over symmetries, so that the audit cannot use them.
        calibration: Of the model; None if it is not calibrated.
        progress: Called with the number of photographs measured so far.
        observe: Called after each batch with the batch, the outputs and the
            measurement so far.

    Returns:
        The measurement.

    Raises:
        UserError: An output of the model is not finite.
    """
    measurement = Measurement(calibration)
    for batch in batches:
        outputs = predict(batch["low_res"])
        _check_finite(outputs)
        measurement.update(batch, outputs)
        if segment is not None:
            restored = None if is_averaged else outputs["lesions"]
            if restored is None:
                restored = segment(outputs["super_resolution"])
            measurement.audit.update(*_segmented(segment, batch, restored))
        if observe is not None:
            observe(batch, outputs, measurement)
        if progress is not None:
            progress(measurement.photographs)
    return measurement


def summarize(
    measurement: Measurement,
    bootstrap: Bootstrap | None = None,
    identities: Identities | None = None,
) -> dict[str, Any]:
    """Returns the figures of a measurement, with intervals if asked for.

    Args:
        measurement: From `measure`.
        bootstrap: As in `evaluate`.
        identities: As in `evaluate`.

    Returns:
        As `evaluate`.
    """
    figures = measurement.figures()
    if bootstrap is None or not measurement.photographs:
        return figures
    identities = identities or Identities.separate(measurement.photographs)
    groups = identities.groups
    return {
        **figures,
        "intervals": measurement.intervals(groups, bootstrap),
        "bootstrap": {
            "samples": bootstrap.samples,
            "seed": bootstrap.seed,
            "confidence": bootstrap.confidence,
            "unit": identities.unit,
            "units": int(np.unique(groups).size),
        },
    }


def _segmented(
    segment: Segment, batch: Mapping[str, Any], restored: Any
) -> tuple[Any, dict[str, Any]]:
    """What the segmenter finds in the three versions of the photographs."""
    high_res, low_res = batch["high_res"], batch["low_res"]
    scale = high_res.shape[1] // low_res.shape[1]
    return segment(high_res), {
        "super_resolution": restored,
        "bicubic": segment(degradation.bicubic(low_res, scale)),
    }


def _check_finite(outputs: Mapping[str, Any]) -> None:
    """NaN compares as neither high nor low: a ranking would hide it."""
    for name in ("super_resolution", "lesions", "grade"):
        if not np.isfinite(outputs[name]).all():
            raise UserError(
                f"{name}: the model's output is not finite; its weights are "
                "damaged or its training diverged"
            )
