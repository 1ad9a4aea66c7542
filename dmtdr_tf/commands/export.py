"""`dmtdr export`: write a trained model for serving or a device."""

import dataclasses
import pathlib
from collections.abc import Sequence

import keras
import numpy as np

from dmtdr_tf.commands.predict import find_photographs
from dmtdr_tf.config import Config
from dmtdr_tf.data.field_of_view import (
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.data.photograph import read_photograph
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.litert import check_litert, export_litert
from dmtdr_tf.exporting.litert_conversion import QUANTISATIONS
from dmtdr_tf.exporting.representative import representative_photographs
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.reporting.predictor import Predictor
from dmtdr_tf.workdir import Workdir

FORMATS = ("saved_model", "litert")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Writes a trained model in a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model` or `litert`.
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        quantisation: Of `litert`: `float32`, `float16`, `dynamic`, `int8` or
            `all`.
        representative: How many photographs of the split `int8` is calibrated
            with, as many of each grade as can be.
        split: The split that they are taken from.
        photographs: Files or folders to calibrate with in its place.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
    """

    workdir: str = "runs/default"
    format: str = "saved_model"
    output: str = ""
    overwrite: bool = False
    stage: int | None = None
    quantisation: str = "all"
    representative: int = 32
    split: str = "train"
    photographs: tuple[str, ...] = ()
    data_dir: str = ""
    manual_dir: str = ""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UserError(
                f"--format: no format {self.format!r}; there is "
                f"{', '.join(FORMATS)}"
            )
        if self.representative < 1:
            raise UserError(
                "--representative must be at least 1, not "
                f"{self.representative}"
            )

    @property
    def quantisations(self) -> tuple[str, ...]:
        """The quantisations that are asked for."""
        if self.quantisation == "all":
            return QUANTISATIONS
        return (self.quantisation,)


def run(arguments: Arguments) -> None:
    """Exports.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the output exists or
            cannot be written, or there is nothing to calibrate with.
    """
    workdir = Workdir(arguments.workdir)
    config = _config(workdir.config, arguments)
    output = pathlib.Path(
        arguments.output or workdir.path / "export" / arguments.format
    )
    if arguments.format == "litert":
        # Before the long work, not after it.
        check_litert(
            output, config, arguments.quantisations, arguments.overwrite
        )
    # What is served computes in float32, whatever the training did.
    keras.config.set_dtype_policy("float32")
    model = workdir.load_model(arguments.stage)
    if arguments.format == "litert":
        export_litert(
            model,
            output,
            config,
            arguments.quantisations,
            _representative(model, config, arguments),
            arguments.overwrite,
        )
    else:
        export_saved_model(model, output, config, arguments.overwrite)
    print(f"Written to {output}")


def _config(config: Config, arguments: Arguments) -> Config:
    """The run's configuration, its data where the user says."""
    given = {
        name: getattr(arguments, name)
        for name in ("data_dir", "manual_dir")
        if getattr(arguments, name)
    }
    run_config = dataclasses.replace(config.run, **given)
    return dataclasses.replace(config, run=run_config)


def _representative(
    model: DeepMTDR, config: Config, arguments: Arguments
) -> Sequence[np.ndarray]:
    """The photographs that int8 is calibrated with; none for the others."""
    if "int8" not in arguments.quantisations:
        return []
    if not arguments.photographs:
        return representative_photographs(
            config, arguments.split, arguments.representative
        )
    predictor = Predictor(model, config)
    return [
        _low_res(predictor, file)
        for file in find_photographs(arguments.photographs)
    ]


def _low_res(predictor: Predictor, file: pathlib.Path) -> np.ndarray:
    photograph = read_photograph(file)
    try:
        view = find_field_of_view(photograph)
    except NoFieldOfViewError as error:
        raise UserError(f"{file}: {error}") from None
    return predictor.low_resolution(photograph, view)[None]
