"""The statistics of every photograph, from which all figures follow."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.evaluation.audit import AuditFigures
from dmtdr_tf.evaluation.bootstrap import (
    Bootstrap,
    Path,
    Samples,
    certain_share,
    interval,
    nested,
)
from dmtdr_tf.evaluation.grading import GradingFigures
from dmtdr_tf.evaluation.lesions import LesionFigures
from dmtdr_tf.evaluation.regions import RegionFigures
from dmtdr_tf.evaluation.super_resolution import SuperResolutionFigures

__all__ = ["Measurement", "figure_at"]

_INSIDE = ("super_resolution", "inside")


class Measurement:
    """What was measured on the photographs of a split.

    No photograph is kept, only its statistics, so that resamples need no
    further inference.

    Args:
        calibration: Of the model, for its probabilities, referral and set of
            grades; None if it is not calibrated.
    """

    def __init__(self, calibration: Calibration | None = None) -> None:
        self.grading = GradingFigures(calibration)
        self.super_resolution = SuperResolutionFigures()
        self.regions = RegionFigures()
        self.lesions = LesionFigures()
        self.audit = AuditFigures()
        self.photographs = 0

    def update(
        self, batch: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        """Adds a batch.

        Args:
            batch: A batch of `evaluation_batches`.
            outputs: `super_resolution`, `lesions` and `grade`, as from
                `DeepMTDR`.
        """
        pictures = batch["low_res"], batch["high_res"]
        restored = outputs["super_resolution"]
        self.grading.update(
            batch["grade"], batch["has_grade"], outputs["grade"]
        )
        self.super_resolution.update(*pictures, restored)
        masks, annotated = batch["lesions"], batch["has_lesions"]
        self.regions.update(*pictures, restored, masks, annotated)
        self.lesions.update(masks, annotated, outputs["lesions"])
        self.photographs += len(batch["grade"])

    def figures(self) -> dict[str, Any]:
        """Returns all figures, nested; those that are not defined are None."""
        inside = self.regions.result()
        return {
            "grading": self.grading.result(),
            "super_resolution": {
                **self.super_resolution.result(),
                "inside": inside,
            },
            "lesions": self.lesions.result(),
            "audit": self.audit.result(),
        }

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `figures`.
        """
        return {
            (*prefix, *path): values
            for prefix, group in (
                (("grading",), self.grading),
                (("super_resolution",), self.super_resolution),
                (_INSIDE, self.regions),
                (("lesions",), self.lesions),
                (("audit",), self.audit),
            )
            for path, values in group.resample(weights).items()
        }

    def intervals(
        self, groups: np.ndarray, bootstrap: Bootstrap
    ) -> dict[str, Any]:
        """Computes an interval for every figure.

        Args:
            groups: `[N]` int: photographs of the same eye or patient.
            bootstrap: Number of resamples, seed and confidence.

        Returns:
            Lower and upper end of each figure, nested as the figures; None
            where the resamples say nothing.
        """
        samples = bootstrap.resample(groups, self.resample)
        ends = {
            path: interval(values, bootstrap.confidence)
            for path, values in samples.items()
        }
        return nested({**ends, **self._certain(groups, bootstrap, ends)})

    def _certain(
        self,
        groups: np.ndarray,
        bootstrap: Bootstrap,
        ends: Mapping[Path, Any],
    ) -> dict[Path, list[float]]:
        """Exact intervals of shares that are 0 or 1, by Clopper-Pearson."""
        figures = self.figures()
        shares = {
            (name, *path): mask
            for name, group in (
                ("grading", self.grading),
                ("audit", self.audit),
            )
            for path, mask in group.shares().items()
        }
        return {
            path: certain_share(
                share, np.unique(groups[mask]).size, bootstrap.confidence
            )
            for path, mask in shares.items()
            if ends[path] is None
            and (share := figure_at(figures, path)) in (0.0, 1.0)
        }


def figure_at(figures: Mapping[str, Any] | None, path: Path) -> Any:
    """Returns the figure at a path; None where there is none.

    Example:
    >>> figure_at({"lesions": {"MA": 0.5}}, ("lesions", "MA"))
    0.5
    """
    value: Any = figures
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
