"""`dmtdr export`: write a trained model for serving."""

import dataclasses
import pathlib
import tempfile
import types
from collections.abc import Callable, Mapping
from typing import Literal

import keras

from dmtdr_tf.config import Config
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.workdir import Workdir


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Writes a trained model in a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model`, or `web`: a page that grades photographs in
            the browser.
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        weights: How the browser page's model keeps its weights. In
            WebAssembly int8 is not faster than floats, only smaller.
    """

    workdir: str = "runs/default"
    format: str = "saved_model"
    output: str = ""
    overwrite: bool = False
    stage: int | None = None
    weights: Literal["int8", "float16", "float32"] = "float16"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UserError(
                f"--format: no format {self.format!r}; there is "
                f"{', '.join(FORMATS)}"
            )


def _saved_model(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    export_saved_model(model, output, config, arguments.overwrite)
    return [output]


def _web(
    model: DeepMTDR, output: pathlib.Path, config: Config, arguments: Arguments
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting import litert, web

    # Known at once, where the conversion takes minutes.
    web.built_page()
    web.check_free(output, arguments.overwrite)
    weights = arguments.weights
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "litert"
        converted = litert.export_litert(model, target, config, weights)
        web.export_web(
            converted.read_bytes(), weights, output, config, arguments.overwrite
        )
    return [output / web.MODEL_FILE]


# Each writes one format and returns the models it wrote: files, or folders
# for a SavedModel. What only one format needs is imported inside of it.
FORMATS: Mapping[str, Callable[..., list[pathlib.Path]]] = (
    types.MappingProxyType({"saved_model": _saved_model, "web": _web})
)


def run(arguments: Arguments) -> None:
    """Exports.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The workdir holds no trained model, or the output exists or
            cannot be written.
    """
    workdir = Workdir(arguments.workdir)
    config = workdir.config
    output = pathlib.Path(
        arguments.output or workdir.path / "export" / arguments.format
    )
    # What is served computes in float32, whatever the training did.
    keras.config.set_dtype_policy("float32")
    model = workdir.load_model(arguments.stage)
    FORMATS[arguments.format](model, output, config, arguments)
    print(f"Written to {output}")
