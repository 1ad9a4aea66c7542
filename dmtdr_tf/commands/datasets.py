"""`dmtdr datasets`: prepares and checks data sets."""

import dataclasses
import pathlib
from typing import Annotated

import tyro

from dmtdr_tf.commands.terminal import show
from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.data.census_summary import summarize
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_target

__all__ = ["Arguments", "check", "run"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Prepare a data set, or check it for duplicates and errors.

    The action `check` counts the photographs, compares the counts with the
    published ones, finds duplicates, misplaced masks and poor photographs, and
    writes a page with sample photographs.

    Args:
        action: `prepare`, or `check`, which also prepares the data set if
            needed.
        name: Name of the data set, as for `dmtdr train --dataset`. Several
            names joined by `+` are searched for duplicates together.
        size: Side of the prepared photographs, in pixels.
        data_dir: Folder for the prepared data; empty for the TFDS default.
        manual_dir: Folder of a data set you downloaded, or of your own
            photographs.
        output: Folder for the page and `check.json`. The folder of an earlier
            check is replaced.
        shown: Number of photographs to show of every split and grade.
        beam_options: Options of Apache Beam, to prepare the data with it, such
            as `runner=DirectRunner,direct_running_mode=multi_processing`.
    """

    action: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="prepare|check")
    ]
    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    size: int = 512
    data_dir: str = ""
    manual_dir: str = ""
    output: str = "check"
    shown: int = 12
    beam_options: str = ""

    def __post_init__(self) -> None:
        if self.action not in ("prepare", "check"):
            raise UserError(
                f"unknown action {self.action!r}; choose prepare or check"
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


def run(arguments: Arguments) -> None:
    """Prepares or checks a data set and prints the result.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The data set cannot be read, or the output written.
    """
    from dmtdr_tf.data import records
    from dmtdr_tf.reporting.dataset_check import PAGE, check_dataset

    config = Config(
        run=RunConfig(
            dataset=arguments.name,
            data_dir=arguments.data_dir,
            manual_dir=arguments.manual_dir,
        ),
        data=DataConfig(high_res_size=arguments.size),
    )
    if arguments.action == "check":
        result = check_dataset(
            config, arguments.output, arguments.shown, arguments.beam_options
        )
        for line in summarize(result).splitlines():
            show(line)
        show(f"Written to {arguments.output}/{PAGE}")
        return
    for builder in records.builders(config, arguments.beam_options):
        for name, split in builder.info.splits.items():
            show(f"{builder.info.full_name} {name}: {split.num_examples}")
        show(f"Written to {builder.data_dir}")
