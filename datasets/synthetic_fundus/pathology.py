"""Plans the lesions of a target grade and finds room for them."""

import dataclasses

import numpy as np

from dmtdr_tf_datasets.synthetic_fundus import lesions as shapes
from dmtdr_tf_datasets.synthetic_fundus.anatomy import Anatomy
from dmtdr_tf_datasets.synthetic_fundus.camera import Camera
from dmtdr_tf_datasets.synthetic_fundus.lesions import Lesion
from dmtdr_tf_datasets.synthetic_fundus.vessels import Vessel

__all__ = ["GRADE_SHARES", "Ground", "Plan", "place_lesions", "plan_for"]

# Fractions of the grades. The fractions of a screening program would leave a
# small set without severe cases.
GRADE_SHARES = (0.30, 0.15, 0.25, 0.15, 0.15)


@dataclasses.dataclass(frozen=True)
class Plan:
    """How many lesions and diseased vessels to draw in one eye.

    Args:
        microaneurysms: Number of microaneurysms.
        haemorrhages: Number in each quadrant.
        hard_exudate_clusters: Number of clusters of hard exudates.
        soft_exudates: Number of soft exudates.
        beaded: Quadrants with beaded veins.
        irma: Quadrants with IRMA.
        new_vessels_at_disc: Whether new vessels grow at the disc.
        new_vessels_elsewhere: Number of tangles elsewhere.
        preretinal_haemorrhage: Whether there is one.
    """

    microaneurysms: int = 0
    haemorrhages: tuple[int, ...] = (0, 0, 0, 0)
    hard_exudate_clusters: int = 0
    soft_exudates: int = 0
    beaded: tuple[int, ...] = ()
    irma: tuple[int, ...] = ()
    new_vessels_at_disc: bool = False
    new_vessels_elsewhere: int = 0
    preretinal_haemorrhage: bool = False


def _some(rng: np.random.Generator, chance: float, most: int) -> int:
    """Samples 1 to `most` with a probability of `chance`, else 0."""
    number = int(rng.integers(1, most + 1))
    return number if rng.random() < chance else 0


def _few_quadrants(rng: np.random.Generator, count: int) -> tuple[int, ...]:
    return tuple(sorted(int(q) for q in rng.permutation(4)[:count]))


def _moderate(rng: np.random.Generator) -> Plan:
    bleeding = _few_quadrants(rng, int(rng.integers(0, 4)))
    haemorrhages = tuple(
        int(rng.integers(1, 4)) if q in bleeding else 0 for q in range(4)
    )
    clusters = _some(rng, 0.75, 3)
    return Plan(
        microaneurysms=int(rng.integers(3, 16)),
        haemorrhages=haemorrhages,
        hard_exudate_clusters=clusters if sum(haemorrhages) else clusters or 1,
        soft_exudates=_some(rng, 0.45, 3),
    )


def _severe(rng: np.random.Generator) -> Plan:
    # One in eight is severe because of its vessels only.
    vascular = rng.random() < 0.125
    low, high = (2, 5) if vascular else (6, 11)
    beaded = 4 if vascular else _some(rng, 0.35, 3) and 3
    irma = max(_some(rng, 0.4, 2), int(vascular))
    return Plan(
        microaneurysms=int(rng.integers(8, 26)),
        haemorrhages=tuple(int(n) for n in rng.integers(low, high, 4)),
        hard_exudate_clusters=_some(rng, 0.75, 3),
        soft_exudates=_some(rng, 0.6, 5),
        beaded=_few_quadrants(rng, beaded),
        irma=_few_quadrants(rng, irma),
    )


def _proliferative(rng: np.random.Generator) -> Plan:
    at_disc = bool(rng.random() < 0.5)
    elsewhere = _some(rng, 0.5, 2)
    return Plan(
        microaneurysms=int(rng.integers(4, 20)),
        haemorrhages=tuple(int(n) for n in rng.integers(0, 7, 4)),
        hard_exudate_clusters=_some(rng, 0.6, 3),
        soft_exudates=_some(rng, 0.55, 4),
        new_vessels_at_disc=at_disc,
        new_vessels_elsewhere=elsewhere if at_disc else max(elsewhere, 1),
        preretinal_haemorrhage=bool(rng.random() < 0.6),
    )


def plan_for(rng: np.random.Generator, grade: int) -> Plan:
    """Plans an eye that should have a given grade.

    The actual grade is computed later, from the lesions that fit.

    Args:
        rng: Source of randomness.
        grade: Target, 0 to 4.
    """
    if grade == 0:
        return Plan()
    if grade == 1:
        return Plan(microaneurysms=int(rng.integers(4, 15)))
    return (_moderate, _severe, _proliferative)[grade - 2](rng)


class Ground:
    """Finds room on the retina, away from disc, wide vessels and lesions.

    Args:
        rng: Source of randomness.
        anatomy: The eye's landmarks.
        camera: Its field of view.
        vessels: Its vessels.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        anatomy: Anatomy,
        camera: Camera,
        vessels: list[Vessel],
    ):
        self._rng = rng
        self._anatomy = anatomy
        self._camera = camera
        wide = [v.points[v.widths > 0.004] for v in vessels]
        self._vessels = np.concatenate([np.zeros((1, 2)), *wide])
        self._taken = np.array([[*anatomy.disc, anatomy.disc_diameter * 0.62]])

    def take(self, center: np.ndarray, radius: float) -> None:
        """Marks a circle as occupied."""
        self._taken = np.vstack([self._taken, [*center, radius]])

    def free(
        self, center: np.ndarray, radius: float, off_vessels: bool = True
    ) -> bool:
        """Returns whether a circle is in the field of view and free."""
        if not self._camera.sees(center[None], radius + 0.006)[0]:
            return False
        gaps = np.hypot(*(self._taken[:, :2] - center).T) - self._taken[:, 2]
        if gaps.min() < radius + 0.004:
            return False
        near = np.hypot(*(self._vessels - center).T).min()
        return not off_vessels or bool(near > radius + 0.006)

    def somewhere(
        self, radius: float, quadrant: int | None = None, **options: bool
    ) -> np.ndarray | None:
        """Finds the center of a free circle, or None.

        Args:
            radius: Radius of the circle.
            quadrant: The quadrant to search; None for all.
            **options: As for `free`.
        """
        for _ in range(80):
            angle = self._rng.uniform(0, 2 * np.pi)
            away = 0.45 * np.sqrt(self._rng.random())
            offset = away * np.array([np.cos(angle), np.sin(angle)])
            if quadrant is not None:
                # Folded into the quadrant, clear of its two borders.
                sign = np.array([quadrant % 2, quadrant // 2]) * 2 - 1
                offset = (np.abs(offset) + 0.004) * sign
            if self.free(0.5 + offset, radius, **options):
                return 0.5 + offset
        return None


def _exudate_cluster(
    rng: np.random.Generator, ground: Ground, anatomy: Anatomy
) -> list[Lesion]:
    """Samples drops near the macula, scattered or in a ring."""
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.07, 0.24)
    middle = np.asarray(anatomy.fovea)
    middle = middle + away * np.array([np.cos(angle), np.sin(angle)])
    count = int(rng.integers(8, 30))
    if rng.random() < 0.4:
        theta = rng.uniform(0, 2 * np.pi) + rng.uniform(0, 4.5, count)
        ring = rng.uniform(0.035, 0.06) + rng.normal(0, 0.005, count)
        offsets = np.stack([np.cos(theta), np.sin(theta)], 1) * ring[:, None]
    else:
        offsets = rng.normal(0, rng.uniform(0.018, 0.035), (count, 2))
    drops = []
    for offset in offsets:
        radius = float(np.clip(rng.lognormal(-5.25, 0.45), 0.0028, 0.016))
        if ground.free(middle + offset, radius * 0.5):
            drops.append(shapes.hard_exudate(rng, middle + offset, radius))
            # Drops may touch and flow together.
            ground.take(middle + offset, radius * 0.35)
    return drops


def _haemorrhage(
    rng: np.random.Generator, center: np.ndarray, anatomy: Anatomy
) -> Lesion:
    if rng.random() < 0.65:
        return shapes.blot_haemorrhage(rng, center)
    from_disc = center - np.asarray(anatomy.disc)
    along = np.arctan2(from_disc[1], from_disc[0]) + rng.normal(0, 0.2)
    return shapes.flame_haemorrhage(rng, center, float(along))


def _haemorrhages(
    rng: np.random.Generator, plan: Plan, ground: Ground, anatomy: Anatomy
) -> list[Lesion]:
    lesions = []
    if plan.preretinal_haemorrhage:
        spot = ground.somewhere(0.075, off_vessels=False)
        if spot is not None:
            lesion = shapes.preretinal_haemorrhage(rng, spot)
            ground.take(spot, lesion.radius)
            lesions.append(lesion)
    for quadrant, count in enumerate(plan.haemorrhages):
        for _ in range(count):
            spot = ground.somewhere(0.013, quadrant)
            if spot is not None:
                lesions.append(_haemorrhage(rng, spot, anatomy))
                ground.take(spot, lesions[-1].radius)
    return lesions


def place_lesions(
    rng: np.random.Generator, plan: Plan, ground: Ground, anatomy: Anatomy
) -> list[Lesion]:
    """Samples the planned lesions where there is room for them.

    Args:
        rng: Source of randomness.
        plan: The numbers of lesions.
        ground: The free space on the retina.
        anatomy: The eye's landmarks.

    Returns:
        The lesions; fewer than planned if the retina is full.
    """
    lesions = _haemorrhages(rng, plan, ground, anatomy)
    for _ in range(plan.soft_exudates):
        spot = ground.somewhere(0.034, off_vessels=False)
        if spot is not None:
            lesions.append(shapes.soft_exudate(rng, spot))
            ground.take(spot, lesions[-1].radius * 1.5)
    for _ in range(plan.hard_exudate_clusters):
        lesions += _exudate_cluster(rng, ground, anatomy)
    for _ in range(plan.microaneurysms):
        spot = ground.somewhere(0.006)
        if spot is not None:
            lesions.append(shapes.microaneurysm(rng, spot))
            ground.take(spot, lesions[-1].radius)
    return lesions
