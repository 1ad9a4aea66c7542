"""Keeps the pictures of the best and the worst photographs."""

from collections.abc import Callable
from typing import Any

__all__ = ["Extremes"]


class Extremes:
    """Keeps what has the highest and the lowest values of a stream.

    Only these few are made into something to keep, so that memory holds no
    more of them.

    Args:
        kept: How many to keep on each side.

    Example:
    >>> extremes = Extremes(1)
    >>> for value in (2.0, 3.0, 1.0):
    ...     extremes.add(value, lambda: f"picture {value}")
    >>> extremes.best, extremes.worst
    ([(3.0, 'picture 3.0')], [(1.0, 'picture 1.0')])
    """

    def __init__(self, kept: int = 3) -> None:
        self._kept = kept
        self.best: list[tuple[float, Any]] = []
        self.worst: list[tuple[float, Any]] = []

    def add(self, value: float, make: Callable[[], Any]) -> None:
        """Keeps something if its value is among the best or the worst.

        Args:
            value: Its value; higher is better.
            make: Makes what is kept.
        """
        if not (self._enters(self.best, value, 1)) and not (
            self._enters(self.worst, value, -1)
        ):
            return
        item = (value, make())
        for items, sign in ((self.best, 1), (self.worst, -1)):
            if self._enters(items, value, sign):
                items.append(item)
                items.sort(key=lambda item: item[0], reverse=sign > 0)
                del items[self._kept :]

    def _enters(
        self, items: list[tuple[float, Any]], value: float, sign: int
    ) -> bool:
        return len(items) < self._kept or sign * value > sign * items[-1][0]
