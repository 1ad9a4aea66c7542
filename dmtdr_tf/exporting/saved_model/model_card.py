"""The model card: what a model is, was measured at, and is not for."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.evaluation import report
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS

Evaluation = Mapping[str, Any]

_CARD = """\
# Model card: {preset}, {dataset}

Grades diabetic retinopathy from one fundus photograph, and gives a
super-resolved photograph, probability maps of four lesions and a map of the
evidence. DeepMT-DR (Wang et al., AAAI 2021), by dmtdr_tf {version}.

## Model

| | |
| --- | --- |
| preset | {preset} |
| trained on | {dataset} |
| stage of training | {stage} |
| input | {low} x {low} pixels, the square around the field of view |
| output | {high} x {high} pixels |
| evidence | {evidence}, of the score `{score}` |
| grades | {grades} |
| lesions | {lesions} |

## Intended use

Research, and trials under the responsibility of those who run them. It is no
medical device. Who uses a grade for a decision on a person must have measured
the model on photographs of the same cameras and people before.

## Limits

- Photographs unlike those of {dataset} (camera, field, population, disease)
  were not measured; other diseases are not looked for.
- A grade is given for every photograph with a field of view. The signatures
  do not judge whether a photograph is too poor to be graded, as `dmtdr
  predict` does: its thresholds are `quality` in `labels.json`, and a client
  should apply such a check of its own.
- Super-resolution draws what is likely, not what was seen: a lesion that only
  the super-resolved photograph shows is no finding.
- The evidence map shows what the score reacts to. It is not a segmentation.
- Send photographs upright: an EXIF orientation is not applied.

## Evaluation

{evaluation}
"""


def model_card(
    config: Config,
    stage: int | None = None,
    evaluation: Evaluation | None = None,
) -> str:
    """Writes the card of a model from the facts of its run.

    Args:
        config: That of its workdir.
        stage: The stage of training that the weights are of; None where it
            is not known.
        evaluation: What `dmtdr evaluate` wrote; None without one.

    Returns:
        Markdown.

    Raises:
        KeyError: The evaluation lacks a figure.
    """
    pairs = zip(LESIONS, LESION_NAMES, strict=True)
    return _CARD.format(
        preset=config.run.preset,
        dataset=config.run.dataset,
        version=dmtdr_tf.__version__,
        stage=stage or "unknown",
        low=config.low_res_size,
        high=config.data.high_res_size,
        evidence=config.model.evidence,
        score=config.model.evidence_score,
        grades=", ".join(f"{i} {name}" for i, name in enumerate(GRADES)),
        lesions=", ".join(f"{key} {name}" for key, name in pairs),
        evaluation=_evaluation(stage, evaluation),
    )


def read_evaluation(path: pathlib.Path) -> Evaluation | None:
    """Reads what `dmtdr evaluate` wrote.

    Args:
        path: `evaluation.json` of a workdir.

    Returns:
        The figures; None where there is no such file.

    Raises:
        UserError: The file is no evaluation.
    """
    if not path.exists():
        return None
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        # What the card will show must be there.
        _figures(figures)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"{path}: not an evaluation; remove it, or write it anew with: "
            "dmtdr evaluate"
        ) from None
    return figures


def _evaluation(stage, evaluation):
    if evaluation is None:
        return (
            "None lies in the run's folder. Write one with `dmtdr evaluate "
            "--output WORKDIR/evaluation.json` and export again."
        )
    evaluated = evaluation["provenance"]["stage"]
    if stage is not None and evaluated != stage:
        return (
            f"The run's evaluation is of stage {evaluated}, this model of "
            f"stage {stage}: it was not evaluated."
        )
    return _figures(evaluation)


def _figures(evaluation):
    origin = evaluation["provenance"]
    return (
        f"On split `{origin['split']}` of {origin['dataset']}, beside trivial "
        f"baselines (stage {origin['stage']}, dmtdr_tf "
        f"{origin['dmtdr_tf']}):\n\n```\n{report.table(evaluation)}\n```"
    )
