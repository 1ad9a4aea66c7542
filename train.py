"""Trains DeepMT-DR: `python train.py --stage=1 --preset small ...`."""

import sys

from dmtdr_tf import cli


def main() -> None:
    """Parses the options and trains; a mistake is one line and status 2."""
    sys.exit(cli.guarded(lambda: cli.run_command(["train", *sys.argv[1:]])))


if __name__ == "__main__":
    main()
