"""One eye and everything in its photograph, sampled from a seed."""

import dataclasses

import numpy as np

from dmtdr_tf_datasets.splits import SPLITS
from dmtdr_tf_datasets.synthetic_fundus import anomalies, pathology
from dmtdr_tf_datasets.synthetic_fundus.anatomy import Anatomy, sample_anatomy
from dmtdr_tf_datasets.synthetic_fundus.camera import Camera, sample_camera
from dmtdr_tf_datasets.synthetic_fundus.grading import (
    Findings,
    icdr_grade,
    quadrants,
)
from dmtdr_tf_datasets.synthetic_fundus.lesions import Lesion
from dmtdr_tf_datasets.synthetic_fundus.vessels import Vessel, grow_vessels

__all__ = ["Eye", "sample_eye"]

# Each part has its own stream of random numbers, so that changing one part does
# not change the others.
_LANDMARKS, _VESSELS, _DISEASE, _TEXTURE, _ANNOTATION = range(5)


@dataclasses.dataclass(frozen=True, eq=False)
class Eye:
    """Everything in one photograph, independent of its size in pixels.

    Args:
        key: (seed, split, index); every random number follows from it.
        anatomy: Landmarks.
        camera: Field of view, light and focus.
        vessels: All vessels, including those of disease, in drawing order.
        lesions: All lesions, in drawing order.
    """

    key: tuple[int, int, int]
    anatomy: Anatomy
    camera: Camera
    vessels: tuple[Vessel, ...]
    lesions: tuple[Lesion, ...]

    @property
    def findings(self) -> Findings:
        """The counts that the grade depends on."""
        centers: dict[str, list[tuple[float, float]]] = {
            "MA": [],
            "HM": [],
            "SE": [],
            "HE": [],
        }
        for lesion in self.lesions:
            if lesion.form != "preretinal":
                centers[lesion.kind].append(lesion.center)
        bleeding = quadrants(np.reshape(centers["HM"], (-1, 2)))
        irma = [v.points[0] for v in self.vessels if v.kind == "irma"]
        return Findings(
            microaneurysms=len(centers["MA"]),
            haemorrhages=tuple(np.bincount(bleeding, minlength=4).tolist()),
            soft_exudates=len(centers["SE"]),
            hard_exudates=len(centers["HE"]),
            beaded_quadrants=len({q for v in self.vessels for q in v.beaded}),
            irma_quadrants=len(set(quadrants(np.reshape(irma, (-1, 2))))),
            neovascularization=any(
                v.kind == "neovascular" for v in self.vessels
            ),
            preretinal_haemorrhage=any(
                lesion.form == "preretinal" for lesion in self.lesions
            ),
        )

    @property
    def grade(self) -> int:
        """The ICDR grade of the eye."""
        return icdr_grade(self.findings)

    def random(self) -> np.random.Generator:
        """Returns a new generator of texture and noise."""
        return np.random.default_rng((*self.key, _TEXTURE))

    def annotation_rank(self) -> float:
        """Returns the eye's rank for annotation, in [0, 1)."""
        return float(np.random.default_rng((*self.key, _ANNOTATION)).random())


def _diseased_vessels(
    rng: np.random.Generator,
    plan: pathology.Plan,
    ground: pathology.Ground,
    anatomy: Anatomy,
) -> list[Vessel]:
    vessels: list[Vessel] = []
    for quadrant in plan.irma:
        spot = ground.somewhere(0.03, quadrant, off_vessels=False)
        if spot is not None:
            vessels += anomalies.irma(rng, spot)
            ground.take(spot, 0.03)
    for _ in range(plan.new_vessels_elsewhere):
        spot = ground.somewhere(0.06, off_vessels=False)
        if spot is not None:
            vessels += anomalies.new_vessels(rng, spot)
            ground.take(spot, 0.045)
    if plan.new_vessels_at_disc:
        offset = rng.normal(0, 0.25 * anatomy.disc_diameter, 2)
        vessels += anomalies.new_vessels(rng, anatomy.disc + offset)
    return vessels


def sample_eye(seed: int, split: str, index: int) -> Eye:
    """Samples everything about one eye from three numbers.

    Args:
        seed: Seed of the data set.
        split: `"train"`, `"validation"` or `"test"`.
        index: Number of the photograph in its split.

    Returns:
        The eye; `rendering.photograph` and `rendering.masks` draw it.
    """
    key = (seed, SPLITS.index(split), index)
    rng = np.random.default_rng((*key, _LANDMARKS))
    anatomy, camera = sample_anatomy(rng), sample_camera(rng)
    rng = np.random.default_rng((*key, _VESSELS))
    vessels = grow_vessels(rng, anatomy, camera)
    rng = np.random.default_rng((*key, _DISEASE))
    target = int(rng.choice(5, p=pathology.GRADE_SHARES))
    plan = pathology.plan_for(rng, target)
    if plan.beaded:
        vessels = anomalies.bead(vessels, set(plan.beaded))
    ground = pathology.Ground(rng, anatomy, camera, vessels)
    vessels = vessels + _diseased_vessels(rng, plan, ground, anatomy)
    lesions = pathology.place_lesions(rng, plan, ground, anatomy)
    return Eye(key, anatomy, camera, tuple(vessels), tuple(lesions))
