"""Trains DeepMT-DR, like `dmtdr train`."""

import sys

from dmtdr_tf import cli

__all__ = ["main"]


def main() -> None:
    """Parses the options and trains."""
    sys.exit(cli.run(["train", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
