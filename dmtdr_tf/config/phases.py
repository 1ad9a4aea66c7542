"""The table of training phases: what each of them trains, and from where."""

import dataclasses
import types
from collections.abc import Mapping
from typing import Literal

from dmtdr_tf.config.losses import LossConfig
from dmtdr_tf.config.phase import PhaseConfig
from dmtdr_tf.config.schema import Config

__all__ = [
    "PHASES",
    "STAGES",
    "SUBNETS",
    "Keep",
    "Phase",
    "PhaseName",
    "Subnet",
    "stage_phases",
]

PhaseName = Literal["restoration", "grading", "joint"]
Subnet = Literal["super_resolution", "segmentation", "grading"]
# Photographs to keep: all, those with lesion masks, or those with a grade.
Keep = Literal["all", "lesions", "grade"]

SUBNETS: tuple[Subnet, ...] = ("super_resolution", "segmentation", "grading")


@dataclasses.dataclass(frozen=True)
class Phase:
    """One phase of training.

    Args:
        name: Name of the phase and of its folder in a workdir.
        stage: The stage it belongs to, 1 or 2.
        subnets: The subnets it trains.
        keep: The photographs it trains on.
        start: The phase whose best weights it starts from; None for newly
            initialized weights.

    Example:
    >>> PHASES["joint"].option
    'stage_2.joint'
    """

    name: PhaseName
    stage: Literal[1, 2]
    subnets: tuple[Subnet, ...]
    keep: Keep
    start: PhaseName | None

    @property
    def restores(self) -> bool:
        """Whether the super-resolver and the segmenter train."""
        return "super_resolution" in self.subnets

    @property
    def grades(self) -> bool:
        """Whether the grader trains."""
        return "grading" in self.subnets

    @property
    def is_joint(self) -> bool:
        """Whether all subnets train at once, with evidence (eq. 4 and 8)."""
        return self.restores and self.grades

    @property
    def starts_grading(self) -> bool:
        """Whether the grader trains here alone, for the first time."""
        return self.grades and not self.restores

    @property
    def option(self) -> str:
        """Dotted name of this phase in the configuration and in options."""
        return f"stage_{self.stage}.{self.name}"

    def settings(self, config: Config) -> PhaseConfig:
        """Returns this phase's part of a configuration."""
        return getattr(getattr(config, f"stage_{self.stage}"), self.name)

    def losses(self, config: Config) -> LossConfig:
        """Returns this phase's loss weights."""
        return getattr(config, f"stage_{self.stage}").losses


PHASES: Mapping[PhaseName, Phase] = types.MappingProxyType(
    {
        phase.name: phase
        for phase in (
            Phase("restoration", 1, SUBNETS[:2], "lesions", None),
            Phase("grading", 1, SUBNETS[2:], "grade", "restoration"),
            Phase("joint", 2, SUBNETS, "all", "grading"),
        )
    }
)
STAGES = (1, 2)


def stage_phases(stage: int) -> tuple[Phase, ...]:
    """Returns the phases of a stage, in order.

    Args:
        stage: 1 or 2.

    Returns:
        The phases.

    Example:
    >>> [phase.name for phase in stage_phases(1)]
    ['restoration', 'grading']
    """
    return tuple(phase for phase in PHASES.values() if phase.stage == stage)
