"""What a model must not be used for, and which lesions it cannot find."""

import json
import math
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from dmtdr_tf.config.phases import PhaseName
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS

__all__ = ["drawn_warning", "unreliable_lesions"]

# Data sets whose photographs a program draws.
_DRAWN = ("synthetic_fundus",)
# Of average precision corrected for chance: 0 is a constant output, 1 is
# perfect. Below this, hardly one in ten of the pixels it marks is right.
_LEAST_PRECISION = 0.1
# The phase whose checkpoint holds a stage's segmenter.
_SEGMENTER: Mapping[int, PhaseName] = {1: "restoration", 2: "joint"}


def drawn_warning(dataset: str) -> str:
    """Says that a model was trained on drawn photographs.

    Args:
        dataset: The data sets, as in `RunConfig.dataset`.

    Returns:
        One sentence without a full stop; empty if all photographs are real.

    Example:
    >>> drawn_warning("synthetic_fundus")
    'Trained on drawn photographs, not for any use on patients'
    >>> drawn_warning("idrid+synthetic_fundus")
    'Trained partly on drawn photographs, not for any use on patients'
    >>> drawn_warning("idrid")
    ''
    """
    names = [name.split("/")[0].split(":")[0] for name in dataset.split("+")]
    drawn = [name in _DRAWN for name in names]
    if not any(drawn):
        return ""
    share = "" if all(drawn) else "partly "
    return f"Trained {share}on drawn photographs, not for any use on patients"


def unreliable_lesions(
    run: RunFolder, stage: int | None = None
) -> tuple[str, ...] | None:
    """Returns the lesions that a model cannot find by its own evaluation.

    A lesion counts as not found if its average precision over all pixels,
    corrected for chance, is below 0.1: `(precision - prevalence) /
    (1 - prevalence)`, where the prevalence is the average precision of a
    constant output. The figures are those of `evaluation.json` if it is of
    this stage, and otherwise the validation figures of the epoch whose weights
    were kept, in `metrics.jsonl`; their prevalence is not known and taken for
    0. A preset's metadata hold the lesions themselves.

    Args:
        run: The run's folder.
        stage: The stage whose weights are used; the latest finished one by
            default.

    Returns:
        Short names of `LESIONS`; None if nothing was measured.

    Raises:
        UserError: `evaluation.json` is not an evaluation.
    """
    stage = stage or run.latest_stage()
    figures = _evaluated(run.path / "evaluation.json", stage)
    if not figures and run.not_reliably_detected is not None:
        return run.not_reliably_detected
    if not figures and stage:
        figures = _validated(run.metrics_file, _SEGMENTER[stage])
    if not figures:
        return None
    return tuple(
        lesion
        for lesion, (precision, prevalence) in figures.items()
        if precision - prevalence < _LEAST_PRECISION * (1.0 - prevalence)
    )


# Average precision and prevalence by lesion; without lesions not measured.
_Figures = dict[str, tuple[float, float]]


def _evaluated(path: pathlib.Path, stage: int | None) -> _Figures:
    """The figures of `dmtdr evaluate`, if they are of this stage."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["provenance"]["stage"] != stage:
            return {}
        pairs = {
            lesion: tuple(
                content["lesions"][lesion][figure]["pooled"]
                for figure in ("average_precision", "prevalence")
            )
            for lesion in LESIONS
        }
        return {
            lesion: (float(precision), float(prevalence))
            for lesion, (precision, prevalence) in pairs.items()
            if precision is not None
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"{path}: not an evaluation; remove it, or replace it with: "
            "dmtdr evaluate"
        ) from None


def _validated(path: pathlib.Path, phase: PhaseName) -> _Figures:
    """The validation figures of a phase's best epoch."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    epochs = [epoch for epoch in _epochs(lines) if epoch.get("phase") == phase]
    scored = [epoch for epoch in epochs if _number(epoch, "val_score")]
    if not scored:
        return {}
    best = max(scored, key=lambda epoch: epoch["val_score"])
    measured = {
        lesion: _number(best, f"val_average_precision_{lesion}")
        for lesion in LESIONS
    }
    # The metric is 0 where no photograph has the lesion, and only there.
    return {
        lesion: (precision, 0.0)
        for lesion, precision in measured.items()
        if precision
    }


def _epochs(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            epoch = json.loads(line)
        except ValueError:
            continue
        if isinstance(epoch, dict):
            yield epoch


def _number(epoch: Mapping[str, Any], name: str) -> float | None:
    value = epoch.get(name)
    if isinstance(value, (int, float)) and math.isfinite(value):
        return float(value)
    return None
