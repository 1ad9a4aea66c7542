"""`dmtdr predict`: grade photographs and write a report."""

import dataclasses
import datetime
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import tyro

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.config.model_limits import drawn_warning
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.origin import Origin, read_origins
from dmtdr_tf.prediction.photograph_files import find_photographs
from dmtdr_tf.prediction.predictor import Predictor
from dmtdr_tf.prediction.result_folder import TABLE_FILE
from dmtdr_tf.reporting.prediction_folder import (
    PredictionFolder,
    check_replaceable,
    printable,
)
from dmtdr_tf.training.distribution import set_precision
from dmtdr_tf.training.workdir import Workdir

__all__ = ["Arguments", "run"]

_STAGES = {1: "1: subnets separately", 2: "2: all subnets jointly"}


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Grades photographs, marks their lesions, and writes a report.

    Args:
        photographs: JPEG, PNG or TIFF files of any size, or folders of them
            (subfolders are not searched).
        workdir: The folder of the training run.
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
    """

    photographs: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="PHOTO..."),
    ]
    workdir: str = "runs/default"
    output: str = "predictions"
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    lesion_threshold: float = 0.5
    report: bool = True
    quality_gate: bool = True
    table: Annotated[str, tyro.conf.arg(name="photographs")] = ""
    stage: int | None = None

    def __post_init__(self) -> None:
        if not self.photographs:
            raise UserError("name at least one photograph or folder")
        if not 0.0 < self.lesion_threshold <= 1.0:
            raise UserError(
                f"must be above 0 and at most 1, not {self.lesion_threshold}",
                argument="lesion_threshold",
            )


def run(arguments: Arguments) -> None:
    """Grades the photographs and writes pictures, table and report.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the output cannot be
            written, or some photographs have no result (reported after the
            others' results are written; nothing is written if none has one).
    """
    workdir = Workdir(arguments.workdir)
    config = workdir.config
    warning = drawn_warning(config.run.dataset)
    if warning:
        print(f"{warning}.", flush=True)
    files = find_photographs(arguments.photographs)
    origins = _origins(arguments.table, files)
    output = check_replaceable(arguments.output)
    set_precision(
        dataclasses.replace(config.run, precision=arguments.precision)
    )
    stage = arguments.stage or workdir.latest_stage()
    folder = PredictionFolder(
        output,
        _about(config, workdir, stage),
        arguments.lesion_threshold,
        arguments.report,
        warning,
        origins,
    )
    findings = folder.write(
        files,
        lambda: Predictor.from_workdir(
            arguments.workdir, arguments.stage, arguments.quality_gate
        ),
        lambda finding, number: _print(finding, f"[{number}/{len(files)}]"),
    )
    print(f"Written to {folder.page}")
    failed = sum(bool(finding.error) for finding in findings)
    if failed:
        raise UserError(
            f"{failed} of {len(files)} photographs have no result; "
            f"{output / TABLE_FILE} says why"
        )


def _origins(
    table: str, files: Sequence[pathlib.Path]
) -> Mapping[pathlib.Path, Origin]:
    """Reads the table of origins, and says which files it lacks."""
    if not table:
        return {}
    origins = read_origins(table)
    unlisted = [file for file in files if file.resolve() not in origins]
    if len(unlisted) == len(files):
        raise UserError(
            f"{printable(table)}: none of the photographs is in this table; "
            "its paths are relative to its own folder"
        )
    if unlisted:
        print(
            f"note: {len(unlisted)} of {len(files)} photographs are not in "
            f"{printable(table)}, such as {printable(unlisted[0])}",
            file=sys.stderr,
        )
    return origins


def _about(
    config: Config, workdir: Workdir, stage: int | None
) -> dict[str, str]:
    """What the report says of the model."""
    low, high = config.low_res_size, config.data.high_res_size
    return {
        "Trained on": config.run.dataset,
        "Preset": config.run.preset,
        "Stage of training": _STAGES.get(stage or 0, "unknown"),
        "Workdir": printable(workdir.path),
        "Input": f"{low} × {low} pixels",
        "Output": f"{high} × {high} pixels",
        "Evidence by": config.model.evidence,
        "Software": f"dmtdr_tf {dmtdr_tf.__version__}",
        "Written": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
    }


def _print(finding: Finding, progress: str) -> None:
    if finding.error:
        print(f"{finding.file}: {finding.error}", file=sys.stderr, flush=True)
        return
    print(
        f"{progress} {finding.file}: {finding.summary}",
        flush=True,
    )
