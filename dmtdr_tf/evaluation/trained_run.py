"""Measures the model of a training run on a split of a data set."""

import contextlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.evaluation.protocols import evaluate
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["SPLITS", "evaluate_workdir"]

SPLITS = ("train", "validation", "test")

# The photographs and batches measured so far, and the batches of the split.
Progress = Callable[[int, int, int | None], None]


def evaluate_workdir(
    workdir: str | os.PathLike[str] | RunFolder,
    output: str | os.PathLike[str],
    *,
    split: str = "test",
    dataset: str = "",
    data_dir: str = "",
    manual_dir: str = "",
    batch_size: int = 1,
    stage: int | None = None,
    progress: Progress = lambda photographs, batches, total: None,
) -> dict[str, Any]:
    """Measures the model of a training run and writes the figures as JSON.

    Args:
        workdir: The run's folder, or a run from `find_model`.
        output: The JSON file to write; its folder is created if it is missing.
        split: `"train"`, `"validation"` or `"test"`.
        dataset: TFDS name of the data set; the run's own if empty.
        data_dir: Where TFDS keeps prepared data; the run's if empty.
        manual_dir: The folder of a data set you downloaded; the run's if
            empty.
        batch_size: How many photographs to measure at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
        progress: Called after each batch with the number of photographs and
            batches measured so far, and with the number of batches in the
            split, or None if the data set does not know it.

    Returns:
        What it wrote: the figures of `evaluate`, and `provenance`, which says
        where they come from.

    Raises:
        UserError: The folder holds no trained model, the split or data set
            does not exist, or `output` cannot be written.

    Example:
    ```python
    figures = evaluate_workdir("runs/demo", "runs/demo/evaluation.json")
    print(table(figures))
    ```
    """
    require_choice("split", split, SPLITS)
    run = RunFolder.of(workdir)
    config = with_data(run.config, dataset, data_dir, manual_dir)
    model = DeepMTDR.from_workdir(run, stage)
    output = pathlib.Path(output)
    # Before the long work, not after it.
    _check_writable(output)
    batches = evaluation_batches(config, split, batch_size)
    figures = evaluate(
        _predict(model), batches, progress=_counted(progress, batches)
    )
    provenance = _provenance(run, config, split, stage)
    result = {"provenance": provenance, **figures}
    with _named_error(output):
        text = json.dumps(result, indent=2, allow_nan=False)
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, text + "\n")
    return result


def _provenance(
    run: RunFolder, config: Config, split: str, stage: int | None
) -> dict[str, Any]:
    return {
        "dataset": config.run.dataset,
        "split": split,
        "workdir": run.label,
        "preset": config.run.preset,
        "stage": stage or run.latest_stage(),
        "high_res_size": config.data.high_res_size,
        "scale": config.model.scale,
        "dmtdr_tf": dmtdr_tf.__version__,
        "tensorflow": tf.__version__,
    }


def _predict(model: DeepMTDR) -> Callable[[Any], dict[str, tf.Tensor]]:
    """The model in one graph, without the evidence: nothing measures it."""

    @tf.function(reduce_retracing=True)
    def predict(low_res: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = dict(model.explain(low_res))
        # The graph drops what no output needs, GMSV's backward pass too.
        outputs.pop("evidence")
        return outputs

    return predict


def _counted(
    progress: Progress, batches: tf.data.Dataset
) -> Callable[[int], None]:
    """Counts the batches for `progress`."""
    cardinality = int(batches.cardinality())
    total = cardinality if cardinality >= 0 else None
    done = 0

    def count(photographs: int) -> None:
        nonlocal done
        done += 1
        progress(photographs, done, total)

    return count


def _check_writable(output: pathlib.Path) -> None:
    if output.is_dir():
        raise UserError(f"{output} is a folder; name a file", argument="output")
    # Makes no folder yet: an evaluation that fails leaves nothing behind.
    folder = next(path for path in output.absolute().parents if path.exists())
    with _named_error(output), tempfile.TemporaryFile(dir=folder):
        pass


@contextlib.contextmanager
def _named_error(output: pathlib.Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{output} cannot be written ({error.strerror})", argument="output"
        ) from None
