"""SIGKILL at random moments of the build of a data set."""

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from campaign.commands import digests, write_clinic
from campaign.kill_part import KillPart
from campaign.outcome import Outcome

__all__ = ["make_judge"]


class _Builds(KillPart):
    kind = "build"

    def words(self, target: pathlib.Path) -> Sequence[str]:
        clinic = write_clinic(self.shared / "clinic_48", 48)
        folders = [f"--manual-dir={clinic}", f"--data-dir={target}"]
        return ["datasets", "prepare", "folder", "--size=128", *folders]

    def result(self, target: pathlib.Path) -> dict[str, str]:
        # With what killed builds left in `incomplete.*`: nothing.
        return digests(target, "*.tfrecord*")


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Builds(**arguments)
