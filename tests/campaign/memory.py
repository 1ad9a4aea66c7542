"""What one input costs in memory."""

import pathlib
from collections.abc import Callable
from typing import TypeVar

__all__ = ["growth"]

_STATUS = pathlib.Path("/proc/self/status")
_CLEAR = pathlib.Path("/proc/self/clear_refs")
T = TypeVar("T")


def _megabytes(field: str) -> float:
    line = next(x for x in _STATUS.open() if x.startswith(field))
    return int(line.split()[1]) / 1024


def growth(run: Callable[[], T]) -> tuple[T, float]:
    """Runs something and measures by how much memory rises at most.

    Args:
        run: What to run.

    Returns:
        What it returns, and megabytes above the memory before; 0 where the
        system (other than Linux) does not tell.
    """
    try:
        _CLEAR.write_text("5")  # Resets the peak.
        before = _megabytes("VmRSS")
    except OSError:
        return run(), 0.0
    answer = run()
    return answer, max(0.0, _megabytes("VmHWM") - before)
