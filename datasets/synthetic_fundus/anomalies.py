"""Vascular signs of disease: beaded veins, IRMA and new vessels."""

import dataclasses

import numpy as np

from dmtdr_tf_datasets.synthetic_fundus.grading import quadrants
from dmtdr_tf_datasets.synthetic_fundus.vessels import Vessel, wander

__all__ = ["bead", "irma", "new_vessels"]


def bead(vessels: list[Vessel], where: set[int]) -> list[Vessel]:
    """Adds beading to the wide veins of some quadrants.

    Args:
        vessels: All vessels.
        where: Quadrants, 0 to 3.

    Returns:
        The vessels. `beaded` of the changed ones lists the quadrants with at
        least three beads.
    """
    changed = []
    for vessel in vessels:
        if vessel.kind != "vein" or vessel.widths.max() < 0.0085:
            changed.append(vessel)
            continue
        inside = quadrants(vessel.points)
        chosen = np.isin(inside, list(where)) & (vessel.widths > 0.006)
        distances = vessel.distances
        wave = 1 + 0.42 * np.sin(2 * np.pi * distances / 0.026)
        widths = np.where(chosen, vessel.widths * wave, vessel.widths)
        # The length in each quadrant, in beads of 0.026.
        share = np.bincount(inside[chosen], minlength=4) / len(distances)
        beads = share * distances[-1] / 0.026
        changed.append(
            dataclasses.replace(
                vessel,
                widths=widths,
                beaded=tuple(int(q) for q in np.nonzero(beads >= 3)[0]),
            )
        )
    return changed


def irma(rng: np.random.Generator, center: np.ndarray) -> list[Vessel]:
    """Draws an intraretinal microvascular anomaly: a few winding shunt vessels.

    Args:
        rng: Source of randomness.
        center: (x, y).
    """
    vessels = []
    for _ in range(int(rng.integers(4, 7))):
        start = center + rng.normal(0, 0.012, 2)
        points = wander(
            rng, start, rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.08), 2.6
        )
        widths = np.full(len(points), rng.uniform(0.0026, 0.0036))
        vessels.append(Vessel("irma", points, widths, 0.62))
    return vessels


def new_vessels(rng: np.random.Generator, center: np.ndarray) -> list[Vessel]:
    """Draws a tangle of new vessels: a fan that curls back.

    Args:
        rng: Source of randomness.
        center: (x, y) of the root.
    """
    vessels = []
    fan = rng.uniform(0, 2 * np.pi)
    spread = rng.uniform(1.2, np.pi)
    for _ in range(int(rng.integers(9, 15))):
        heading = fan + rng.uniform(-spread, spread)
        length = rng.uniform(0.07, 0.13)
        bend = rng.choice([-1, 1]) * rng.uniform(0.5, 3.2)
        points = wander(rng, center, heading, length, 1.5, bend)
        width = rng.uniform(0.0028, 0.0044)
        widths = np.linspace(width, 0.0022, len(points))
        vessels.append(Vessel("neovascular", points, widths, 0.8))
        for _ in range(2):
            at = int(rng.integers(2, len(points) - 1))
            twig = wander(
                rng,
                points[at],
                heading + rng.uniform(-1.6, 1.6),
                rng.uniform(0.025, 0.06),
                2.4,
            )
            widths = np.linspace(0.0028, 0.002, len(twig))
            vessels.append(Vessel("neovascular", twig, widths, 0.7))
    return vessels
