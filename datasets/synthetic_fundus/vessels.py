"""Vessels that leave the disc, curve around the macula and branch."""

import dataclasses
from typing import Literal

import numpy as np

from dmtdr_tf_datasets.synthetic_fundus.anatomy import Anatomy
from dmtdr_tf_datasets.synthetic_fundus.camera import Camera

__all__ = ["Vessel", "VesselKind", "grow_vessels", "wander"]

VesselKind = Literal["artery", "vein", "irma", "neovascular"]

_STEP = 0.006
_THINNEST = 0.0019
_FOVEAL_ZONE = 0.036

# Bezier control points in the eye's frame for the lower half of the retina,
# which the upper half mirrors, and the fraction of a full trunk's width.
_Points = tuple[tuple[float, float], ...]
_Course = tuple[_Points, float]
_COURSES: tuple[_Course, ...] = (
    (((0, 0), (-0.1, 0.6), (0.2, 1.25), (1.1, 1.2), (2.2, 0.75)), 1.0),
    (((0, 0), (-0.15, 0.3), (-0.45, 0.75), (-1.0, 1.3)), 0.62),
    (((0, 0), (-0.1, 0.5), (0.02, 1.1), (0.1, 1.8)), 0.5),
    (((0, 0), (-0.35, 0.06), (-0.8, 0.25)), 0.4),
    (((0, 0), (0.22, 0.24), (0.52, 0.42), (0.86, 0.3)), 0.3),
)
# Per level of branching: distance between branches, and their relative length.
_SPACING = (0.088, 0.072, 0.055)
_LENGTH = (1.0, 0.55, 0.4)


@dataclasses.dataclass(frozen=True, eq=False)
class Vessel:
    """One unbranched stretch of a vessel, relative to the photograph's side.

    Args:
        kind: Artery, vein, intraretinal anomaly (IRMA) or new vessel.
        points: `[N, 2]` along its center line.
        widths: `[N]`, full widths.
        density: How dark it is, 0 to 1.
        beaded: Quadrants (see `grading.quadrants`) in which it is beaded.
    """

    kind: VesselKind
    points: np.ndarray
    widths: np.ndarray
    density: float
    beaded: tuple[int, ...] = ()

    @property
    def distances(self) -> np.ndarray:
        """Length of the vessel up to each of its points, `[N]`."""
        steps = np.hypot(*np.diff(self.points, axis=0).T)
        return np.concatenate([[0], np.cumsum(steps)])

    def cut(self, count: int) -> "Vessel":
        """Returns the vessel's first `count` points."""
        return dataclasses.replace(
            self, points=self.points[:count], widths=self.widths[:count]
        )


def _bezier(controls: np.ndarray, count: int) -> np.ndarray:
    """Evaluates a Bezier curve by de Casteljau's scheme, `[count, 2]`."""
    t = np.linspace(0, 1, count)[:, None, None]
    points = np.broadcast_to(controls, (count, *controls.shape))
    while points.shape[1] > 1:
        points = points[:, :-1] * (1 - t) + points[:, 1:] * t
    return points[:, 0]


def wander(
    rng: np.random.Generator,
    start: np.ndarray,
    heading: float,
    length: float,
    turn: float,
    bend: float = 0.0,
) -> np.ndarray:
    """Walks from a point with a smoothly changing heading.

    Args:
        rng: Source of randomness.
        start: (x, y).
        heading: First direction, in radians.
        length: Length of the walk.
        turn: Spread of the change of heading, in radians per 0.05 of length.
        bend: Steady change of heading over the walk, in radians.

    Returns:
        `[N, 2]`, N at least 4.
    """
    count = max(4, int(length / _STEP))
    noise = np.convolve(rng.standard_normal(count + 4), np.ones(5) / 5, "valid")
    swing = np.cumsum(noise) * turn * (_STEP / 0.05) * 2
    angle = heading + swing + np.linspace(0, bend, count)
    step = length / count
    walk = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1) * step, 0)
    return np.concatenate([np.asarray(start)[None], start + walk[:-1]])


def _waves(rng: np.random.Generator, count: int, length: float) -> np.ndarray:
    """Returns the sideways displacement of a trunk, zero at its root."""
    distance = np.linspace(0, length, count)
    offset = np.zeros(count)
    for wavelength, height in ((0.16, 0.006), (0.07, 0.0025), (0.035, 0.001)):
        own = wavelength * rng.uniform(0.8, 1.3)
        phase = rng.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * distance / own + phase)
        offset += height * rng.uniform(0.4, 1.3) * wave
    return offset * np.clip(distance / 0.06, 0, 1)


def _density(kind: VesselKind, width: float) -> float:
    full = 0.80 if kind == "vein" else 0.44
    return full * (0.42 + 0.58 * min(1.0, width / 0.009))


def _visible_count(points: np.ndarray, anatomy: Anatomy, camera: Camera) -> int:
    """Counts the points before the foveal zone or the border is reached."""
    to_fovea = np.hypot(*(points - np.asarray(anatomy.fovea)).T)
    bad = (to_fovea < _FOVEAL_ZONE) | ~camera.sees(points, -0.03)
    return int(np.argmax(bad)) if bad.any() else len(points)


def _trunk_line(
    rng: np.random.Generator,
    anatomy: Anatomy,
    course: _Points,
    upward: bool,
    spread: float,
) -> np.ndarray:
    """Returns the winding center line of a trunk, `[120, 2]`."""
    controls = np.array(course, float)
    controls[1:] += rng.normal(0, 0.1, controls[1:].shape)
    controls[1:] *= spread
    controls[0] = rng.normal(0, 0.02, 2) + [0.01, 0.03]
    if upward:
        controls[:, 1] *= -1
    points = anatomy.to_photograph(_bezier(controls, 120))
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    normal = np.gradient(points, axis=0) @ np.array([[0, 1], [-1, 0]])
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    return points + normal * _waves(rng, len(points), length)[:, None]


def _trunk(
    rng: np.random.Generator,
    anatomy: Anatomy,
    course: _Course,
    upward: bool,
    kind: VesselKind,
) -> Vessel:
    # Artery and vein run side by side, the vein of an arcade on the outside.
    spread = 1.04 if kind == "vein" else 0.95
    points = _trunk_line(rng, anatomy, course[0], upward, spread)
    full = 0.0135 if kind == "vein" else 0.0098
    width = full * course[1] * rng.uniform(0.9, 1.12)
    taper = np.linspace(1, 0.5, len(points)) ** 0.9
    # A trunk is narrower where it enters the disc.
    taper *= np.clip(np.linspace(0.7, 4, len(points)), None, 1)
    return Vessel(kind, points, width * taper, _density(kind, width))


def _branch(
    rng: np.random.Generator, parent: Vessel, at: int, side: int, level: int
) -> Vessel | None:
    """Grows a branch from its parent; None if it would be too thin."""
    local = parent.widths[at]
    width = local * rng.uniform(0.42, 0.7)
    if width < _THINNEST:
        if local < _THINNEST * 1.15:
            return None
        width = _THINNEST
    ahead = parent.points[at + 1] - parent.points[at]
    angle = rng.uniform(0.5, 1.15) * side
    heading = float(np.arctan2(ahead[1], ahead[0])) + angle
    length = rng.uniform(0.13, 0.34) * _LENGTH[level]
    length *= 0.6 + 0.5 * min(1.0, width / 0.006)
    bend = rng.uniform(-0.9, 0.2) * angle
    points = wander(rng, parent.points[at], heading, length, 0.5, bend)
    # A branch thins slowly at first and ends like a capillary.
    distance = np.linspace(0, 1, len(points))
    widths = width + (0.75 * _THINNEST - width) * distance**1.6
    return Vessel(parent.kind, points, widths, _density(parent.kind, width))


def _branches(
    rng: np.random.Generator,
    parent: Vessel,
    level: int,
    anatomy: Anatomy,
    camera: Camera,
) -> list[Vessel]:
    """Grows the branches of a vessel, three levels deep."""
    if level >= len(_SPACING):
        return []
    distances = parent.distances
    spacing = _SPACING[level]
    position = spacing * rng.uniform(0.5, 1.3) + (0.04 if level == 0 else 0)
    side = int(rng.choice([-1, 1]))
    branches: list[Vessel] = []
    while position < distances[-1] - _STEP:
        at = min(int(np.searchsorted(distances, position)), len(distances) - 2)
        child = _branch(rng, parent, at, side, level)
        position += spacing * rng.uniform(0.5, 1.6)
        side = -side if rng.random() < 0.75 else side
        count = _visible_count(child.points, anatomy, camera) if child else 0
        if child is None or count < 4:
            continue
        child = child.cut(count)
        branches.append(child)
        branches += _branches(rng, child, level + 1, anatomy, camera)
    return branches


def _courses(
    rng: np.random.Generator,
) -> list[tuple[_Course, bool, VesselKind]]:
    """Lists course, half and kind of the trunks, with minor ones at random."""
    return [
        (course, upward, kind)
        for course in _COURSES
        for upward in (False, True)
        for kind in ("artery", "vein")
        if course[1] > 0.65 or rng.random() >= 0.35
    ]


def grow_vessels(
    rng: np.random.Generator, anatomy: Anatomy, camera: Camera
) -> list[Vessel]:
    """Grows the arteries and veins of one eye.

    Four arcades of an artery and a vein each, and nasal, vertical and macular
    vessels, branch three levels deep. Width and darkness decrease with every
    level. No vessel enters the avascular zone of the fovea.

    Args:
        rng: Source of randomness.
        anatomy: The eye's landmarks.
        camera: Its field of view; vessels end at its border.

    Returns:
        The vessels, thick ones last so that they are drawn on top.
    """
    vessels: list[Vessel] = []
    for course, upward, kind in _courses(rng):
        trunk = _trunk(rng, anatomy, course, upward, kind)
        trunk = trunk.cut(max(4, _visible_count(trunk.points, anatomy, camera)))
        vessels.append(trunk)
        vessels += _branches(rng, trunk, 0, anatomy, camera)
    return sorted(vessels, key=lambda vessel: float(vessel.widths[0]))
