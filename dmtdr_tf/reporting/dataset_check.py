"""Checks a data set and writes a page about it."""

import json
import os
import pathlib
from typing import Any

import tensorflow_datasets as tfds
import tqdm

from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.data.census import Census
from dmtdr_tf.data.entries import read_entries
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.reporting.contact_sheet import ContactSheet

__all__ = ["FIGURES", "PAGE", "check_dataset"]

PAGE, FIGURES = "index.html", "check.json"


def check_dataset(
    config: Config,
    output: str | os.PathLike[str],
    photographs: int = 12,
    beam_options: str = "",
) -> dict[str, Any]:
    """Counts a data set's photographs, finds likely errors, writes a page.

    The data set is prepared first if it is not yet.

    Args:
        config: As for `records.builders`, with the thresholds of `quality`;
            several data sets are searched for duplicates together.
        output: The folder to write `index.html` and `check.json` to; one that
            an earlier check wrote is replaced.
        photographs: Photographs to show of every split and grade.
        beam_options: Options of Apache Beam, to prepare the records with it.

    Returns:
        What `Census.result` returns, and `unreadable`: rows of `dataset` and
        `reason` for the photographs that could not be prepared.

    Raises:
        UserError: The data set cannot be prepared or read, or the folder
            cannot be written or holds something else.
    """
    _check_output(pathlib.Path(output))
    census, sheet = Census(config.quality), ContactSheet(photographs)
    builders = records.builders(config, beam_options)
    for builder in builders:
        total = sum(s.num_examples for s in builder.info.splits.values())
        entries = tqdm.tqdm(
            read_entries(builder),
            builder.name,
            total,
            unit=" photographs",
            # Only on a terminal.
            disable=None,
        )
        for entry in entries:
            census.add(entry)
            sheet.add(entry)
    # Only builders of photographs have files and published counts.
    published = {_name(b): getattr(b, "published", {}) for b in builders}
    unreadable = [
        {"dataset": _name(builder), "reason": line}
        for builder in builders
        for line in getattr(builder, "unreadable", [])
    ]
    result = {**census.result(published), "unreadable": unreadable}
    with staged_folder(output) as folder:
        sheet.write(folder / PAGE, result)
        (folder / FIGURES).write_text(json.dumps(result, indent=2) + "\n")
    return result


def _name(builder: tfds.core.DatasetBuilder) -> str:
    return f"{builder.name}/{builder.builder_config.name}"


def _check_output(path: pathlib.Path) -> None:
    """Refuses to replace anything but an earlier check."""
    if not path.exists():
        return
    if path.is_dir():
        names = {entry.name for entry in path.iterdir()}
        if names <= {PAGE, FIGURES}:
            return
    raise UserError(
        f"{path} was not written by an earlier check and would be lost; "
        "choose another folder",
        argument="output",
    )
