"""Messages and progress bars on standard error."""

import sys
from collections.abc import Iterable
from typing import TypeVar

import tqdm

__all__ = ["notify", "progress"]

T = TypeVar("T")


def notify(line: str) -> None:
    """Prints a line above the progress bars.

    Args:
        line: The message.
    """
    tqdm.tqdm.write(line, file=sys.stderr)


def progress(items: Iterable[T], total: int, label: str) -> Iterable[T]:
    """Shows a progress bar while iterating over photographs.

    Args:
        items: What to iterate over.
        total: The number of items.
        label: What they belong to, shown before the bar.

    Returns:
        The items.
    """
    terminal = sys.stderr.isatty()
    return tqdm.tqdm(
        items,
        label,
        total,
        unit=" photographs",
        # A log file cannot redraw a line.
        mininterval=0.5 if terminal else 30,
        ascii=not terminal,
    )
