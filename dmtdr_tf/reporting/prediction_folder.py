"""Pictures, table and report of many photographs, in one folder."""

import contextlib
import csv
import dataclasses
import errno
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import csv_cell, printable
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.prediction.earlier_prediction import (
    REPORT_FILE,
    TABLE_FILE,
    check_replaceable,
)
from dmtdr_tf.prediction.finding import Finding, table_header, table_row
from dmtdr_tf.prediction.origin import Origin, origin_in_name
from dmtdr_tf.prediction.predictor import DamagedModelError, Predictor
from dmtdr_tf.prediction.result_folder import (
    unique_folder,
    write_pictures,
)
from dmtdr_tf.reporting.html_report import HtmlReport

__all__ = [
    "InterruptedPrediction",
    "PredictionFolder",
    "check_replaceable",
    "printable",
]

# Of the disk that the results are written to.
_DISK_ERRORS = {
    getattr(errno, name, None) for name in ("ENOSPC", "EROFS", "EDQUOT", "EIO")
}
_NOT_REACHED = "not graded: interrupted before"
# Called after each photograph, with its number.
Progress = Callable[[Finding, int], None]


class InterruptedPrediction(KeyboardInterrupt):
    """Raised after the photographs graded before an interruption are kept."""


@dataclasses.dataclass(frozen=True)
class PredictionFolder:
    """Writes the predictions of many photographs, one after the other.

    A photograph that cannot be graded becomes a row with its reason and never
    costs the others their results.

    Args:
        path: The folder; an earlier prediction in it is replaced at the end.
        about: What the report says of the model: label to value.
        threshold: A pixel belongs to a lesion from this probability on.
        report: Whether to write the HTML report.
        warning: What the report says first; empty for nothing.
        origins: Whose eye each photograph shows, by its resolved path, from
            `read_origins`; of the others, the name may say it.
        calibration: Of the predictor's model; None if it is not calibrated.
    """

    path: pathlib.Path
    about: Mapping[str, str]
    threshold: float = 0.5
    report: bool = True
    warning: str = ""
    origins: Mapping[pathlib.Path, Origin] = dataclasses.field(
        default_factory=dict
    )
    calibration: Calibration | None = None

    @property
    def page(self) -> pathlib.Path:
        """The file to look at first."""
        return self.path / (REPORT_FILE if self.report else TABLE_FILE)

    def write(
        self,
        files: Sequence[pathlib.Path],
        make_predictor: Callable[[], Predictor],
        progress: Progress | None = None,
    ) -> list[Finding]:
        """Grades photographs and writes the folder, whole or not at all.

        Args:
            files: The photographs.
            make_predictor: Loads the model; called once the folder is known
                to be writable.
            progress: Called after each photograph.

        Returns:
            A finding per photograph; those without a result have an `error`.

        Raises:
            UserError: The folder cannot be written, or no photograph has a
                result: then nothing is written.
            InterruptedPrediction: It was interrupted, and the folder holds
                the photographs graded before; the others are rows, too.
            KeyboardInterrupt: It was interrupted, and nothing was written:
                there is an earlier prediction, or no result yet.
        """
        path = check_replaceable(self.path)
        is_new = not path.exists() or not any(path.iterdir())
        with staged_folder(path) as folder:
            findings, interruption = self._write(
                files, make_predictor(), folder, progress
            )
            is_empty = all(finding.error for finding in findings)
            if interruption and (is_empty or not is_new):
                raise interruption
            if is_empty:
                raise UserError(
                    f"none of the {len(files)} photographs has a result; "
                    "nothing was written"
                )
        if interruption:
            raise InterruptedPrediction from interruption
        return findings

    def _write(
        self,
        files: Sequence[pathlib.Path],
        predictor: Predictor,
        folder: pathlib.Path,
        progress: Progress | None,
    ) -> tuple[list[Finding], KeyboardInterrupt | None]:
        findings: list[Finding] = []
        interruption = None
        taken = {REPORT_FILE, TABLE_FILE}
        with self._open(folder) as (table, report):
            rows = csv.writer(table)
            rows.writerow(table_header())
            try:
                for number, file in enumerate(files, start=1):
                    finding = self._add(file, predictor, folder, taken, report)
                    findings.append(finding)
                    if progress:
                        progress(finding, number)
            except KeyboardInterrupt as error:
                interruption = error
                for file in files[len(findings) :]:
                    findings.append(_failure(printable(file), _NOT_REACHED))
                    if report:
                        report.add_failure(findings[-1])
            for finding in findings:
                rows.writerow(csv_cell(cell) for cell in table_row(finding))
        return findings, interruption

    @contextlib.contextmanager
    def _open(
        self, folder: pathlib.Path
    ) -> Iterator[tuple[TextIO, HtmlReport | None]]:
        """Opens the table and, if it is wanted, the report."""
        with contextlib.ExitStack() as stack:
            table = stack.enter_context(
                (folder / TABLE_FILE).open("w", encoding="utf-8", newline="")
            )
            report = None
            if self.report:
                report = HtmlReport(
                    folder / REPORT_FILE,
                    self.about,
                    self.threshold,
                    self.warning,
                    self.calibration,
                )
                stack.enter_context(report)
            yield table, report

    def _add(
        self,
        file: pathlib.Path,
        predictor: Predictor,
        folder: pathlib.Path,
        taken: set[str],
        report: HtmlReport | None,
    ) -> Finding:
        """Writes one photograph's results, or why it has none."""
        name = printable(file)
        try:
            prediction = predictor(file)
            masks = prediction.lesion_masks(self.threshold)
        except DamagedModelError:
            raise
        except Exception as error:
            finding = self._failure(file, error)
        else:
            subfolder = unique_folder(file.stem, taken)
            try:
                write_pictures(folder / subfolder, prediction.pictures(masks))
                finding = dataclasses.replace(
                    prediction.finding(name, subfolder, masks),
                    origin=self._origin(file),
                )
                if report:
                    report.add(finding, prediction, masks)
            except BaseException as error:
                shutil.rmtree(folder / subfolder, ignore_errors=True)
                if not isinstance(error, Exception) or _concerns_all(error):
                    raise
                finding = self._failure(file, error)
        if finding.error and report:
            report.add_failure(finding)
        return finding

    def _failure(self, file: pathlib.Path, error: Exception) -> Finding:
        finding = _failure(printable(file), error)
        return dataclasses.replace(finding, origin=self._origin(file))

    def _origin(self, file: pathlib.Path) -> Origin:
        # `Path.resolve` raises where a link leads to itself.
        real = pathlib.Path(os.path.realpath(file))
        return self.origins.get(real) or origin_in_name(file)


def _concerns_all(error: Exception) -> bool:
    """Whether an error would meet every other photograph, too."""
    return isinstance(error, OSError) and error.errno in _DISK_ERRORS


def _failure(name: str, error: Exception | str) -> Finding:
    reason = printable(_reason(error)).removeprefix(f"{name}: ")
    quality = getattr(error, "quality", None)
    return Finding(name, quality=quality, error=reason)


def _reason(error: Exception | str) -> str:
    """What is wrong with a photograph, in one line."""
    if isinstance(error, (UserError, str)):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this photograph"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    reason = " ".join(str(error).split())[:200]
    return f"unexpected {type(error).__name__}" + (reason and f": {reason}")
