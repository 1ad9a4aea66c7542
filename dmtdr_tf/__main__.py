"""Runs the console script: `python -m dmtdr_tf`."""

from dmtdr_tf.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
