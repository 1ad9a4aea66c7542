"""Where the time of a command went."""

import time

__all__ = ["Duration"]


class Duration:
    """Measures the parts of a prediction.

    Args:
        least: Seconds from which on `text` says anything.

    Example:
    >>> duration = Duration(least=0.0)
    >>> duration.mark("nothing")
    >>> duration.text()
    'Took 0 s: nothing 0.0 s'
    """

    def __init__(self, least: float = 15.0):
        self._least = least
        self._times = [time.monotonic()]
        self._names: list[str] = []
        self._photographs = 0

    def mark(self, name: str) -> None:
        """Ends a part.

        Args:
            name: What the time since the last mark was for.
        """
        self._times.append(time.monotonic())
        self._names.append(name)

    def photograph(self) -> None:
        """Ends a photograph; the first one traces the model, too."""
        self._photographs += 1
        if self._photographs == 1:
            self.mark("the first photograph")

    def text(self) -> str:
        """Returns one line about the time; empty for a short command."""
        now = time.monotonic()
        if now - self._times[0] < self._least:
            return ""
        pairs = zip(self._times, self._times[1:], strict=False)
        seconds = [end - start for start, end in pairs]
        parts = [
            f"{name} {part:.1f} s"
            for name, part in zip(self._names, seconds, strict=True)
        ]
        others = self._photographs - 1
        if others > 0:
            each = (now - self._times[-1]) / others
            parts.append(f"each other photograph {each:.1f} s")
        total = now - self._times[0]
        return f"Took {total:.0f} s: {', '.join(parts)}"
