"""`dmtdr calibrate`: fit probabilities, referral and the set of grades."""

import dataclasses
from typing import TYPE_CHECKING, Annotated

import tyro

from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError

if TYPE_CHECKING:
    from dmtdr_tf.calibration import Calibration

__all__ = ["Arguments", "check", "run"]

# As in dmtdr_tf.training.calibrating, which imports TensorFlow.
_SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Fits a trained model's probabilities, referral and set of grades.

    Writes `calibration.json` into the workdir, which every other command
    applies. Training does this by itself at the end of a stage. Export again
    afterwards: an export keeps the calibration of its time.

    Args:
        workdir: The run's folder.
        sensitivity: The share of the photographs of grade 2 or more to refer,
            above 0 and at most 1.
        coverage: The share of photographs whose grade the set of grades
            should hold, above 0 and below 1. The set needs the extra
            `calibration`.
        split: `train`, `validation` or `test`.
        dataset: TFDS name of the data set; the run's own by default.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        batch_size: How many photographs to grade at once.
        stage: The stage whose best checkpoint is calibrated; the latest
            finished one by default.
    """

    workdir: str = "runs/default"
    sensitivity: float = 0.90
    coverage: float = 0.90
    split: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(_SPLITS) + "}")
    ] = "validation"
    dataset: str = ""
    data_dir: str = ""
    manual_dir: str = ""
    batch_size: int = 1
    stage: int | None = None

    def __post_init__(self) -> None:
        require_choice("split", self.split, _SPLITS)
        require_range(self, "", ("batch_size",), 1)
        if not 0.0 < self.sensitivity <= 1.0:
            raise UserError(
                f"must be above 0 and at most 1, not {self.sensitivity}",
                argument="sensitivity",
            )
        if not 0.0 < self.coverage < 1.0:
            raise UserError(
                f"must be above 0 and below 1, not {self.coverage}",
                argument="coverage",
            )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model.
    """
    folder = RunFolder(arguments.workdir)
    _ = folder.config, folder.checkpoint(arguments.stage)


def run(arguments: Arguments) -> None:
    """Calibrates, writes the file and prints the figures.

    Args:
        arguments: From the command line.

    Raises:
        UserError: As `calibrate_workdir`.
    """
    from dmtdr_tf.training.calibrating import WITHOUT_SET, calibrate_workdir

    calibration = calibrate_workdir(**dataclasses.asdict(arguments))
    print(table(calibration))
    if calibration.least_probability is None:
        say(WITHOUT_SET)
    show(f"Written to {RunFolder(arguments.workdir).calibration_file}")


def table(calibration: "Calibration") -> str:
    """Lays out a calibration's figures for the terminal.

    Args:
        calibration: From `calibrate_workdir`.

    Returns:
        Lines of text, without a line break at the end.
    """
    c = calibration
    others = c.photographs - c.referable_photographs
    rows = [
        ("calibration error", c.calibration_error_after, "calibration_error"),
        ("referral: sensitivity", c.sensitivity, "sensitivity"),
        ("referral: specificity", c.specificity, "specificity"),
        ("set of grades: coverage", c.coverage, "coverage"),
        ("set of grades: mean size", c.mean_set_size, "mean_set_size"),
    ]
    lines = [
        f"{c.photographs} photographs of {c.dataset} ({c.split}): "
        f"{c.referable_photographs} of grade 2 or more, {others} others",
        f"temperature {c.temperature:.3f}: calibration error "
        f"{c.calibration_error_before:.3f} before, "
        f"{c.calibration_error_after:.3f} after",
        f"referred from a probability of {c.referral_threshold:.4f} on, for a "
        f"sensitivity of {c.wanted_sensitivity:g}",
    ]
    if c.least_probability is not None:
        lines.append(
            f"in the set of grades from a probability of "
            f"{c.least_probability:.4f} on, for a coverage of "
            f"{c.wanted_coverage:g}"
        )
    lines += ["", f"  {'':26}{'fitted':>8}{'cross-fitted':>14}"]
    lines += [
        f"  {text:26}{value:8.3f}{getattr(c, f'{name}_cross_fitted'):14.3f}"
        for text, value, name in rows
        if value is not None
    ]
    return "\n".join(lines)
