"""The shapes of the four lesions."""

import dataclasses
from typing import Literal

import numpy as np

__all__ = [
    "Lesion",
    "LesionKind",
    "blot_haemorrhage",
    "flame_haemorrhage",
    "hard_exudate",
    "microaneurysm",
    "preretinal_haemorrhage",
    "soft_exudate",
]

LesionKind = Literal["MA", "HM", "SE", "HE"]


@dataclasses.dataclass(frozen=True, eq=False)
class Lesion:
    """One lesion, relative to the photograph's side.

    Args:
        kind: MA, HM, SE or HE.
        form: `"dot"`, `"blot"`, `"flame"`, `"preretinal"`, `"wool"` or
            `"drop"`.
        center: (x, y).
        radius: Approximate radius of the lesion.
        outlines: Closed outlines, each `[N, 2]`; their union is the mask.
        strength: How strongly it differs from the retina, 0 to 1.
    """

    kind: LesionKind
    form: str
    center: tuple[float, float]
    radius: float
    outlines: tuple[np.ndarray, ...]
    strength: float


def _blob(
    rng: np.random.Generator,
    center: np.ndarray,
    radius: float,
    roughness: float,
    elongation: float = 1.0,
    angle: float = 0.0,
    count: int = 28,
) -> np.ndarray:
    """Returns a closed outline with five random harmonics, `[N, 2]`."""
    theta = np.linspace(0, 2 * np.pi, count, endpoint=False)
    order = np.arange(2, 7)[:, None]
    phase = rng.uniform(0, 2 * np.pi, (5, 1))
    height = rng.normal(0, roughness, (5, 1)) / np.sqrt(order - 1)
    r = radius * np.clip(
        1 + (height * np.cos(order * theta + phase)).sum(0), 0.35, 1.9
    )
    stretch = np.sqrt(elongation)
    x, y = r * np.cos(theta) * stretch, r * np.sin(theta) / stretch
    turn = np.array([np.cos(angle), np.sin(angle)])
    x, y = x * turn[0] - y * turn[1], x * turn[1] + y * turn[0]
    return np.stack([x, y], 1) + center


def _lesion(
    kind: LesionKind,
    form: str,
    center: np.ndarray,
    radius: float,
    outlines: tuple[np.ndarray, ...],
    strength: float,
) -> Lesion:
    where = (float(center[0]), float(center[1]))
    return Lesion(kind, form, where, float(radius), outlines, float(strength))


def microaneurysm(rng: np.random.Generator, center: np.ndarray) -> Lesion:
    """Samples a microaneurysm: a dark red dot, 0.8 to 1.1 % of the side.

    Args:
        rng: Source of randomness.
        center: (x, y).
    """
    radius = rng.uniform(0.0038, 0.0053)
    outline = _blob(rng, center, radius, 0.05, rng.uniform(1, 1.25), count=16)
    strength = rng.uniform(0.26, 0.50)
    return _lesion("MA", "dot", center, radius, (outline,), strength)


def blot_haemorrhage(rng: np.random.Generator, center: np.ndarray) -> Lesion:
    """Samples a dot or blot haemorrhage, 1.6 to 4.4 % of the side across.

    Args:
        rng: Source of randomness.
        center: (x, y).
    """
    radius = rng.uniform(0.008, 0.015) * (1.5 if rng.random() < 0.25 else 1)
    outline = _blob(
        rng, center, radius, 0.11, rng.uniform(1, 1.8), rng.uniform(0, np.pi)
    )
    strength = rng.uniform(0.22, 0.50)
    return _lesion("HM", "blot", center, radius, (outline,), strength)


def flame_haemorrhage(
    rng: np.random.Generator, center: np.ndarray, along: float
) -> Lesion:
    """Samples a flame haemorrhage: parallel streaks along the nerve fibers.

    Args:
        rng: Source of randomness.
        center: (x, y).
        along: Direction of the nerve fibers there, in radians.
    """
    length = rng.uniform(0.022, 0.05)
    forwards = np.array([np.cos(along), np.sin(along)])
    across = np.array([-forwards[1], forwards[0]])
    streaks = int(rng.integers(3, 7))
    width = length * rng.uniform(0.12, 0.18)
    outlines = []
    for k in range(streaks):
        offset = (k - (streaks - 1) / 2) * width * 0.62
        middle = center + across * offset
        middle = middle + forwards * rng.normal(0, 0.12) * length
        own = length * rng.uniform(0.5, 1.0) * 0.5
        t = np.linspace(-1, 1, 13)
        half = width * 0.5 * np.cos(t * np.pi / 2) ** 0.8
        half *= rng.uniform(0.75, 1.25, t.size)
        line = middle + forwards * (t * own)[:, None]
        edge = across * half[:, None]
        outlines.append(np.concatenate([line + edge, (line - edge)[::-1]]))
    strength = rng.uniform(0.22, 0.46)
    return _lesion("HM", "flame", center, length / 2, tuple(outlines), strength)


def preretinal_haemorrhage(
    rng: np.random.Generator, center: np.ndarray
) -> Lesion:
    """Samples a preretinal haemorrhage: a boat shape, flat on top.

    Args:
        rng: Source of randomness.
        center: (x, y) of the middle of its flat top.
    """
    radius = rng.uniform(0.05, 0.095)
    theta = np.linspace(0, np.pi, 30)
    depth = rng.uniform(0.5, 0.85)
    wobble = 1 + rng.normal(0, 0.02, theta.size).cumsum() * np.sin(theta)
    x = np.cos(theta) * radius * wobble
    y = np.sin(theta) * radius * depth * wobble
    level = rng.normal(0, 0.0012, 12)
    top = np.stack([np.linspace(-radius, radius, 12), level], 1)
    outline = np.concatenate([np.stack([x, y], 1), top[1:-1]])
    tilt = rng.uniform(-0.15, 0.15)
    turn = np.array(
        [[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]
    )
    strength = rng.uniform(0.88, 1.0)
    return _lesion(
        "HM", "preretinal", center, radius, (outline @ turn + center,), strength
    )


def soft_exudate(rng: np.random.Generator, center: np.ndarray) -> Lesion:
    """Samples a cotton wool spot: pale, fuzzy, 3.6 to 7 % of the side across.

    Args:
        rng: Source of randomness.
        center: (x, y).
    """
    radius = rng.uniform(0.018, 0.032)
    angle = rng.uniform(0, np.pi)
    outlines = [_blob(rng, center, radius, 0.13, rng.uniform(1.1, 1.9), angle)]
    if rng.random() < 0.5:
        beside = center + rng.normal(0, radius * 0.7, 2)
        outlines.append(_blob(rng, beside, radius * 0.6, 0.13))
    strength = rng.uniform(0.26, 0.48)
    return _lesion("SE", "wool", center, radius, tuple(outlines), strength)


def hard_exudate(
    rng: np.random.Generator, center: np.ndarray, radius: float
) -> Lesion:
    """Samples a hard exudate: a bright yellow, sharply bounded drop.

    Args:
        rng: Source of randomness.
        center: (x, y).
        radius: Its radius.
    """
    outline = _blob(
        rng,
        center,
        radius,
        0.2,
        rng.uniform(1, 1.7),
        rng.uniform(0, np.pi),
        count=20,
    )
    strength = rng.uniform(0.26, 0.60)
    return _lesion("HE", "drop", center, radius, (outline,), strength)
