"""Positions and axes of the optic disc and the fovea."""

import dataclasses

import numpy as np

__all__ = ["Anatomy", "sample_anatomy"]


@dataclasses.dataclass(frozen=True)
class Anatomy:
    """The landmarks of one eye, relative to the photograph's side.

    The eye's frame has its origin in the disc. Its first axis points to the
    fovea, its second axis downward, and its unit is the distance between disc
    and fovea. A left eye has its disc on the left; in a right eye the first
    axis points left, which mirrors everything drawn in the frame.

    Args:
        left: Whether it is a left eye.
        disc: Center of the optic disc, (x, y).
        fovea: Center of the macula, (x, y).
        disc_diameter: Diameter of the disc.
        cup: Diameter of the cup, relative to that of the disc.
        youth: 0 to 1: strength of the reflexes on vessels, nerve fibers and
            fovea.
    """

    left: bool
    disc: tuple[float, float]
    fovea: tuple[float, float]
    disc_diameter: float
    cup: float
    youth: float

    @property
    def distance(self) -> float:
        """Distance from the center of the disc to the fovea."""
        return float(np.hypot(*np.subtract(self.fovea, self.disc)))

    @property
    def axes(self) -> np.ndarray:
        """The two axes of the frame, as the rows of a `[2, 2]` array."""
        toward = np.subtract(self.fovea, self.disc)
        turn = 1 if self.left else -1
        down = np.array([-toward[1], toward[0]]) * turn
        return np.stack([toward, down])

    def to_photograph(self, points: np.ndarray) -> np.ndarray:
        """Maps points `[N, 2]` from the eye's frame to the photograph."""
        return np.asarray(self.disc) + points @ self.axes


def sample_anatomy(rng: np.random.Generator) -> Anatomy:
    """Samples the landmarks of one eye.

    The fovea is near the middle of the photograph, 2.4 to 2.75 disc
    diameters from the disc on the temporal side and a little below it.

    Args:
        rng: Source of randomness.
    """
    left = bool(rng.integers(2))
    turn = 1.0 if left else -1.0
    diameter = rng.uniform(0.115, 0.14)
    distance = diameter * rng.uniform(2.4, 2.75)
    angle = np.deg2rad(rng.uniform(3, 11))
    fovea = np.array([0.5 + turn * rng.uniform(-0.03, 0.07), 0.5])
    fovea[1] += rng.uniform(-0.03, 0.045)
    away = np.array([-turn * np.cos(angle), -np.sin(angle)])
    disc = fovea + distance * away
    return Anatomy(
        left=left,
        disc=(float(disc[0]), float(disc[1])),
        fovea=(float(fovea[0]), float(fovea[1])),
        disc_diameter=float(diameter),
        cup=float(rng.uniform(0.3, 0.6)),
        youth=float(rng.beta(1.2, 1.8)),
    )
