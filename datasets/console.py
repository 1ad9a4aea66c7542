"""Messages and progress bars on standard error."""

import contextlib
import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

import tqdm

from dmtdr_tf.files.names import printable

__all__ = ["notify", "notify_all", "progress", "quiet"]

# Messages of one kind that are printed in full.
_MOST = 20
_is_quiet = False

T = TypeVar("T")


def notify(line: str) -> None:
    """Prints a line above the progress bars.

    Args:
        line: The message; it may contain names of files.
    """
    if not _is_quiet:
        tqdm.tqdm.write(printable(line), file=sys.stderr)


def notify_all(lines: Iterable[str], count: int) -> None:
    """Prints lines of one kind; of very many, the first and how many follow.

    Args:
        lines: The messages.
        count: Their number.
    """
    for line in itertools.islice(lines, _MOST):
        notify(line)
    if count > _MOST:
        notify(f"... and {count - _MOST} more like these, {count} in all")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Prints no messages inside the `with` block."""
    global _is_quiet
    _is_quiet = True
    try:
        yield
    finally:
        _is_quiet = False


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
