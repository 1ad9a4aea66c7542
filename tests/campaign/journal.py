"""Outcomes of a part that is still running, so that it can be resumed."""

import dataclasses
import json
import pathlib
from typing import Any

from campaign.outcome import Outcome

__all__ = ["Journal"]


class Journal:
    """Outcomes of a part that is still running, so that it can be resumed.

    Args:
        path: The file. One of another key is begun anew.
        key: What the outcomes depend on, such as the seed.
    """

    def __init__(self, path: pathlib.Path, key: dict[str, Any]) -> None:
        self.path = path
        self.outcomes: dict[int, Outcome] = {}
        if not self._read(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(key) + "\n")

    def add(self, index: int, outcome: Outcome) -> None:
        """Keeps the outcome of one input."""
        self.outcomes[index] = outcome
        with self.path.open("a") as file:
            line = json.dumps([index, *dataclasses.astuple(outcome)])
            file.write(line + "\n")

    def _read(self, key: dict[str, Any]) -> bool:
        if not self.path.exists():
            return False
        # A killed campaign may leave a torn last line.
        lines = self.path.read_text().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        if not whole or json.loads(whole[0]) != key:
            return False
        for line in whole[1:]:
            index, *values = json.loads(line)
            self.outcomes[index] = Outcome(*values)
        self.path.write_text("".join(whole))
        return True
