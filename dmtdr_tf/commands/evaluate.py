"""`dmtdr evaluate`: measure a trained model on a split."""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import tensorflow as tf

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.evaluation.protocols import evaluate
from dmtdr_tf.evaluation.report import table
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.workdir import Workdir

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Measures a trained model on a split, each figure beside its baseline.

    Args:
        workdir: The run's folder.
        dataset: TFDS name of the data set; the run's own by default.
        split: `train`, `validation` or `test`.
        output: The JSON file to write; `evaluation.json` in the workdir by
            default.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        batch_size: Photographs measured at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
    """

    workdir: str = "runs/default"
    dataset: str = ""
    split: str = "test"
    output: str = ""
    data_dir: str = ""
    manual_dir: str = ""
    batch_size: int = 1
    stage: int | None = None

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise UserError(
                f"--split: no split {self.split!r}; choose from "
                f"{', '.join(SPLITS)}"
            )
        if self.batch_size < 1:
            raise UserError(
                f"--batch_size must be at least 1, not {self.batch_size}"
            )


def run(arguments: Arguments) -> None:
    """Measures, writes the JSON file and prints the table.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the split or data set
            does not exist, or the output cannot be written.
    """
    workdir = Workdir(arguments.workdir)
    config = _config(workdir.config, arguments)
    output = pathlib.Path(arguments.output or workdir.path / "evaluation.json")
    model = workdir.load_model(arguments.stage)
    # Before the long work, not after it.
    _check_writable(output)
    batches = evaluation_batches(config, arguments.split, arguments.batch_size)
    figures = evaluate(
        _predict(model), batches, progress=_progress(_count(batches))
    )
    provenance = {
        "dataset": config.run.dataset,
        "split": arguments.split,
        "workdir": str(workdir.path),
        "preset": config.run.preset,
        "stage": arguments.stage or workdir.latest_stage(),
        "high_res_size": config.data.high_res_size,
        "scale": config.model.scale,
        "dmtdr_tf": dmtdr_tf.__version__,
        "tensorflow": tf.__version__,
    }
    _write(output, {"provenance": provenance, **figures})
    print(table(figures))
    print(f"Written to {output}")


def _config(config: Config, arguments: Arguments) -> Config:
    """The run's configuration, on the data set that was asked for."""
    given = {
        name: getattr(arguments, name)
        for name in ("dataset", "data_dir", "manual_dir")
        if getattr(arguments, name)
    }
    # Weights are for drawing in training, and of the run's own data sets.
    run = dataclasses.replace(config.run, dataset_weights=(), **given)
    return dataclasses.replace(config, run=run)


def _predict(model: DeepMTDR) -> Callable[[Any], dict[str, tf.Tensor]]:
    """The model in one graph, without the evidence: nothing measures it."""

    @tf.function(reduce_retracing=True)
    def predict(low_res):
        outputs = dict(model.explain(low_res))
        # The graph drops what no output needs, GMSV's backward pass too.
        outputs.pop("evidence")
        return outputs

    return predict


def _count(batches: tf.data.Dataset) -> int | None:
    """Batches in the split, None where the data set does not tell."""
    count = int(batches.cardinality())
    return count if count >= 0 else None


def _partial(output: pathlib.Path) -> pathlib.Path:
    return output.with_name(output.name + ".partial")


def _check_writable(output: pathlib.Path) -> None:
    if output.is_dir():
        raise UserError(f"--output: {output} is a folder; name a file")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _partial(output).touch()
        _partial(output).unlink()
    except OSError as error:
        raise UserError(
            f"--output: {output} cannot be written ({error.strerror})"
        ) from None


def _write(output: pathlib.Path, result: dict[str, Any]) -> None:
    """Writes strict JSON, whole or not at all."""
    partial = _partial(output)
    try:
        partial.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n")
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(
            f"--output: {output} cannot be written ({error.strerror})"
        ) from None


def _progress(batches: int | None) -> Callable[[int], None]:
    """A line on standard error that counts photographs."""
    calls = 0

    def show(photographs: int) -> None:
        nonlocal calls
        calls += 1
        ended = calls == batches
        if sys.stderr.isatty() or ended:
            share = f" ({calls}/{batches} batches)" if batches else ""
            print(
                f"\revaluated {photographs} photographs{share}",
                end="\n" if ended else "",
                file=sys.stderr,
                flush=True,
            )

    return show
