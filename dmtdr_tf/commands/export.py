"""`dmtdr export`: write a trained model in another form."""

import dataclasses
import os
import pathlib
from typing import TYPE_CHECKING, Annotated

import tyro

from dmtdr_tf.calibration import read_calibration, why_uncalibrated
from dmtdr_tf.commands.chosen_model import chosen_model
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
from dmtdr_tf.pretrained.preset_folder import PresetFolder

if TYPE_CHECKING:
    from dmtdr_tf.parity.photograph_source import PhotographSource

__all__ = ["Arguments", "check", "run"]

# Photographs that an export is compared on by default.
_PARITY = 8


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Exports a trained model to a form that runs without this package.

    Args:
        model: The name of a model that comes with dmtdr_tf (`dmtdr models`
            lists them), the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The folder of a training run, in place of a model.
        format: `saved_model`; `litert`, `.tflite` files for devices; `onnx`,
            which needs the extra `onnx`; `web`, a page that grades
            photographs in the browser; or `preset`, a folder with weights in
            float16 that every command takes as `--model`.
        output: The folder to write; `export/FORMAT` in the workdir by default,
            or in `runs/NAME` for a model that is no workdir.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
        quantization: `float32`, `float16`, `dynamic` or `int8`, for LiteRT
            and the page. By default LiteRT gets all of them and the page
            float16. A preset takes `float16`, its default, or `float32`.
        representative: How many photographs of the training split to
            calibrate int8 with. Grades are balanced as far as possible.
        photographs: Files or folders to calibrate with instead.
        card: A Markdown file whose text a preset's model card ends with, such
            as who made the data and how they were changed.
        symmetries: 8 averages a SavedModel over the symmetries of the square,
            in eight times the time.
        parity: Compare the export with the Keras model on this many
            photographs of the validation split, as `dmtdr parity` does; 0
            skips the comparison. The default is 8, and none for a model that
            is no workdir and whose data set is not prepared here.
        timings: Also measure time and memory of the export and of the Keras
            model, each in a process of its own.
    """

    model: str = ""
    workdir: str = ""
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
    card: str = ""
    symmetries: int = 1
    parity: int | None = None
    timings: bool = False

    def __post_init__(self) -> None:
        require_choice("format", self.format, tuple(FORMATS))
        if self.parity is not None:
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
            self.card,
            self.symmetries,
        )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, its calibration is damaged, or the
            output cannot be a folder of ours.
    """
    run = chosen_model(arguments)
    run.checkpoint(arguments.stage)
    find_photographs(arguments.photographs)
    _ = read_calibration(run.calibration_file)
    if arguments.output:
        check_target(arguments.output)


def run(arguments: Arguments) -> None:
    """Exports, and compares the export with the Keras model.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, the output exists or cannot be
            written, there are no photographs to compare on, or the export is
            too far from the Keras model (raised after the export and the
            report are written).
    """
    from dmtdr_tf.commands.comparison import compare
    from dmtdr_tf.parity.photograph_source import PhotographSource
    from dmtdr_tf.parity.preset_precision import preset_precision

    run = chosen_model(arguments, say)
    count = _PARITY if arguments.parity is None else arguments.parity
    source = PhotographSource(run.config, count=count)
    compares = _compares(arguments, run, source)
    output = pathlib.Path(
        arguments.output or default_folder(run, arguments.format)
    )
    photographs = tuple(find_photographs(arguments.photographs, say))
    options = arguments.options(photographs)
    models = export_run(run, arguments.format, output, options)
    show(f"Written to {output}")
    reason = why_uncalibrated(run, arguments.stage)
    if reason:
        say(f"note: {reason}")
    if compares and arguments.format == "preset":
        figures = preset_precision(output, run, source, arguments.stage)
        say(f"{output / 'README.md'} says: {figures}")
    elif compares:
        compare(
            models,
            run,
            source,
            stage=arguments.stage,
            timings=arguments.timings,
        )


def _compares(
    arguments: Arguments, run: RunFolder, source: "PhotographSource"
) -> bool:
    """Whether to compare; raises before the export, not after it."""
    if arguments.format == "web" or arguments.parity == 0:
        return False
    try:
        source.check()
    except UserError as error:
        if arguments.parity is None and isinstance(run, PresetFolder):
            say(
                "note: the export is not compared with the Keras model, "
                f"because there are no photographs ({error}); dmtdr parity "
                "compares on your own files"
            )
            return False
        raise UserError(
            f"there are no photographs to compare on ({error}); --parity=0 "
            "exports without comparing, and dmtdr parity compares on your "
            "own files",
            argument="parity",
        ) from None
    return True
