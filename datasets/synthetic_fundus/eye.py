"""One eye and its photograph, drawn from a seed."""

import dataclasses

import numpy as np

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

SPLITS = ("train", "validation", "test")

# One stream of random numbers for each part, so that a change of one part
# leaves the others as they were.
_LANDMARKS, _VESSELS, _DISEASE, _TEXTURE, _ANNOTATION = range(5)


@dataclasses.dataclass(frozen=True, eq=False)
class Eye:
    """All that is drawn in one photograph, free of any size in pixels.

    Args:
        key: (seed, split, index); every random number follows from it.
        anatomy: Landmarks.
        camera: Field of view, light and focus.
        vessels: All vessels, those of disease too, in drawing order.
        lesions: All lesions, in drawing order.
    """

    key: tuple[int, int, int]
    anatomy: Anatomy
    camera: Camera
    vessels: tuple[Vessel, ...]
    lesions: tuple[Lesion, ...]

    @property
    def findings(self) -> Findings:
        """Counts what the grade depends on."""
        centres: dict[str, list] = {"MA": [], "HM": [], "SE": [], "HE": []}
        for lesion in self.lesions:
            if lesion.form != "preretinal":
                centres[lesion.kind].append(lesion.centre)
        bleeding = quadrants(np.reshape(centres["HM"], (-1, 2)))
        irma = [v.points[0] for v in self.vessels if v.kind == "irma"]
        return Findings(
            microaneurysms=len(centres["MA"]),
            haemorrhages=tuple(np.bincount(bleeding, minlength=4).tolist()),
            soft_exudates=len(centres["SE"]),
            hard_exudates=len(centres["HE"]),
            beaded_quadrants=len({q for v in self.vessels for q in v.beaded}),
            irma_quadrants=len(set(quadrants(np.reshape(irma, (-1, 2))))),
            neovascularisation=any(
                v.kind == "neovascular" for v in self.vessels
            ),
            preretinal_haemorrhage=any(
                lesion.form == "preretinal" for lesion in self.lesions
            ),
        )

    @property
    def grade(self) -> int:
        """The ICDR grade of what was drawn."""
        return icdr_grade(self.findings)

    def random(self) -> np.random.Generator:
        """Returns the generator of texture and noise, always from its start."""
        return np.random.default_rng((*self.key, _TEXTURE))

    def annotation_rank(self) -> float:
        """Returns the eye's place, in [0, 1), in the queue for annotation."""
        return float(np.random.default_rng((*self.key, _ANNOTATION)).random())


def _diseased_vessels(
    rng: np.random.Generator,
    plan: pathology.Plan,
    ground: pathology.Ground,
    anatomy: Anatomy,
) -> list[Vessel]:
    drawn: list[Vessel] = []
    for quadrant in plan.irma:
        spot = ground.somewhere(0.03, quadrant, off_vessels=False)
        if spot is not None:
            drawn += anomalies.irma(rng, spot)
            ground.take(spot, 0.03)
    for _ in range(plan.new_vessels_elsewhere):
        spot = ground.somewhere(0.06, off_vessels=False)
        if spot is not None:
            drawn += anomalies.new_vessels(rng, spot)
            ground.take(spot, 0.045)
    if plan.new_vessels_at_disc:
        offset = rng.normal(0, 0.25 * anatomy.disc_diameter, 2)
        drawn += anomalies.new_vessels(rng, anatomy.disc + offset)
    return drawn


def sample_eye(seed: int, split: str, index: int) -> Eye:
    """Draws everything about one eye from three numbers.

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
