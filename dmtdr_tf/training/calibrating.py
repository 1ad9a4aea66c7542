"""Calibrates a run's model on graded photographs."""

import os
from typing import Any

import numpy as np
import tensorflow as tf

from dmtdr_tf.calibration.calibration import VERSION, Calibration
from dmtdr_tf.calibration.conformal import has_conformal
from dmtdr_tf.calibration.file import write_calibration
from dmtdr_tf.calibration.fitting import fit
from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import REFERABLE_GRADE
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["SPLITS", "WITHOUT_SET", "calibrate_workdir"]

SPLITS = ("train", "validation", "test")
WITHOUT_SET = (
    "note: without the set of grades, which needs the extra calibration: "
    "pip install '.[calibration]'"
)


def calibrate_workdir(
    workdir: str | os.PathLike[str],
    *,
    sensitivity: float = 0.9,
    coverage: float = 0.9,
    split: str = "validation",
    dataset: str = "",
    data_dir: str = "",
    manual_dir: str = "",
    batch_size: int = 1,
    stage: int | None = None,
) -> Calibration:
    """Calibrates the best checkpoint of a run and writes `calibration.json`.

    Args:
        workdir: The run's folder.
        sensitivity: The share of referable photographs to refer, in (0, 1].
        coverage: The share of photographs whose grade the set of grades
            should hold, in (0, 1).
        split: `"train"`, `"validation"` or `"test"`; a model is too sure of
            the photographs that it was trained on.
        dataset: TFDS name of the data set; the run's own if empty.
        data_dir: Where TFDS keeps prepared data; the run's if empty.
        manual_dir: The folder of a data set you downloaded; the run's if
            empty.
        batch_size: How many photographs to grade at once.
        stage: The stage whose best checkpoint is calibrated; the latest
            finished one by default.

    Returns:
        What it wrote. It has no set of grades if the extra `calibration` is
        not installed.

    Raises:
        UserError: The folder holds no trained model or cannot be written, the
            split or data set does not exist, or there are too few graded
            photographs in it.

    Example:
    ```python
    calibrate_workdir("runs/demo", sensitivity=0.95).referral_threshold
    ```
    """
    require_choice("split", split, SPLITS)
    _require_share("sensitivity", sensitivity, may_be_all=True)
    _require_share("coverage", coverage)
    run = RunFolder(workdir)
    config = with_data(run.config, dataset, data_dir, manual_dir)
    weights = run.checkpoint(stage)
    batches = evaluation_batches(config, split, batch_size, "grade")
    # Whatever precision the training has, exports compute in this one.
    model = DeepMTDR.from_workdir(workdir, stage, dtype="float32")
    logits, grades = _answers(model, batches)
    wanted = coverage if has_conformal() else None
    fitted, figures = fit(logits, grades, sensitivity, wanted)
    calibration = Calibration(
        version=VERSION,
        weights_sha256=file_sha256(weights),
        stage=stage or run.latest_stage(),
        dataset=config.run.dataset,
        split=split,
        photographs=len(grades),
        referable_photographs=int(np.sum(grades >= REFERABLE_GRADE)),
        temperature=fitted.temperature,
        wanted_sensitivity=sensitivity,
        referral_threshold=fitted.operating_point.referral_threshold,
        wanted_coverage=wanted,
        conformal_quantile=fitted.quantile,
        least_probability=fitted.operating_point.least_probability,
        **figures,
    )
    _write(run, calibration)
    return calibration


def _require_share(name: str, value: float, may_be_all: bool = False) -> None:
    if not (0.0 < value < 1.0 or (may_be_all and value == 1.0)):
        limit = "at most" if may_be_all else "below"
        raise UserError(
            f"must be above 0 and {limit} 1, not {value}", argument=name
        )


def _answers(
    model: DeepMTDR, batches: tf.data.Dataset
) -> tuple[np.ndarray, np.ndarray]:
    """The logits `[N, 5]` and the grades `[N]` of all photographs."""

    @tf.function(reduce_retracing=True)
    def grade(low_res: tf.Tensor) -> Any:
        return model(low_res, training=False)["grade"]

    logits, grades = [np.zeros((0, 5))], [np.zeros(0, int)]
    for batch in batches:
        logits.append(grade(batch["low_res"]).numpy())
        grades.append(batch["grade"].numpy())
    answers = np.concatenate(logits)
    if not np.isfinite(answers).all():
        raise UserError(
            "grade: the model's output is not finite; its weights are damaged "
            "or its training diverged"
        )
    return answers, np.concatenate(grades)


def _write(run: RunFolder, calibration: Calibration) -> None:
    try:
        write_calibration(run.calibration_file, calibration)
    except OSError as error:
        raise UserError(
            f"{run.calibration_file} cannot be written ({error.strerror})"
        ) from None
