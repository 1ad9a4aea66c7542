"""`dmtdr datasets`: lists, prepares and checks data sets."""

import dataclasses
import pathlib
from typing import Annotated

import tyro

from dmtdr_tf.commands.terminal import show
from dmtdr_tf.config import (
    Config,
    DataConfig,
    QualityConfig,
    RunConfig,
    RunFolder,
)
from dmtdr_tf.data import catalog
from dmtdr_tf.data.census_summary import summarize
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_target

__all__ = ["Arguments", "check", "run", "uses_tensorflow"]

_ACTIONS = ("list", "prepare", "check")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """List the data sets, prepare one, or check it for duplicates and errors.

    The action `list` names the data sets, what they hold, where to obtain
    them, and which are prepared. The action `check` counts the photographs,
    compares the counts with the published ones, finds duplicates, misplaced
    masks and poor photographs, and writes a page with sample photographs.

    Args:
        action: `list`, `prepare`, or `check`, which also prepares the data
            set if needed.
        name: Name of the data set, as for `dmtdr train --dataset`. Several
            names joined by `+` are searched for duplicates together.
        size: Side of the prepared photographs, in pixels.
        data_dir: Folder for the prepared data; empty for the TFDS default.
        manual_dir: Folder of a data set you downloaded, or of your own
            photographs.
        output: Folder for the page and `check.json`. The folder of an earlier
            check is replaced.
        workdir: Folder of a run, whose thresholds of quality `check` applies;
            empty for the defaults.
        shown: Number of photographs to show of every split and grade.
        beam_options: Options of Apache Beam, to prepare the data with it, such
            as `runner=DirectRunner,direct_running_mode=multi_processing`.
    """

    action: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="list|prepare|check")
    ]
    name: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")
    ] = ""
    size: int = 512
    data_dir: str = ""
    manual_dir: str = ""
    output: str = "check"
    workdir: str = ""
    shown: int = 12
    beam_options: str = ""

    def __post_init__(self) -> None:
        if self.action not in _ACTIONS:
            raise UserError(
                f"unknown action {self.action!r}; choose from "
                f"{', '.join(_ACTIONS)}"
            )
        if self.action != "list" and not self.name:
            raise UserError(
                f"name the data set; choose from {', '.join(catalog.DATASETS)}"
            )
        if self.shown < 1:
            raise UserError(
                f"must be at least 1, not {self.shown}", argument="shown"
            )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such folder, or the output cannot be a folder
            of ours.
    """
    if arguments.manual_dir and not pathlib.Path(arguments.manual_dir).is_dir():
        raise UserError(
            f"{arguments.manual_dir} is no folder", argument="manual_dir"
        )
    if arguments.action == "check":
        check_target(arguments.output)


def uses_tensorflow(arguments: Arguments) -> bool:
    """Tells whether the action needs TensorFlow: all but `list` do.

    Args:
        arguments: From the command line.
    """
    return arguments.action != "list"


def run(arguments: Arguments) -> None:
    """Lists the data sets, or prepares or checks one.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The data set cannot be read, or the output written.
    """
    if arguments.action == "list":
        for line in catalog.describe(arguments.data_dir).splitlines():
            show(line)
    elif arguments.action == "check":
        _check(arguments)
    else:
        _prepare(arguments)


def _config(arguments: Arguments) -> Config:
    quality = QualityConfig()
    if arguments.workdir:
        quality = RunFolder(arguments.workdir).config.quality
    return Config(
        run=RunConfig(
            dataset=arguments.name,
            data_dir=arguments.data_dir,
            manual_dir=arguments.manual_dir,
        ),
        data=DataConfig(high_res_size=arguments.size),
        quality=quality,
    )


def _check(arguments: Arguments) -> None:
    # Both import TensorFlow, which `list` does without.
    from dmtdr_tf.reporting.dataset_check import PAGE, check_dataset

    result = check_dataset(
        _config(arguments),
        arguments.output,
        arguments.shown,
        arguments.beam_options,
    )
    for line in summarize(result).splitlines():
        show(line)
    show(f"Written to {arguments.output}/{PAGE}")


def _prepare(arguments: Arguments) -> None:
    from dmtdr_tf.data import records

    config = _config(arguments)
    for builder in records.builders(config, arguments.beam_options):
        for name, split in builder.info.splits.items():
            show(f"{builder.info.full_name} {name}: {split.num_examples}")
        show(f"Written to {builder.data_dir}")
