"""`dmtdr evaluate`: measure a trained model on a split."""

import dataclasses
import sys
from typing import Annotated

import tyro

from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range

__all__ = ["Arguments", "check", "run"]

# As in dmtdr_tf.evaluation.trained_run, which imports TensorFlow.
_SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Measures a trained model on a split, each figure beside its baseline.

    Args:
        model: The name of a model that comes with dmtdr_tf (`dmtdr models`
            lists them), the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The folder of a training run, in place of a model.
        dataset: TFDS name of the data set; the run's own by default.
        split: `train`, `validation` or `test`.
        output: The JSON file to write; `evaluation.json` in the workdir by
            default, or in `runs/NAME` for a model that is no workdir.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        batch_size: How many photographs to measure at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
    """

    model: str = ""
    workdir: str = ""
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
        UserError: There is no such model.
    """
    chosen_model(arguments).checkpoint(arguments.stage)


def run(arguments: Arguments) -> None:
    """Measures, writes the JSON file and prints the table.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, the split or data set does not
            exist, or the output cannot be written.
    """
    from dmtdr_tf.evaluation.report import table
    from dmtdr_tf.evaluation.trained_run import evaluate_workdir

    run = chosen_model(arguments, say)
    output = arguments.output or run.outputs / "evaluation.json"
    figures = evaluate_workdir(
        run,
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
