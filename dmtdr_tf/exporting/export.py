"""Exports a run's model in one of several formats."""

import dataclasses
import os
import pathlib
import tempfile
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dmtdr_tf.calibration import run_calibration
from dmtdr_tf.config import Config
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.model_limits import unreliable_lesions
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.litert.quantizations import QUANTIZATIONS
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free

if TYPE_CHECKING:
    import numpy as np

    from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["FORMATS", "ExportOptions", "default_folder", "export_run"]


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """How a run's model is exported.

    Args:
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; None for the
            latest finished one.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
        quantization: Of `QUANTIZATIONS`, for LiteRT and the browser page.
            Empty for all of them, and for float16 in the page.
        representative: How many photographs of the training split int8 is
            calibrated with.
        photographs: Files to calibrate with instead.
        card: A Markdown file whose text a preset's model card ends with.
        symmetries: 8 averages a SavedModel over the symmetries of the square;
            1 does not.

    Raises:
        UserError: A value is out of its range.
    """

    overwrite: bool = False
    stage: int | None = None
    batch_size: int = 0
    quantization: str = ""
    representative: int = 32
    photographs: tuple[str | os.PathLike[str], ...] = ()
    card: str = ""
    symmetries: int = 1

    def __post_init__(self) -> None:
        require_choice("quantization", self.quantization, ("", *QUANTIZATIONS))
        require_range(self, "", ("batch_size",), 0)
        require_range(self, "", ("representative",), 1)
        require_choice("symmetries", self.symmetries, (1, 8))


def export_run(
    run: RunFolder,
    format: str = "saved_model",
    output: str | os.PathLike[str] = "",
    options: ExportOptions | None = None,
) -> list[pathlib.Path]:
    """Exports the trained model of a run, which computes in float32.

    Args:
        run: The run's folder.
        format: `"saved_model"`, `"litert"`, `"onnx"`, `"web"` or
            `"preset"`.
        output: The folder to write; `default_folder` by default.
        options: How to export; the defaults if None.

    Returns:
        The models that can be compared with the Keras model: the folder of a
        SavedModel or preset, or the files of LiteRT and ONNX. The browser page
        has none: no report belongs into a folder that is published.

    Raises:
        UserError: There is no such format, the run has no trained model, a
            package or photograph is missing, or the output exists or cannot
            be written.

    Example:
    ```python
    export_run(RunFolder("runs/demo"), "litert")
    ```
    """
    from dmtdr_tf.exporting.precision import float32_policy
    from dmtdr_tf.models.deepmt_dr import DeepMTDR

    require_choice("format", format, tuple(FORMATS))
    options = options or ExportOptions()
    if options.symmetries > 1 and format != "saved_model":
        raise UserError(
            f"only a SavedModel averages over symmetries, not {format}",
            argument="symmetries",
        )
    folder = pathlib.Path(output or default_folder(run, format))
    with float32_policy():
        model = DeepMTDR.from_workdir(run, options.stage)
        return FORMATS[format](model, folder, run, options)


def default_folder(run: RunFolder, format: str) -> pathlib.Path:
    """Returns where a run's exports go by default.

    Args:
        run: The run's folder, or a preset's.
        format: Of `FORMATS`.

    Returns:
        `export/FORMAT` in a workdir, or in `runs/NAME` for a preset.
    """
    return run.outputs / "export" / format


def _saved_model(
    model: "DeepMTDR",
    folder: pathlib.Path,
    run: RunFolder,
    options: ExportOptions,
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.saved_model.model_card import read_evaluation
    from dmtdr_tf.exporting.saved_model.writer import export_saved_model

    export_saved_model(
        model,
        folder,
        run.config,
        options.overwrite,
        batch_size=options.batch_size or None,
        stage=options.stage or run.latest_stage(),
        evaluation=read_evaluation(run.path / "evaluation.json"),
        unreliable=unreliable_lesions(run, options.stage),
        calibration=run_calibration(run, options.stage),
        symmetries=options.symmetries,
    )
    return [folder]


def _litert(
    model: "DeepMTDR",
    folder: pathlib.Path,
    run: RunFolder,
    options: ExportOptions,
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.litert import writer

    names = (options.quantization,) if options.quantization else QUANTIZATIONS
    # Before the long work, not after it.
    writer.check_litert(folder, run.config, names, options.overwrite)
    writer.export_litert(
        model,
        folder,
        run.config,
        names,
        _representative(run.config, names, options),
        options.overwrite,
        unreliable_lesions(run, options.stage),
        run_calibration(run, options.stage),
    )
    return [folder / f"{name}.tflite" for name in names]


def _onnx(
    model: "DeepMTDR",
    folder: pathlib.Path,
    run: RunFolder,
    options: ExportOptions,
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.onnx.writer import export_onnx

    return [
        export_onnx(
            model,
            folder,
            run.config,
            options.overwrite,
            unreliable_lesions(run, options.stage),
            run_calibration(run, options.stage),
        )
    ]


def _web(
    model: "DeepMTDR",
    folder: pathlib.Path,
    run: RunFolder,
    options: ExportOptions,
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.litert import writer as litert
    from dmtdr_tf.exporting.web import writer as web

    # Checked at once, because the conversion takes minutes.
    web.built_page()
    check_free(folder, web.INFO_FILE, "browser page", options.overwrite)
    name = options.quantization or "float16"
    photographs = _representative(run.config, (name,), options)
    calibration = run_calibration(run, options.stage)
    with tempfile.TemporaryDirectory() as temporary:
        files = litert.export_litert(
            model,
            temporary,
            run.config,
            (name,),
            photographs,
            calibration=calibration,
        )
        content = (files / f"{name}.tflite").read_bytes()
    web.export_web(
        content,
        name,
        folder,
        run.config,
        options.overwrite,
        unreliable_lesions(run, options.stage),
        calibration,
    )
    return []


def _preset(
    model: "DeepMTDR",
    folder: pathlib.Path,
    run: RunFolder,
    options: ExportOptions,
) -> list[pathlib.Path]:
    from dmtdr_tf.exporting.preset import export_preset

    return [
        export_preset(
            model,
            folder,
            run,
            options.overwrite,
            stage=options.stage or run.latest_stage(),
            quantization=options.quantization or "float16",
            card=options.card,
        )
    ]


def _representative(
    config: Config, quantizations: tuple[str, ...], options: ExportOptions
) -> "list[np.ndarray]":
    """The photographs that int8 is calibrated with; none for the others."""
    from dmtdr_tf.exporting.litert import representative

    if "int8" not in quantizations:
        return []
    if options.photographs:
        return [
            representative.read_low_res(file, config)
            for file in options.photographs
        ]
    return representative.representative_photographs(
        config, "train", options.representative
    )


# Each writes one format and returns the models it wrote. What only one format
# needs is imported inside it.
FORMATS: Mapping[
    str,
    Callable[
        ["DeepMTDR", pathlib.Path, RunFolder, ExportOptions],
        list[pathlib.Path],
    ],
] = types.MappingProxyType(
    {
        "saved_model": _saved_model,
        "litert": _litert,
        "onnx": _onnx,
        "web": _web,
        "preset": _preset,
    }
)
