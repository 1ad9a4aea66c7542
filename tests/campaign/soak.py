"""Good requests in a row: every answer is right, and memory stays."""

import atexit
import pathlib
from collections.abc import Callable
from typing import Any

from campaign.outcome import Outcome
from campaign.server import Server
from campaign.tiny_model import tiny_export

__all__ = ["make_judge"]

# Requests until the server has all that it keeps, and what it may grow by
# after that, in megabytes.
_WARM = 100
_GROWTH = 200.0


class _Soak:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.server = Server(tiny_export(shared), folder / "server.log")
        self.server.start()
        atexit.register(self.server.stop)
        self._warm = 0.0

    def __call__(self, index: int) -> Outcome:
        wrong = self.server.check(index)
        memory = self.server.resident()
        if not self.server.alive:
            self.server.start()
            return Outcome("good", "crashed", "the server ended")
        if wrong:
            return Outcome("good", "wrong", wrong, memory)
        if index == _WARM:
            self._warm = memory
        if self._warm and memory > self._warm + _GROWTH:
            text = f"from {self._warm:.0f} to {memory:.0f} MB"
            return Outcome("good", "wrong", text, memory)
        return Outcome("good", "accepted", memory=memory)


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Soak(**arguments)
