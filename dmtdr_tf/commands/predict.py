"""`dmtdr predict`: grade photographs and write a report."""

import contextlib
import csv
import dataclasses
import datetime
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import Annotated, Literal, TextIO

import tyro

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.prediction.finding import Finding, table_header, table_row
from dmtdr_tf.prediction.photograph_files import find_photographs
from dmtdr_tf.prediction.predictor import Predictor
from dmtdr_tf.prediction.result_folder import (
    REPORT_FILE,
    TABLE_FILE,
    foreign_entry,
    unique_folder,
    write_results,
)
from dmtdr_tf.preprocessing.field_of_view import NoFieldOfViewError
from dmtdr_tf.preprocessing.quality import UngradablePhotographError
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_photograph,
)
from dmtdr_tf.reporting.html_report import HtmlReport
from dmtdr_tf.training.distribution import set_precision
from dmtdr_tf.training.workdir import Workdir


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Grades photographs, marks their lesions, and writes a report.

    Args:
        photographs: JPEG, PNG or TIFF files, of any size, or folders of them
            (their own files, not those of folders inside).
        workdir: The run's folder.
        output: The folder to write. One that an earlier prediction wrote is
            replaced.
        precision: Of the computation: `float32`, or `mixed_bfloat16`.
        lesion_threshold: A pixel belongs to a lesion from this probability
            on.
        report: Write the HTML report.
        quality_gate: Refuse photographs that are too poor to be graded by
            the thresholds in the run's configuration (`quality`).
        stage: The stage whose best checkpoint predicts; the latest finished
            one by default.
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
    stage: int | None = None

    def __post_init__(self) -> None:
        if not self.photographs:
            raise UserError("name at least one photograph or folder")
        if not 0.0 < self.lesion_threshold <= 1.0:
            raise UserError(
                "--lesion_threshold must be above 0 and at most 1, not "
                f"{self.lesion_threshold}"
            )


def run(arguments: Arguments) -> None:
    """Predicts and writes pictures, table and report.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the output cannot be
            written, or some photograph has no result (told after the others'
            results are written; nothing is written where none has one).
    """
    workdir = Workdir(arguments.workdir)
    config = _gated(workdir.config, arguments.quality_gate)
    files = find_photographs(arguments.photographs)
    output = _free_output(arguments.output)
    run_config = dataclasses.replace(config.run, precision=arguments.precision)
    set_precision(run_config)
    with staged_folder(output) as folder:
        predictor = Predictor(workdir.load_model(arguments.stage), config)
        stage = arguments.stage or workdir.latest_stage()
        about = _about(config, workdir, stage)
        failed = _predict_all(files, folder, predictor, about, arguments)
        if failed == len(files):
            raise UserError(
                f"none of the {failed} photographs has a result; nothing was "
                "written"
            )
    page = REPORT_FILE if arguments.report else TABLE_FILE
    print(f"Written to {output / page}")
    if failed:
        raise UserError(
            f"{failed} of {len(files)} photographs have no result; "
            f"{output / TABLE_FILE} says why"
        )


def _gated(config: Config, gate: bool) -> Config:
    quality = dataclasses.replace(
        config.quality, gate=gate and config.quality.gate
    )
    return dataclasses.replace(config, quality=quality)


def _free_output(name: str) -> pathlib.Path:
    output = pathlib.Path(name).absolute()
    stranger = foreign_entry(output)
    if stranger is not None:
        raise UserError(
            f"--output: {stranger} is not of an earlier prediction and would "
            "be lost; name another folder"
        )
    return output


def _about(
    config: Config, workdir: Workdir, stage: int | None
) -> dict[str, str]:
    """What the report says of the model."""
    low, high = config.low_res_size, config.data.high_res_size
    trained = {1: "1: subnets apart", 2: "2: all subnets at once"}
    return {
        "Trained on": config.run.dataset,
        "Preset": config.run.preset,
        "Stage of training": trained.get(stage or 0, "unknown"),
        "Workdir": _shown(workdir.path),
        "Input": f"{low} × {low} pixels",
        "Output": f"{high} × {high} pixels",
        "Evidence by": config.model.evidence,
        "Software": f"dmtdr_tf {dmtdr_tf.__version__}",
        "Written": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
    }


def _shown(path: pathlib.Path) -> str:
    """A path as text, also where its name is not valid UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _predict_all(files, folder, predictor, about, arguments) -> int:
    """Predicts one photograph after the other; returns how many failed."""
    failed = 0
    taken = {REPORT_FILE, TABLE_FILE}
    with _outputs(folder, about, arguments) as (table, report):
        rows = csv.writer(table)
        rows.writerow(table_header())
        for number, file in enumerate(files, start=1):
            finding = _predict_one(
                file, folder, taken, predictor, report, arguments
            )
            rows.writerow(table_row(finding))
            failed += bool(finding.error)
            _tell(finding, f"[{number}/{len(files)}]")
    return failed


@contextlib.contextmanager
def _outputs(
    folder, about, arguments
) -> Iterator[tuple[TextIO, HtmlReport | None]]:
    """Opens the table and, where it is wanted, the report."""
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(
            (folder / TABLE_FILE).open("w", encoding="utf-8", newline="")
        )
        report = None
        if arguments.report:
            threshold = arguments.lesion_threshold
            report = HtmlReport(folder / REPORT_FILE, about, threshold)
            stack.enter_context(report)
        yield table, report


def _predict_one(file, folder, taken, predictor, report, arguments) -> Finding:
    """Writes one photograph's results; gives its numbers, or the failure."""
    name = _shown(file)
    try:
        prediction = predictor(read_photograph(file))
    except (
        UnreadablePhotographError,
        NoFieldOfViewError,
        UngradablePhotographError,
    ) as error:
        reason = _shown(pathlib.Path(str(error))).removeprefix(f"{name}: ")
        quality = getattr(error, "quality", None)
        finding = Finding(name, quality=quality, error=reason)
        if report:
            report.add_failure(finding)
        return finding
    place = unique_folder(_shown(pathlib.Path(file.stem)), taken)
    masks = prediction.lesion_masks(arguments.lesion_threshold)
    write_results(folder / place, prediction, masks)
    finding = prediction.finding(name, place, masks)
    if report:
        report.add(finding, prediction, masks)
    return finding


def _tell(finding: Finding, progress: str) -> None:
    if finding.error:
        print(f"{finding.file}: {finding.error}", file=sys.stderr, flush=True)
        return
    print(
        f"{progress} {finding.file}: grade {finding.grade} "
        f"({finding.grade_name}), probability of referable "
        f"{finding.referable_probability:.2f}",
        flush=True,
    )
