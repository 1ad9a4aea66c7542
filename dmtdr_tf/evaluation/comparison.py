"""Compares two models on the same photographs, in pairs."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.comparable import check_comparable
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.data.identities import read_identities
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.evaluation.bootstrap import Bootstrap, interval, nested
from dmtdr_tf.evaluation.comparison_file import check_format, write_comparison
from dmtdr_tf.evaluation.evaluated_model import EvaluatedModel, found_run
from dmtdr_tf.evaluation.measurement import Measurement, figure_at
from dmtdr_tf.evaluation.protocols import measure, summarize
from dmtdr_tf.evaluation.trained_run import (
    SPLITS,
    Progress,
    check_writable,
    counted,
    note_missing,
    writing,
)
from dmtdr_tf.models.symmetries import SYMMETRIES

__all__ = ["compare_workdirs", "differences"]

_Model = str | os.PathLike[str] | RunFolder


def compare_workdirs(
    workdirs: tuple[_Model, _Model],
    output: str | os.PathLike[str] = "",
    *,
    split: str = "test",
    dataset: str = "",
    data_dir: str = "",
    manual_dir: str = "",
    batch_size: int = 1,
    stages: tuple[int | None, int | None] = (None, None),
    symmetries: tuple[int, int] = (1, 1),
    audit: bool = True,
    bootstrap: Bootstrap | None = None,
    progress: Progress = lambda photographs, batches, total: None,
    note: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Measures two models on the same photographs, and their differences.

    Every resample draws the same eyes for both, so that a difference has a
    narrower interval than the two figures.

    Args:
        workdirs: The models A and B: runs, or names for `find_model`.
        output: The file to write, `.json` or `.csv`; none if empty.
        split: `"train"`, `"validation"` or `"test"`.
        dataset: TFDS name of the data set; the runs' own if empty.
        data_dir: Where TFDS keeps prepared data; that of run A if empty.
        manual_dir: The folder of a data set you downloaded; that of run A if
            empty.
        batch_size: How many photographs to measure at once.
        stages: The stages whose best checkpoints are measured; the latest
            finished ones by default.
        symmetries: 1 or 8 of each model, see `EvaluatedModel`.
        audit: Whether to compare the lesions in super-resolved photographs.
        bootstrap: How to compute intervals; 2000 resamples by default.
        progress: As in `evaluate_workdir`, for each model.
        note: As in `evaluate_workdir`.

    Returns:
        `provenance`; `a` and `b`, as from `evaluate`; `differences`, nested
        alike, each with `difference` (B minus A) and its `interval`; and
        `bootstrap`.

    Raises:
        UserError: A folder holds no trained model, the models take or give
            photographs of different sizes or are the same, the split or data
            set does not exist, or `output` cannot be written.

    Example:
    ```python
    result = compare_workdirs(("runs/a", "runs/b"), split="validation")
    result["differences"]["grading"]["quadratic_kappa"]["interval"]
    ```
    """
    require_choice("split", split, SPLITS)
    for value in symmetries:
        require_choice("symmetries", value, SYMMETRIES)
    runs = found_run(workdirs[0]), found_run(workdirs[1])
    config = with_data(
        check_comparable(runs, stages, symmetries, dataset),
        dataset,
        data_dir,
        manual_dir,
    )
    file = pathlib.Path(output) if output else None
    if file is not None:
        check_format(file)
        check_writable(file)
    # Both before the long work: B may be damaged.
    models = [
        EvaluatedModel(run, stage, count)
        for run, stage, count in zip(runs, stages, symmetries, strict=True)
    ]
    identities = read_identities(config, split)
    note_missing(identities, split, note)
    measurements = []
    for model in models:
        batches = evaluation_batches(config, split, batch_size)
        measurements.append(
            measure(
                model.predict,
                batches,
                segment=model.segment if audit else None,
                is_averaged=model.symmetries > 1,
                calibration=model.calibration,
                progress=counted(progress, batches),
            )
        )
    bootstrap = bootstrap or Bootstrap()
    one, other = (summarize(m, bootstrap, identities) for m in measurements)
    result = {
        "provenance": {
            "dataset": config.run.dataset,
            "split": split,
            "a": models[0].provenance(),
            "b": models[1].provenance(),
        },
        "a": one,
        "b": other,
        "differences": differences(
            measurements[0], measurements[1], identities.groups, bootstrap
        ),
        "bootstrap": one["bootstrap"],
    }
    if file is not None:
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_comparison(file, result)
    return result


def differences(
    one: Measurement,
    other: Measurement,
    groups: Any,
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """Computes the difference of every figure, with its interval.

    Args:
        one: The measurement of model A.
        other: That of model B, on the same photographs.
        groups: `[N]` int: photographs of the same eye or patient.
        bootstrap: Number of resamples, seed and confidence.

    Returns:
        `difference` (B minus A) and `interval` of each figure, nested as the
        figures. None where one of the models does not define the figure, or
        where the resamples say nothing.
    """
    figures = one.figures(), other.figures()
    samples = [bootstrap.resample(groups, m.resample) for m in (one, other)]
    result = {}
    for path in samples[0].keys() & samples[1].keys():
        values = [figure_at(side, path) for side in figures]
        is_known = None not in values
        result[path] = {
            "difference": values[1] - values[0] if is_known else None,
            "interval": interval(
                samples[1][path] - samples[0][path], bootstrap.confidence
            )
            if is_known
            else None,
        }
    order = [path for path in samples[0] if path in result]
    return nested({path: result[path] for path in order})
