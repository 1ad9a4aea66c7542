"""Where disc, fovea and their axes lie in one eye."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Anatomy:
    """The landmarks of one eye, relative to the photograph's side.

    The eye's own frame has its origin in the disc, its first axis towards the
    fovea with the disc-to-fovea distance as unit, its second axis downwards.
    A left eye has its disc on the left; in a right eye the first axis points
    left, so that everything drawn in the frame is mirrored with it.

    Args:
        left: Whether it is a left eye.
        disc: Centre of the optic disc, (x, y).
        fovea: Centre of the macula, (x, y).
        disc_diameter: Diameter of the disc.
        cup: Diameter of the cup over that of the disc.
        youth: 0 to 1: strength of reflexes on vessels, nerve fibres, fovea.
    """

    left: bool
    disc: tuple[float, float]
    fovea: tuple[float, float]
    disc_diameter: float
    cup: float
    youth: float

    @property
    def distance(self) -> float:
        """From the disc's centre to the fovea."""
        return float(np.hypot(*np.subtract(self.fovea, self.disc)))

    @property
    def axes(self) -> np.ndarray:
        """The frame's two axes as the rows of a `[2, 2]` array."""
        towards = np.subtract(self.fovea, self.disc)
        turn = 1 if self.left else -1
        down = np.array([-towards[1], towards[0]]) * turn
        return np.stack([towards, down])

    def place(self, points: np.ndarray) -> np.ndarray:
        """Maps `[N, 2]` points of the eye's frame into the photograph."""
        return np.asarray(self.disc) + points @ self.axes


def sample_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draws the landmarks of one eye.

    The fovea lies near the middle of the photograph, 2.4 to 2.75 disc
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
