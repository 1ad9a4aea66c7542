"""Writes the model card: what a model is, how good it is, and its limits."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

import dmtdr_tf
from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.config.model_limits import drawn_warning
from dmtdr_tf.evaluation import report
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import read_object
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS

__all__ = ["Evaluation", "model_card", "read_evaluation"]

Evaluation = Mapping[str, Any]

_CARD = """\
# Model card: {title}

Grades diabetic retinopathy from one fundus photograph, and returns a
super-resolved photograph, probability maps of four lesions and an evidence
map. DeepMT-DR (Wang et al., AAAI 2021), by dmtdr_tf {version}.
{warning}
## Model

| | |
| --- | --- |
| preset | {preset} |
| trained on | {dataset} |
| stage of training | {stage} |
| input | {low} x {low} pixels, the square around the field of view |
| output | {high} x {high} pixels |
| evidence | {evidence}, of the score `{score}` |
{averaged}| grades | {grades} |
| lesions | {lesions} |

## Intended use

Research, and trials under the responsibility of those who run them. It is not
a medical device. Before a grade is used for a decision about a person, the
model must be evaluated on photographs of the same cameras and population.

## Limits

- The model was not evaluated on photographs unlike those of {dataset} (camera,
  field, population, disease), and it does not detect other diseases.
{checked}
- Super-resolution shows what is likely, not what was seen: a lesion that only
  appears in the super-resolved photograph is not a finding.
- The evidence map shows what the score reacts to. It is not a segmentation.

## Calibration

{calibration}

## Evaluation

{evaluation}
"""


_AVERAGED = """\
| averaged over | the 8 symmetries of the square; the evaluation below is \
without them unless it says so |
"""
_SAVED_MODEL = """\
- The signatures for files refuse what is not a fundus photograph or too poor
  to be graded, as `dmtdr predict` does, with the thresholds under `quality` in
  `labels.json`. They do not recognize other diseases. `serving_default` takes
  numbers and checks nothing but their range."""
_PRESET = """\
- `dmtdr predict` and `dmtdr_tf.Predictor` refuse what is not a fundus
  photograph or too poor to be graded, with the thresholds under `quality` in
  `preprocessor.json`. They do not recognize other diseases. The Keras model
  takes numbers and checks nothing but their range."""


def model_card(
    config: Config,
    stage: int | None = None,
    evaluation: Evaluation | None = None,
    calibration: Calibration | None = None,
    preset: str = "",
    symmetries: int = 1,
) -> str:
    """Writes the card of a model from the facts of its run.

    Args:
        config: The configuration in its workdir.
        stage: The stage of training that the weights come from; None if it
            is not known.
        evaluation: From `read_evaluation`; None without one.
        calibration: From `run_calibration`; None without one.
        preset: The name of the preset that the card is of; empty for a
            SavedModel.
        symmetries: How many symmetries of the square the model averages over.

    Returns:
        Markdown.

    Raises:
        KeyError: The evaluation lacks a figure.
    """
    warning = drawn_warning(config.run.dataset)
    pairs = zip(LESIONS, LESION_NAMES, strict=True)
    return _CARD.format(
        title=preset or f"{config.run.preset}, {config.run.dataset}",
        checked=_PRESET if preset else _SAVED_MODEL,
        preset=config.run.preset,
        warning=f"\n**{warning}.**\n" if warning else "",
        dataset=config.run.dataset,
        version=dmtdr_tf.__version__,
        stage=stage or "unknown",
        low=config.low_res_size,
        high=config.data.high_res_size,
        evidence=config.model.evidence,
        score=config.model.evidence_score,
        averaged=_AVERAGED if symmetries > 1 else "",
        grades=", ".join(f"{i} {name}" for i, name in enumerate(GRADES)),
        lesions=", ".join(f"{key} {name}" for key, name in pairs),
        calibration=_calibration(calibration),
        evaluation=_evaluation(stage, evaluation),
    )


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return (
            "The model is not calibrated: its probabilities are its own, and a "
            "photograph is referable from a probability of 0.5 of grade 2 or "
            "more on. Run `dmtdr calibrate` and export again."
        )
    c = calibration
    text = (
        f"Fitted on {c.photographs} photographs of {c.dataset} (split "
        f"`{c.split}`, {c.referable_photographs} of grade 2 or more); in "
        "parentheses, on photographs that were left out of the fit. The "
        "outputs `grade_probabilities`, `referable` and `grade_set` follow it; "
        f"`grade` holds the model's own logits.\n\n"
        f"- temperature {c.temperature:.3f}: expected calibration error "
        f"{c.calibration_error_before:.3f} before, "
        f"{c.calibration_error_after:.3f} after "
        f"({c.calibration_error_cross_fitted:.3f})\n"
        f"- referable from a probability of {c.referral_threshold:.4f} of "
        f"grade 2 or more on: sensitivity {c.sensitivity:.3f} "
        f"({c.sensitivity_cross_fitted:.3f}), specificity "
        f"{c.specificity:.3f} ({c.specificity_cross_fitted:.3f})"
    )
    if c.least_probability is None:
        return f"{text}\n- no set of grades"
    return (
        f"{text}\n- set of grades, from a probability of "
        f"{c.least_probability:.4f} on: holds the grade of {c.coverage:.3f} "
        f"({c.coverage_cross_fitted:.3f}) of the photographs, wanted "
        f"{c.wanted_coverage:g}, with {c.mean_set_size:.2f} "
        f"({c.mean_set_size_cross_fitted:.2f}) grades"
    )


def read_evaluation(path: pathlib.Path) -> Evaluation | None:
    """Reads the figures that `dmtdr evaluate` wrote.

    Args:
        path: `evaluation.json` of a workdir.

    Returns:
        The figures; None if there is no such file.

    Raises:
        UserError: The file is not an evaluation.
    """
    if not os.path.lexists(path):
        return None
    try:
        figures = read_object(path, "evaluation")
        # Raises if a figure that the card shows is missing or no number.
        _figures(figures)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
    ):
        raise UserError(
            f"{path}: not an evaluation; remove it, or replace it with: "
            "dmtdr evaluate"
        ) from None
    return figures


def _evaluation(stage: int | None, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return (
            "The run was not evaluated. Run `dmtdr evaluate --output "
            "WORKDIR/evaluation.json` and export again."
        )
    evaluated = evaluation["provenance"]["stage"]
    if stage is not None and evaluated != stage:
        return (
            f"The run's evaluation is of stage {evaluated}, but this model "
            f"is of stage {stage}: it was not evaluated."
        )
    return _figures(evaluation)


def _figures(evaluation: Evaluation) -> str:
    origin = evaluation["provenance"]
    return (
        f"On split `{origin['split']}` of {origin['dataset']}, beside trivial "
        f"baselines (stage {origin['stage']}, dmtdr_tf "
        f"{origin['dmtdr_tf']}):\n\n```\n{report.table(evaluation)}\n```"
    )
