"""`dmtdr export`: write a trained model for serving."""

import dataclasses
import os
import pathlib
import tempfile
import types
from collections.abc import Callable, Mapping

import keras

from dmtdr_tf.commands import parity
from dmtdr_tf.commands.predict import find_photographs
from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.exporting.litert.conversion import QUANTISATIONS
from dmtdr_tf.exporting.saved_model.model_card import read_evaluation
from dmtdr_tf.exporting.saved_model.writer import export_saved_model
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.workdir import Workdir


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Writes a trained model in a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model`; `litert`: `.tflite` files for devices; `onnx`
            (extra `onnx`); or `web`: a page that grades photographs in the
            browser.
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
        quantisation: `float32`, `float16`, `dynamic` or `int8`, for LiteRT
            and the page; by default all of them, and float16 for the page.
        representative: How many photographs of the training split int8 is
            calibrated with, as many of each grade as can be.
        photographs: Files or folders to calibrate with in their place.
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
    quantisation: str = ""
    representative: int = 32
    photographs: tuple[str, ...] = ()
    parity: int = 8

    def __post_init__(self) -> None:
        for name, known in (
            ("format", tuple(FORMATS)),
            ("quantisation", ("", *QUANTISATIONS)),
        ):
            if getattr(self, name) not in known:
                raise UserError(
                    f"--{name}: no {name} {getattr(self, name)!r}; there is "
                    f"{', '.join(filter(None, known))}"
                )
        least = {"batch_size": 0, "representative": 1, "parity": 0}
        for name, number in least.items():
            if getattr(self, name) < number:
                raise UserError(
                    f"--{name.replace('_', '-')} must be {number} or more, "
                    f"not {getattr(self, name)}"
                )


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


def _litert(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.litert import writer as litert

    chosen = arguments.quantisation
    quantisations = (chosen,) if chosen else QUANTISATIONS
    # Before the long work, not after it.
    litert.check_litert(output, config, quantisations, arguments.overwrite)
    folder = litert.export_litert(
        model,
        output,
        config,
        quantisations,
        _representative(config, quantisations, arguments),
        arguments.overwrite,
    )
    return [folder / f"{name}.tflite" for name in quantisations]


def _onnx(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.onnx.writer import export_onnx

    return [export_onnx(model, output, config, arguments.overwrite)]


def _web(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.litert import writer as litert
    from dmtdr_tf.exporting.web import writer as web

    # Known at once, where the conversion takes minutes.
    web.built_page()
    check_free(output, web.INFO_FILE, "browser page", arguments.overwrite)
    chosen = arguments.quantisation or "float16"
    photographs = _representative(config, (chosen,), arguments)
    with tempfile.TemporaryDirectory() as made:
        folder = litert.export_litert(
            model, made, config, (chosen,), photographs
        )
        content = (folder / f"{chosen}.tflite").read_bytes()
    web.export_web(content, chosen, output, config, arguments.overwrite)
    # A report has no place in a folder that is given out.
    return []


def _representative(config, quantisations, arguments):
    """The photographs that int8 is calibrated with; none for the others."""
    from dmtdr_tf.exporting.litert import representative

    if "int8" not in quantisations:
        return []
    if arguments.photographs:
        files = find_photographs(arguments.photographs)
        return [representative.read_low_res(file, config) for file in files]
    return representative.representative_photographs(
        config, "train", arguments.representative
    )


# Each writes one format and returns the models it wrote: files, or folders
# for a SavedModel. What only one format needs is imported inside of it.
FORMATS: Mapping[str, Callable[..., list[pathlib.Path]]] = (
    types.MappingProxyType(
        {
            "saved_model": _saved_model,
            "litert": _litert,
            "onnx": _onnx,
            "web": _web,
        }
    )
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
