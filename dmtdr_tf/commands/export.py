"""`dmtdr export`: write a trained model for serving."""

import dataclasses
import os
import pathlib
import types
from collections.abc import Callable, Mapping

import keras

from dmtdr_tf.commands import parity
from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.model_card import read_evaluation
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.workdir import Workdir


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Writes a trained model in a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model`, or `onnx` (with the extra `onnx` installed).
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
        parity: Compare what was written with the Keras model on so many
            photographs of the validation split (`dmtdr parity`, with its
            defaults); 0 does not compare.
    """

    workdir: str = "runs/default"
    format: str = "saved_model"
    output: str = ""
    overwrite: bool = False
    stage: int | None = None
    batch_size: int = 0
    parity: int = 8

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UserError(
                f"--format: no format {self.format!r}; there is "
                f"{', '.join(FORMATS)}"
            )
        if self.batch_size < 0:
            raise UserError(
                f"--batch-size must be 0 or more, not {self.batch_size}"
            )
        if self.parity < 0:
            raise UserError(f"--parity must be 0 or more, not {self.parity}")


def _saved_model(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    workdir = Workdir(arguments.workdir)
    export_saved_model(
        model,
        output,
        config,
        arguments.overwrite,
        batch_size=arguments.batch_size or None,
        stage=arguments.stage or workdir.latest_stage(),
        evaluation=read_evaluation(workdir.path / "evaluation.json"),
    )
    return [output]


def _onnx(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.onnx_model import export_onnx

    return [export_onnx(model, output, config, arguments.overwrite)]


# Each writes one format and returns the models it wrote: files, or folders
# for a SavedModel. What only one format needs is imported inside of it.
FORMATS: Mapping[str, Callable[..., list[pathlib.Path]]] = (
    types.MappingProxyType({"saved_model": _saved_model, "onnx": _onnx})
)


def run(arguments: Arguments) -> None:
    """Exports.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, the output exists or
            cannot be written, there are no photographs to compare on, or the
            export is too far from the Keras model (told after it and the
            report are written).
    """
    workdir = Workdir(arguments.workdir)
    config = workdir.config
    output = pathlib.Path(
        arguments.output or workdir.path / "export" / arguments.format
    )
    # What is served computes in float32, whatever the training did.
    keras.config.set_dtype_policy("float32")
    model = workdir.load_model(arguments.stage)
    if arguments.parity:
        _check_photographs(config)
    written = FORMATS[arguments.format](model, output, config, arguments)
    print(f"Written to {output}")
    if arguments.parity and written:
        parity.run(
            parity.Arguments(
                exports=tuple(os.fspath(path) for path in written),
                workdir=arguments.workdir,
                photographs=arguments.parity,
                stage=arguments.stage,
            )
        )


def _check_photographs(config: Config) -> None:
    """Refuses before the work, not after it."""
    try:
        records.builders(config)
    except UserError as error:
        raise UserError(
            f"--parity: no photographs to compare on ({error}); --parity=0 "
            "exports without comparing, dmtdr parity compares on your files"
        ) from None
