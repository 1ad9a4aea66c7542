"""`dmtdr evaluate`: measure a trained model on a split."""

import dataclasses
import pathlib
import sys
from typing import Annotated

import tyro

from dmtdr_tf.calibration import read_calibration, why_uncalibrated
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.run_folder import RunFolder

__all__ = ["Arguments", "check", "run"]

# As in dmtdr_tf.evaluation.trained_run, which imports TensorFlow.
_SPLITS = ("train", "validation", "test")


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
        batch_size: How many photographs to measure at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
    """

    workdir: str = "runs/default"
    dataset: str = ""
    split: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(_SPLITS) + "}")
    ] = "test"
    output: str = ""
    data_dir: str = ""
    manual_dir: str = ""
    batch_size: int = 1
    stage: int | None = None

    def __post_init__(self) -> None:
        require_choice("split", self.split, _SPLITS)
        require_range(self, "", ("batch_size",), 1)


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, or its calibration is
            damaged.
    """
    folder = RunFolder(arguments.workdir)
    _ = folder.config, folder.checkpoint(arguments.stage)
    _ = read_calibration(folder.calibration_file)


def run(arguments: Arguments) -> None:
    """Measures, writes the JSON file and prints the table.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the split or data set
            does not exist, or the output cannot be written.
    """
    from dmtdr_tf.evaluation.report import table
    from dmtdr_tf.evaluation.trained_run import evaluate_workdir

    reason = why_uncalibrated(RunFolder(arguments.workdir), arguments.stage)
    if reason:
        say(f"note: {reason}")
    default = pathlib.Path(arguments.workdir) / "evaluation.json"
    output = arguments.output or default
    figures = evaluate_workdir(
        arguments.workdir,
        output,
        split=arguments.split,
        dataset=arguments.dataset,
        data_dir=arguments.data_dir,
        manual_dir=arguments.manual_dir,
        batch_size=arguments.batch_size,
        stage=arguments.stage,
        progress=_show_progress,
    )
    print(table(figures))
    show(f"Written to {output}")


def _show_progress(photographs: int, batches: int, total: int | None) -> None:
    """Updates a line on standard error, in a terminal; else prints the last."""
    is_last = batches == total
    if sys.stderr.isatty() or is_last:
        share = f" ({batches}/{total} batches)" if total else ""
        print(
            f"\revaluated {photographs} photographs{share}",
            end="\n" if is_last else "",
            file=sys.stderr,
            flush=True,
        )
