"""`dmtdr datasets`: prepare a data set, and look at what was prepared."""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import tensorflow_datasets as tfds
import tyro

from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.data import records
from dmtdr_tf.data.census import Census, read_entries
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.reporting.contact_sheet import ContactSheet

PAGE, FIGURES = "index.html", "check.json"


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Prepares a data set; `check` counts, finds duplicates, shows a sheet.

    Args:
        action: `prepare` or `check` (which prepares first).
        name: TFDS name of the data set, as `--dataset` of the training;
            several joined by `+` are searched for duplicates together.
        size: Side of the prepared photographs, in pixels.
        data_dir: Where TFDS keeps prepared data; its default if empty.
        manual_dir: The folder of a data set you downloaded.
        output: The folder to write the page and the figures to; one that an
            earlier check wrote is replaced.
        shown: Photographs to show of every split and grade.
        beam_options: Prepare by Apache Beam with these options, as
            `runner=DirectRunner,direct_running_mode=multi_processing`.
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
                f"dmtdr datasets: no action {self.action!r}; there are "
                "prepare and check"
            )
        if self.shown < 1:
            raise UserError(f"--shown must be at least 1, not {self.shown}")


def run(arguments: Arguments) -> None:
    """Prepares; checks, writes page and figures, and prints the findings.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The data set cannot be read, or the output written.
    """
    if arguments.action == "check":
        _refuse_foreign(arguments.output)
    config = Config(
        run=RunConfig(
            dataset=arguments.name,
            data_dir=arguments.data_dir,
            manual_dir=arguments.manual_dir,
        ),
        data=DataConfig(high_res_size=arguments.size),
    )
    prepared = records.builders(config, arguments.beam_options)
    if arguments.action == "check":
        _check(prepared, arguments)
        return
    for made in prepared:
        for name, split in made.info.splits.items():
            print(f"{made.info.full_name} {name}: {split.num_examples}")
        print(f"Written to {made.data_dir}")


def _check(
    prepared: Sequence[tfds.core.DatasetBuilder], arguments: Arguments
) -> None:
    census, sheet = Census(), ContactSheet(arguments.shown)
    published, unreadable = {}, []
    for made in prepared:
        name = f"{made.name}/{made.builder_config.name}"
        # Only builders of photographs have files, and of public sets know
        # what there should be.
        published[name] = getattr(made, "published", {})
        unreadable += [
            {"dataset": name, "reason": line}
            for line in getattr(made, "unreadable", [])
        ]
        total = sum(split.num_examples for split in made.info.splits.values())
        for number, entry in enumerate(read_entries(made), start=1):
            census.add(entry)
            sheet.add(entry)
            if sys.stderr.isatty():
                print(
                    f"\r{made.name}: {number}/{total}", end="", file=sys.stderr
                )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    result = {**census.result(published), "unreadable": unreadable}
    with staged_folder(arguments.output) as folder:
        sheet.write(folder / PAGE, result)
        text = json.dumps(result, indent=2) + "\n"
        (folder / FIGURES).write_text(text)
    print(summary(result))
    print(f"Written to {arguments.output}/{PAGE}")


def summary(result: Mapping[str, Any]) -> str:
    """Returns the counts and the findings as text.

    Args:
        result: From `Census.result`, with `unreadable`.
    """
    lines = []
    for dataset, splits in result["counts"].items():
        lines.append(dataset)
        for split, row in splits.items():
            told = ", ".join(f"{k} {v}" for k, v in row.items() if v)
            lines.append(f"  {split}: {told}")
    for found in result["differences"]:
        lines.append(
            f"{found['dataset']} {found['split']}: {found['count']} "
            f"{found['counted']}, published {found['published']} "
            f"({found['counted'] - found['published']:+d})"
        )
    for pair in result["duplicates"]:
        one, other = pair["first"], pair["second"]
        across = " ACROSS SPLITS" if pair["across_splits"] else ""
        conflict = ", OF TWO GRADES" if pair["grades_conflict"] else ""
        lines.append(
            f"duplicate{across}: {_place(one)} and {_place(other)}{conflict}"
        )
    for found in result["masks_outside"]:
        lines.append(
            f"outside the field of view: {found['components']} of "
            f"{found['lesion']} in {_place(found)}"
        )
    for found in result["poor"]:
        lines.append(f"{_place(found)}: {found['reason']}")
    for found in result["unreadable"]:
        lines.append(f"{found['dataset']}: unreadable: {found['reason']}")
    lines.append(
        f"{len(result['duplicates'])} duplicates, "
        f"{len(result['masks_outside'])} masks outside the field of view, "
        f"{len(result['poor'])} photographs too poor to be graded, "
        f"{len(result['unreadable'])} unreadable"
    )
    return "\n".join(lines)


def _place(found: Mapping[str, str]) -> str:
    return f"{found['dataset']} {found['split']} {found['name']}"


def _refuse_foreign(output: str) -> None:
    """Replaces nothing but an earlier check."""
    path = pathlib.Path(output)
    if not path.exists():
        return
    if path.is_dir():
        others = {entry.name for entry in path.iterdir()} - {PAGE, FIGURES}
        if not others:
            return
    raise UserError(
        f"--output: {output} is not of an earlier check and would be lost; "
        "name another folder"
    )
