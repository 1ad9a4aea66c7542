"""`dmtdr export`: write a trained model for serving."""

import dataclasses
import pathlib

import keras

from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.model_card import read_evaluation
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.workdir import Workdir

FORMATS = ("saved_model",)


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Writes a trained model in a form that runs without this package.

    Args:
        workdir: The run's folder.
        format: `saved_model`.
        output: The folder to write; `export/<format>` in the workdir by
            default.
        overwrite: Replace an earlier export.
        stage: The stage whose best checkpoint is exported; the latest
            finished one by default.
        batch_size: Photographs in every request of a SavedModel; 0 for any
            number.
    """

    workdir: str = "runs/default"
    format: str = "saved_model"
    output: str = ""
    overwrite: bool = False
    stage: int | None = None
    batch_size: int = 0

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
    export_saved_model(
        model,
        output,
        config,
        arguments.overwrite,
        batch_size=arguments.batch_size or None,
        stage=arguments.stage or workdir.latest_stage(),
        evaluation=read_evaluation(workdir.path / "evaluation.json"),
    )
    print(f"Written to {output}")
