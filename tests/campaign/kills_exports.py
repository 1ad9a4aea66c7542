"""SIGKILL at random moments of an export."""

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from campaign.commands import digests
from campaign.kill_part import KillPart
from campaign.outcome import Outcome
from campaign.tiny_model import tiny_workdir

__all__ = ["make_judge"]


class _Exports(KillPart):
    kind = "export"
    kills = 1

    def words(self, target: pathlib.Path) -> Sequence[str]:
        workdir = tiny_workdir(self.shared)
        output = target / "saved_model"
        options = [f"--output={output}", "--parity=0", "--overwrite"]
        return ["export", f"--workdir={workdir}", *options]

    def result(self, target: pathlib.Path) -> dict[str, str]:
        files = digests(target, "variables*") | digests(target, "labels.json")
        # Nothing half-written stays beside the export.
        return files | {"beside": str(sorted(f.name for f in target.iterdir()))}


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Exports(**arguments)
