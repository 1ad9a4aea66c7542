"""Pictures, table and report of many photographs, in one folder."""

import contextlib
import csv
import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from dmtdr_tf.files import names
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.prediction.finding import Finding, table_header, table_row
from dmtdr_tf.prediction.origin import Origin, origin_in_name
from dmtdr_tf.prediction.predictor import Predictor
from dmtdr_tf.prediction.result_folder import (
    REPORT_FILE,
    TABLE_FILE,
    foreign_entry,
    unique_folder,
    write_pictures,
)
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    UnreadablePhotographError,
)
from dmtdr_tf.reporting.html_report import HtmlReport

__all__ = ["PredictionFolder", "check_replaceable", "printable"]

_LONGEST_NAME = 240
# Called after each photograph, with its number.
Progress = Callable[[Finding, int], None]


def check_replaceable(output: str | os.PathLike[str]) -> pathlib.Path:
    """Refuses a folder that holds what no earlier prediction wrote.

    Args:
        output: The folder to write; it need not exist.

    Returns:
        The folder's absolute path.

    Raises:
        UserError: The folder holds other files.
    """
    path = pathlib.Path(output).absolute()
    foreign = foreign_entry(path)
    if foreign is not None:
        raise UserError(
            f"{foreign} is not part of an earlier prediction and would be "
            "lost; name another folder",
            argument="output",
        )
    return path


@dataclasses.dataclass(frozen=True)
class PredictionFolder:
    """Writes the predictions of many photographs, one after the other.

    A photograph that cannot be graded becomes a row with its reason and never
    costs the others their results.

    Args:
        path: The folder; an earlier prediction in it is replaced at the end.
        about: What the report says of the model: label to value.
        threshold: A pixel belongs to a lesion from this probability on.
        warning: What the report says first; empty for nothing.
        origins: Whose eye each photograph shows, by its resolved path, from
            `read_origins`; of the others, the name may say it.
        report: Whether to write the HTML report.
    """

    path: pathlib.Path
    about: Mapping[str, str]
    threshold: float = 0.5
    report: bool = True
    warning: str = ""
    origins: Mapping[pathlib.Path, Origin] = dataclasses.field(
        default_factory=dict
    )

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
        """
        with staged_folder(check_replaceable(self.path)) as folder:
            findings = self._write(files, make_predictor(), folder, progress)
            if all(finding.error for finding in findings):
                raise UserError(
                    f"none of the {len(files)} photographs has a result; "
                    "nothing was written"
                )
        return findings

    def _write(
        self,
        files: Sequence[pathlib.Path],
        predictor: Predictor,
        folder: pathlib.Path,
        progress: Progress | None,
    ) -> list[Finding]:
        findings = []
        taken = {REPORT_FILE, TABLE_FILE}
        with self._open(folder) as (table, report):
            rows = csv.writer(table)
            rows.writerow(table_header())
            for number, file in enumerate(files, start=1):
                finding = self._add(file, predictor, folder, taken, report)
                rows.writerow(map(names.csv_cell, table_row(finding)))
                findings.append(finding)
                if progress:
                    progress(finding, number)
        return findings

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
        except (
            UnreadablePhotographError,
            NoFieldOfViewError,
            UngradablePhotographError,
        ) as error:
            finding = dataclasses.replace(
                _failure(name, error), origin=self._origin(file)
            )
            if report:
                report.add_failure(finding)
            return finding
        subfolder = unique_folder(_folder_name(file.stem), taken)
        masks = prediction.lesion_masks(self.threshold)
        write_pictures(folder / subfolder, prediction.pictures(masks))
        finding = dataclasses.replace(
            prediction.finding(name, subfolder, masks),
            origin=self._origin(file),
        )
        if report:
            report.add(finding, prediction, masks)
        return finding

    def _origin(self, file: pathlib.Path) -> Origin:
        return self.origins.get(file.resolve()) or origin_in_name(file)


def _failure(name: str, error: Any) -> Finding:
    reason = printable(str(error)).removeprefix(f"{name}: ")
    quality = getattr(error, "quality", None)
    return Finding(name, quality=quality, error=reason)


def printable(path: str | os.PathLike[str]) -> str:
    """Returns a path as text that is safe to show, whatever its name holds."""
    return names.printable(os.fsencode(path).decode("utf-8", "replace"))


def _folder_name(stem: str) -> str:
    """A photograph's name as the name of a folder and as a cell of a table."""
    name = printable(stem).replace("\\", "_")
    if names.csv_cell(name) != name:
        name = f"_{name}"
    # A few bytes remain for a number, of the 255 that a name may have.
    return name.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
