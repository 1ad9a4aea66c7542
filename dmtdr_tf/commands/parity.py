"""`dmtdr parity`: compare exports with the Keras model they were made from."""

import dataclasses
import os
from typing import Annotated, Literal, cast

import tyro

from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.terminal import say
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.limits import LIMITS, Kind, Limits

__all__ = ["Arguments", "check", "run"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Compares exports with their Keras model, and reports.

    Writes `parity.json` and `parity.html`. Ends with an error if an export
    breaks a limit.

    Args:
        exports: SavedModel folders, `.tflite` and `.onnx` files.
        model: The model that was exported: the name of a model that comes
            with dmtdr_tf, the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The training run that was exported, in place of a model.
        photographs: How many photographs of the split to compare on, half of
            them annotated where there are enough.
        split: `train`, `validation` or `test`.
        files: Your own photographs, to use instead of the split.
        dataset: TFDS name of the data set; the run's own by default.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        output: The folder of the report; that of the first export by default.
        kind: How exact the exports should be: `float32`, `float16` or
            `quantized`; derived from their names by default.
        limits: Limits that replace those of the kind; `inf` or `-inf` lifts
            one.
        stage: The stage whose best checkpoint they are compared with; the
            latest finished one by default.
        timings: Also measure time and memory of the exports and of the Keras
            model, each in processes of its own.
    """

    exports: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="EXPORT..."),
    ]
    model: str = ""
    workdir: str = ""
    photographs: int = 8
    split: Literal["train", "validation", "test"] = "validation"
    files: tuple[str, ...] = ()
    dataset: str = ""
    data_dir: str = ""
    manual_dir: str = ""
    output: str = ""
    kind: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(LIMITS) + "}")
    ] = ""
    limits: Limits = Limits()
    stage: int | None = None
    timings: bool = True

    def __post_init__(self) -> None:
        if not self.exports:
            raise UserError("name at least one export")
        require_range(self, "", ("photographs",), 1)
        require_choice("kind", self.exactness or "", ("", *LIMITS))

    @property
    def exactness(self) -> Kind | None:
        """The kind, whose older spelling is accepted too."""
        kind = "quantized" if self.kind == "quantised" else self.kind
        return cast(Kind, kind) if kind else None


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, or an export or a photograph is
            missing.
    """
    chosen_model(arguments).checkpoint(arguments.stage)
    for path in (*arguments.exports, *arguments.files):
        if not os.path.exists(path):
            raise UserError(f"{path}: no such file or folder")


def run(arguments: Arguments) -> None:
    """Compares, writes the report and checks the limits.

    Args:
        arguments: From the command line.

    Raises:
        UserError: An export, photograph or data set cannot be read, the
            report cannot be written, or a limit is broken (raised after the
            report is written).
    """
    from dmtdr_tf.commands.comparison import compare
    from dmtdr_tf.parity.photograph_source import PhotographSource

    run = chosen_model(arguments, say)
    config = with_data(
        run.config,
        arguments.dataset,
        arguments.data_dir,
        arguments.manual_dir,
    )
    compare(
        arguments.exports,
        run,
        PhotographSource(
            config, arguments.split, arguments.photographs, arguments.files
        ),
        arguments.output,
        stage=arguments.stage,
        kind=arguments.exactness,
        limits=arguments.limits,
        timings=arguments.timings,
    )
