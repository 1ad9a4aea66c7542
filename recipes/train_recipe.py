"""Trains a recipe: `dmtdr train` with the configuration of its folder."""

import argparse
import dataclasses
import pathlib
import sys

from dmtdr_tf import cli
from dmtdr_tf.config import Config, RunFolder
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.compatibility import check_compatible


def configuration(
    name: str, workdir: str, data_dir: str, manual_dir: str
) -> Config:
    """Returns a recipe's configuration with the folders of this machine.

    Args:
        name: The recipe's name.
        workdir: The folder to train in.
        data_dir: Where TFDS keeps prepared data; empty for its default.
        manual_dir: The folder of the downloaded data set.
    """
    path = pathlib.Path(__file__).parent / name / "config.json"
    config = config_file.load(path)
    run = dataclasses.replace(
        config.run, workdir=workdir, data_dir=data_dir, manual_dir=manual_dir
    )
    return dataclasses.replace(config, run=run)


def main() -> None:
    """Trains both stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("workdir")
    parser.add_argument("--data-dir", default="")
    parser.add_argument("--manual-dir", default="")
    given = parser.parse_args()
    config = configuration(
        given.name, given.workdir, given.data_dir, given.manual_dir
    )
    cli.start_tensorflow()
    from dmtdr_tf.commands import train

    check_compatible(config, RunFolder(given.workdir))
    train.run(config, "all")


if __name__ == "__main__":
    sys.exit(cli.guarded(main))
