"""`dmtdr export`: write a trained model for serving."""

import dataclasses
import os
import pathlib
from typing import TYPE_CHECKING, Annotated

import tyro

from dmtdr_tf.calibration import read_calibration, why_uncalibrated
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.export import (
    FORMATS,
    ExportOptions,
    default_folder,
    export_run,
)
from dmtdr_tf.exporting.litert.quantizations import QUANTIZATIONS
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_target
from dmtdr_tf.prediction.photograph_files import find_photographs

if TYPE_CHECKING:
    from dmtdr_tf.parity.photograph_source import PhotographSource

__all__ = ["Arguments", "check", "run"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Exports a trained model to a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model`; `litert`, `.tflite` files for devices; `onnx`,
            which needs the extra `onnx`; or `web`, a page that grades
            photographs in the browser.
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
        quantization: `float32`, `float16`, `dynamic` or `int8`, for LiteRT
            and the page. By default LiteRT gets all of them and the page
            float16.
        representative: How many photographs of the training split to
            calibrate int8 with. Grades are balanced as far as possible.
        photographs: Files or folders to calibrate with instead.
        parity: Compare the export with the Keras model on this many
            photographs of the validation split, as `dmtdr parity` does; 0
            skips the comparison.
        timings: Also measure time and memory of the export and of the Keras
            model, each in a process of its own.
    """

    workdir: str = "runs/default"
    format: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(FORMATS) + "}")
    ] = "saved_model"
    output: str = ""
    overwrite: bool = False
    stage: int | None = None
    batch_size: int = 0
    # Named by its older spelling, so that help puts the alias first.
    quantization: Annotated[
        str,
        tyro.conf.arg(
            name="quantisation",
            aliases=["--quantization"],
            metavar="{" + ",".join(QUANTIZATIONS) + "}",
        ),
    ] = ""
    representative: int = 32
    photographs: tuple[str, ...] = ()
    parity: int = 8
    timings: bool = False

    def __post_init__(self) -> None:
        require_choice("format", self.format, tuple(FORMATS))
        require_range(self, "", ("parity",), 0)
        # Checks the rest.
        self.options()

    def options(
        self, photographs: tuple[str | os.PathLike[str], ...] = ()
    ) -> ExportOptions:
        """Returns what the library takes, with the files to calibrate with."""
        return ExportOptions(
            self.overwrite,
            self.stage,
            self.batch_size,
            self.quantization,
            self.representative,
            photographs,
        )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, its calibration is
            damaged, or the output cannot be a folder of ours.
    """
    folder = RunFolder(arguments.workdir)
    _ = folder.config, folder.checkpoint(arguments.stage)
    find_photographs(arguments.photographs)
    _ = read_calibration(folder.calibration_file)
    if arguments.output:
        check_target(arguments.output)


def run(arguments: Arguments) -> None:
    """Exports, and compares the export with the Keras model.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the output exists or
            cannot be written, there are no photographs to compare on, or the
            export is too far from the Keras model (raised after the export
            and the report are written).
    """
    from dmtdr_tf.commands.comparison import compare
    from dmtdr_tf.parity.photograph_source import PhotographSource

    folder = RunFolder(arguments.workdir)
    reason = why_uncalibrated(folder, arguments.stage)
    if reason:
        say(f"note: {reason}")
    source = PhotographSource(folder.config, count=arguments.parity)
    if arguments.parity:
        _check(source)
    output = pathlib.Path(
        arguments.output or default_folder(folder, arguments.format)
    )
    photographs = tuple(find_photographs(arguments.photographs, say))
    options = arguments.options(photographs)
    models = export_run(folder, arguments.format, output, options)
    show(f"Written to {output}")
    if arguments.parity and models:
        compare(
            models,
            folder,
            source,
            stage=arguments.stage,
            timings=arguments.timings,
        )


def _check(source: "PhotographSource") -> None:
    """Raises before the export, not after it."""
    try:
        source.check()
    except UserError as error:
        raise UserError(
            f"there are no photographs to compare on ({error}); --parity=0 "
            "exports without comparing, and dmtdr parity compares on your "
            "own files",
            argument="parity",
        ) from None
