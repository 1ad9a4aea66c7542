"""Trains DeepMT-DR: `python train.py --stage=1 --preset small ...`."""

import sys

from dmtdr_tf import cli


def main() -> None:
    """Parses the options and trains; a mistake is one line and status 2."""
    cli.quiet_tensorflow()
    # TensorFlow reads its log level when it is imported.
    from dmtdr_tf.commands import train

    sys.exit(cli.guarded(train.main))


if __name__ == "__main__":
    main()
