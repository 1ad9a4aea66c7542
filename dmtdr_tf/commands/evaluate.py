"""`dmtdr evaluate`: measure a trained model on a split."""

import dataclasses
import pathlib
import sys
from typing import Annotated

import tyro

from dmtdr_tf.calibration import read_calibration, why_uncalibrated
from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.files.errors import UserError

__all__ = ["Arguments", "check", "run", "show_progress"]

# As in dmtdr_tf.evaluation.trained_run, which imports TensorFlow.
_SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Measures a trained model on a split, each figure beside its baseline.

    Prints every figure with its interval, and writes them to a JSON file and a
    page with plots and photographs.

    Args:
        model: The name of a model that comes with dmtdr_tf (`dmtdr models`
            lists them), the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The folder of a training run, in place of a model.
        dataset: TFDS name of the data set; the run's own by default.
        split: `train`, `validation` or `test`.
        output: The JSON file to write; `evaluation.json` in the workdir by
            default, or in `runs/NAME` for a model that is no workdir. The page
            beside it has the same name and ends in `.html`.
        page: Write the page.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        batch_size: How many photographs to measure at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
        symmetries: 8 averages the model over the symmetries of the square,
            which takes eight times as long; 1 does not.
        audit: Compare the lesions found in super-resolved photographs with
            those found in the high-resolution ones.
        bootstrap_samples: How many resamples of the eyes the intervals are
            computed from.
        seed: Seed of the resamples.
    """

    model: str = ""
    workdir: str = ""
    dataset: str = ""
    split: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(_SPLITS) + "}")
    ] = "test"
    output: str = ""
    page: bool = True
    data_dir: str = ""
    manual_dir: str = ""
    batch_size: int = 1
    stage: int | None = None
    symmetries: int = 1
    audit: bool = True
    bootstrap_samples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        require_choice("split", self.split, _SPLITS)
        require_range(self, "", ("batch_size", "bootstrap_samples"), 1)
        require_range(self, "", ("seed",), 0)
        require_choice("symmetries", self.symmetries, (1, 8))
        if self.page and self.output.endswith(".html"):
            raise UserError(
                f"{self.output} would be the page; name a .json file",
                argument="output",
            )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, or its calibration is damaged.
    """
    run = chosen_model(arguments)
    run.checkpoint(arguments.stage)
    _ = read_calibration(run.calibration_file)


def run(arguments: Arguments) -> None:
    """Measures, writes the JSON file and the page, and prints the table.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, the split or data set does not
            exist, or the output cannot be written.
    """
    from dmtdr_tf.evaluation.bootstrap import Bootstrap
    from dmtdr_tf.evaluation.report import table
    from dmtdr_tf.evaluation.trained_run import (
        check_writable,
        evaluate_workdir,
        writing,
    )
    from dmtdr_tf.reporting.evaluation_page import EvaluationPage

    run = chosen_model(arguments, say)
    json_file = pathlib.Path(
        arguments.output or run.outputs / "evaluation.json"
    )
    page_file = json_file.parent / f"{json_file.stem}.html"
    page = EvaluationPage()
    if arguments.page:
        check_writable(page_file)
    figures = evaluate_workdir(
        run,
        json_file,
        split=arguments.split,
        dataset=arguments.dataset,
        data_dir=arguments.data_dir,
        manual_dir=arguments.manual_dir,
        batch_size=arguments.batch_size,
        stage=arguments.stage,
        symmetries=arguments.symmetries,
        audit=arguments.audit,
        bootstrap=Bootstrap(arguments.bootstrap_samples, arguments.seed),
        observe=page.observer if arguments.page else None,
        progress=show_progress,
        note=say,
    )
    print(table(figures))
    reason = why_uncalibrated(run, arguments.stage)
    if reason:
        say(f"note: {reason}")
    show(f"Written to {json_file}")
    if arguments.page:
        with writing(page_file):
            page.write(page_file, figures)
        show(f"Written to {page_file}")


def show_progress(photographs: int, batches: int, total: int | None) -> None:
    """Updates a line on standard error, in a terminal; else prints the last.

    Args:
        photographs: Photographs measured so far.
        batches: Batches measured so far.
        total: Batches of the split; None if the data set does not know.
    """
    is_last = batches == total
    if sys.stderr.isatty() or is_last:
        share = f" ({batches}/{total} batches)" if total else ""
        print(
            f"\revaluated {photographs} photographs{share}",
            end="\n" if is_last else "",
            file=sys.stderr,
            flush=True,
        )
