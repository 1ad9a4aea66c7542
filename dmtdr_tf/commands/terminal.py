"""Lines for the terminal, which never cost a command its results."""

import contextlib
import io
import os
import sys
from typing import TextIO

from dmtdr_tf.files.names import printable

__all__ = [
    "finish_streams",
    "prepare_streams",
    "say",
    "show",
    "show_row",
    "silence",
]


def show(text: str) -> None:
    """Prints one line of a result; nobody may be reading any longer.

    Args:
        text: The line; characters without a shape are written out.
    """
    _line(printable(text), sys.stdout)


def show_row(*cells: str) -> None:
    """Prints one line of cells with tabs between them.

    Args:
        *cells: The cells; characters without a shape are written out.
    """
    _line("\t".join(printable(cell) for cell in cells), sys.stdout)


def say(text: str) -> None:
    """Prints one line about the work to standard error.

    Args:
        text: The line; characters without a shape are written out.
    """
    _line(printable(text), sys.stderr)


def _line(text: str, stream: TextIO | None) -> None:
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError):
        # A closed pipe, as of `dmtdr predict ... | head`, or a full disk.
        silence(stream)


def silence(stream: TextIO | None) -> None:
    """Sends what is still written to a stream nowhere.

    Args:
        stream: Standard output or error; None where the process has none.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        finally:
            os.close(nowhere)


def prepare_streams() -> None:
    """Lets every character be printed, whatever the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def finish_streams() -> None:
    """Writes out what is still buffered, so that Python need not at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            silence(stream)
