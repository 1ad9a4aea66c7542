"""Keeps a log readable: no control characters, no floods."""

import logging
import time
from collections.abc import Callable

__all__ = ["LogFilter", "printable"]

# Lines of one kind in a window of so many seconds; further ones are counted.
_MOST, _WINDOW = 20, 10.0
# Kinds that are remembered.
_KINDS = 1000


def printable(text: str) -> str:
    r"""Escapes what a terminal would not print as a character.

    Args:
        text: Any text.

    Example:
    >>> printable("eye\x1b[31m\n")
    'eye\\x1b[31m\\n'
    """
    return "".join(
        char if char.isprintable() else ascii(char)[1:-1] for char in text
    )


class LogFilter(logging.Filter):
    """Passes at most 20 lines of one kind in ten seconds.

    Lines are of one kind if they have the same `repeated` attribute, or else
    the same format. Information without that attribute always passes. The
    first line of the next ten seconds says how many were left out.

    Args:
        clock: Returns the seconds.

    Example:
    >>> lines = LogFilter(clock=lambda: 0.0)
    >>> record = logging.makeLogRecord({"msg": "bad", "levelno": 30})
    >>> sum(lines.filter(record) for _ in range(1000))
    20
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self._clock = clock
        self._kinds: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Decides about a line, and escapes its control characters."""
        kind = getattr(record, "repeated", None)
        if kind is None and record.levelno >= logging.WARNING:
            kind = str(record.msg)
        left_out = 0
        if kind is not None:
            now = self._clock()
            start, count = self._kinds.pop(kind, (now, 0))
            if now - start >= _WINDOW:
                left_out, start, count = max(0, count - _MOST), now, 0
            self._kinds[kind] = (start, count + 1)
            if len(self._kinds) > _KINDS:
                del self._kinds[next(iter(self._kinds))]
            if count >= _MOST:
                return False
        record.msg, record.args = printable(record.getMessage()), ()
        if left_out:
            record.msg += f" (and {left_out} more like this before)"
        return True
