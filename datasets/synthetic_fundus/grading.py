"""The ICDR grade, computed from what was drawn."""

import dataclasses

import numpy as np

__all__ = [
    "SEVERE_HAEMORRHAGES",
    "Findings",
    "icdr_grade",
    "quadrants",
]

# A photograph shows only a part of each quadrant, so five haemorrhages stand
# for the rule's "more than 20".
SEVERE_HAEMORRHAGES = 5


@dataclasses.dataclass(frozen=True)
class Findings:
    """The counts that the grade depends on.

    Args:
        microaneurysms: Number of microaneurysms.
        haemorrhages: Intraretinal haemorrhages in each of the four quadrants.
        soft_exudates: Number of soft exudates (cotton wool spots).
        hard_exudates: Number of hard exudates.
        beaded_quadrants: Quadrants with venous beading.
        irma_quadrants: Quadrants with intraretinal microvascular anomalies.
        neovascularization: Whether there are new vessels.
        preretinal_haemorrhage: Whether there is a preretinal haemorrhage.
    """

    microaneurysms: int = 0
    haemorrhages: tuple[int, ...] = (0, 0, 0, 0)
    soft_exudates: int = 0
    hard_exudates: int = 0
    beaded_quadrants: int = 0
    irma_quadrants: int = 0
    neovascularization: bool = False
    preretinal_haemorrhage: bool = False


def quadrants(points: np.ndarray) -> np.ndarray:
    """Returns the quadrants of the photograph that points are in.

    Args:
        points: `[N, 2]`, relative to the photograph's side.

    Returns:
        int `[N]`: 0 upper left, 1 upper right, 2 lower left, 3 lower right.
    """
    points = np.asarray(points)
    return (points[:, 0] >= 0.5) + 2 * (points[:, 1] >= 0.5)


def icdr_grade(findings: Findings) -> int:
    """Grades by the International Clinical Diabetic Retinopathy scale.

    4, proliferative: new vessels or a preretinal haemorrhage. 3, severe, by
    the 4-2-1 rule: at least `SEVERE_HAEMORRHAGES` haemorrhages (the scale's
    "more than 20", scaled to one photograph) in each of 4 quadrants, beading
    in 2, or IRMA in 1. 2, moderate: more than microaneurysms. 1, mild:
    microaneurysms only. 0: none of these.

    Args:
        findings: The counts.

    Returns:
        The grade, 0 to 4.

    Example:
    >>> icdr_grade(Findings(microaneurysms=3))
    1

    Reference: Wilkinson et al., Ophthalmology 110 (9), 2003.
    """
    if findings.neovascularization or findings.preretinal_haemorrhage:
        return 4
    if (
        min(findings.haemorrhages) >= SEVERE_HAEMORRHAGES
        or findings.beaded_quadrants >= 2
        or findings.irma_quadrants >= 1
    ):
        return 3
    exudates = findings.soft_exudates + findings.hard_exudates
    # Beading in only one quadrant is not severe, but more than mild.
    if sum(findings.haemorrhages) or exudates or findings.beaded_quadrants:
        return 2
    return 1 if findings.microaneurysms else 0
