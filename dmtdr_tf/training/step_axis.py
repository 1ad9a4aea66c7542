"""One axis of training steps over all phases of a run."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from dmtdr_tf.config.phases import PHASES, PhaseName

__all__ = ["StepAxis"]


@dataclasses.dataclass(frozen=True)
class StepAxis:
    """Where a phase lies on the run's axis of training steps.

    Args:
        start: Number of steps in the phases before.
        steps_per_epoch: Steps per epoch of this phase.

    Example:
    >>> StepAxis(start=300, steps_per_epoch=10).after(2)
    320
    """

    start: int = 0
    steps_per_epoch: int = 1

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        phase: PhaseName,
        steps_per_epoch: int,
    ) -> "StepAxis":
        """Returns a phase's axis, which starts where the phases before end.

        Args:
            rows: The journal. Rows of earlier versions have no `step`; the
                axis then starts at 0.
            phase: Name of the phase.
            steps_per_epoch: Its steps per epoch.
        """
        names = list(PHASES)
        before = names[: names.index(phase)]
        steps = [row.get("step") for row in rows if row["phase"] in before]
        counted = [step for step in steps if type(step) is int and step > 0]
        return cls(max(counted, default=0), steps_per_epoch)

    def after(self, epochs: int) -> int:
        """Returns the number of steps once so many epochs are complete."""
        return self.start + epochs * self.steps_per_epoch
