"""`dmtdr predict`: grade photographs and write a report."""

import dataclasses
import datetime
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

import dmtdr_tf
from dmtdr_tf.calibration import (
    Calibration,
    read_calibration,
    run_calibration,
    why_uncalibrated,
)
from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.duration import Duration
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.model_limits import drawn_warning
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import printable
from dmtdr_tf.prediction.earlier_prediction import (
    TABLE_FILE,
    check_replaceable,
)
from dmtdr_tf.prediction.origin import Origin, read_origins
from dmtdr_tf.prediction.photograph_files import check_named, find_photographs
from dmtdr_tf.pretrained.preset_folder import PresetFolder

if TYPE_CHECKING:
    from dmtdr_tf.prediction.finding import Finding
    from dmtdr_tf.prediction.predictor import Predictor

__all__ = ["Arguments", "check", "run"]

# From the check on: TensorFlow is imported between it and `run`.
_duration = Duration()

_STAGES = {1: "1: subnets separately", 2: "2: all subnets jointly"}


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Grades photographs, marks their lesions, and writes a report.

    Args:
        photographs: JPEG, PNG, TIFF, WebP or BMP files of any size, or
            folders of them (subfolders are not searched).
        model: The name of a model that comes with dmtdr_tf (`dmtdr models`
            lists them), the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The folder of a training run, in place of a model.
        output: The folder to write. An earlier prediction in it is replaced.
        precision: Precision of the computation.
        lesion_threshold: Probability from which a pixel belongs to a lesion.
        report: Write the HTML report.
        quality_gate: Refuse photographs that are too poor to be graded, by
            the quality thresholds in the run's configuration.
        table: A CSV file with the column `photograph` (a path relative to the
            table) and any of `patient`, `eye` and `date`, which the report
            then shows.
        stage: Training stage whose best checkpoint predicts; the latest
            finished one by default.
        symmetries: 8 averages the model over the symmetries of the square,
            which takes eight times as long; 1 does not.
    """

    photographs: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="PHOTO..."),
    ]
    model: str = ""
    workdir: str = ""
    output: str = "predictions"
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    lesion_threshold: float = 0.5
    report: bool = True
    quality_gate: bool = True
    table: Annotated[str, tyro.conf.arg(name="photographs")] = ""
    stage: int | None = None
    symmetries: int = 1

    def __post_init__(self) -> None:
        require_choice("symmetries", self.symmetries, (1, 8))
        if not self.photographs:
            raise UserError("name at least one photograph or folder")
        if not 0.0 < self.lesion_threshold <= 1.0:
            raise UserError(
                f"must be above 0 and at most 1, not {self.lesion_threshold}",
                argument="lesion_threshold",
            )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, its calibration is damaged, no
            photograph is there, or the output holds other files.
    """
    global _duration
    _duration = Duration()
    run = chosen_model(arguments)
    run.checkpoint(arguments.stage)
    _ = read_calibration(run.calibration_file)
    files = find_photographs(arguments.photographs)
    check_named(files)
    _origins(arguments.table, files)
    _check_apart(files, check_replaceable(arguments.output))


def run(arguments: Arguments) -> None:
    """Grades the photographs and writes pictures, table and report.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, the output cannot be written, or
            some photographs have no result (reported after the others' results
            are written; nothing is written if none has one).
    """
    from dmtdr_tf.reporting.prediction_folder import (
        InterruptedPrediction,
        PredictionFolder,
    )
    from dmtdr_tf.training.distribution import set_precision

    _duration.mark("starting TensorFlow")
    run = chosen_model(arguments, say)
    config = run.config
    warning = drawn_warning(config.run.dataset)
    if warning:
        show(f"{warning}.")
    calibration = run_calibration(run, arguments.stage)
    if calibration is None:
        say(f"note: {why_uncalibrated(run, arguments.stage)}")
    files = find_photographs(arguments.photographs, say)
    output = check_replaceable(arguments.output)
    _check_apart(files, output)
    origins = _origins(arguments.table, files, say)
    set_precision(
        dataclasses.replace(config.run, precision=arguments.precision)
    )
    stage = arguments.stage or run.latest_stage()
    folder = PredictionFolder(
        output,
        _about(run, stage, calibration, arguments.symmetries),
        arguments.lesion_threshold,
        arguments.report,
        warning,
        origins,
        calibration,
    )
    try:
        findings = folder.write(
            files,
            lambda: _load(run, arguments),
            lambda finding, number: _print(finding, f"[{number}/{len(files)}]"),
        )
    except InterruptedPrediction:
        say(f"the photographs graded so far are in {folder.page}")
        raise
    show(f"Written to {folder.page}")
    if _duration.text():
        say(_duration.text())
    failed = sum(bool(finding.error) for finding in findings)
    if failed:
        raise UserError(
            f"{failed} of {len(files)} photographs have no result; "
            f"{output / TABLE_FILE} says why"
        )


def _load(run: RunFolder, arguments: Arguments) -> "Predictor":
    from dmtdr_tf.prediction.predictor import Predictor

    predictor = Predictor.from_workdir(
        run, arguments.stage, arguments.quality_gate, arguments.symmetries
    )
    _duration.mark("loading the model")
    return predictor


def _origins(
    table: str,
    files: Sequence[pathlib.Path],
    note: Callable[[str], None] = lambda text: None,
) -> Mapping[pathlib.Path, Origin]:
    """Reads the table of origins, and says which files it lacks."""
    if not table:
        return {}
    origins = read_origins(table)
    unlisted = [
        file
        for file in files
        if pathlib.Path(os.path.realpath(file)) not in origins
    ]
    if len(unlisted) == len(files):
        raise UserError(
            f"{table}: none of the photographs is in this table; its paths "
            "are relative to its own folder"
        )
    if unlisted:
        note(
            f"note: {len(unlisted)} of {len(files)} photographs are not in "
            f"{table}, such as {unlisted[0]}"
        )
    return origins


def _about(
    run: RunFolder,
    stage: int | None,
    calibration: Calibration | None,
    symmetries: int,
) -> dict[str, str]:
    """What the report says of the model."""
    config = run.config
    kind = "Model" if isinstance(run, PresetFolder) else "Workdir"
    low, high = config.low_res_size, config.data.high_res_size
    averaged = {"Averaged over": f"{symmetries} symmetries of the square"}
    return {
        "Trained on": config.run.dataset,
        "Preset": config.run.preset,
        "Stage of training": _STAGES.get(stage or 0, "unknown"),
        kind: printable(run.label),
        "Input": f"{low} × {low} pixels",
        "Output": f"{high} × {high} pixels",
        "Evidence by": config.model.evidence,
        **(averaged if symmetries > 1 else {}),
        "Calibration": calibration.line if calibration else "not calibrated",
        "Software": f"dmtdr_tf {dmtdr_tf.__version__}",
        "Written": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
    }


def _check_apart(files: Sequence[pathlib.Path], output: pathlib.Path) -> None:
    """Refuses an output that would replace a photograph."""
    folder = os.path.realpath(output)
    for file in files:
        if pathlib.Path(os.path.realpath(file)).is_relative_to(folder):
            raise UserError(
                f"{output} holds the photograph {file}, which would be lost; "
                "name another folder",
                argument="output",
            )


def _print(finding: "Finding", progress: str) -> None:
    _duration.photograph()
    if finding.error:
        say(f"{finding.file}: {finding.error}")
        return
    show(f"{progress} {finding.file}: {finding.summary}")
