"""Lesion figures of a stream of photographs."""

from typing import Any

import numpy as np

from dmtdr_tf.evaluation.bootstrap import Samples
from dmtdr_tf.evaluation.score_histograms import ScoreHistograms
from dmtdr_tf.evaluation.weighted_scores import weighted_mean
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.metrics import ranking_scores

__all__ = ["LesionFigures"]

Figures = dict[str, Any]

# What `mean` averages over the lesions, and of what.
_PROTOCOLS = ("pooled", "per_image")
_MEANS = ("average_precision", "auc", "prevalence")


class _OneLesion:
    """The figures of one lesion over annotated photographs."""

    def __init__(self) -> None:
        self.histograms = ScoreHistograms()
        # Average precision, AUC and prevalence of each photograph; NaN where
        # it lacks the lesion.
        self._rows: list[tuple[float, ...]] = []

    def update(self, mask: np.ndarray, score: np.ndarray) -> float | None:
        """Adds one photograph, `[H, W]` each; returns its precision."""
        self.histograms.add(mask, score)
        exact = ranking_scores(mask, score)
        if exact.average_precision is None:
            self._rows.append((np.nan,) * 3)
        else:
            prevalence = float(np.mean(mask, dtype=np.float64))
            auc = np.nan if exact.auc is None else exact.auc
            self._rows.append((exact.average_precision, auc, prevalence))
        return exact.average_precision

    @property
    def rows(self) -> np.ndarray:
        """`[n, 3]`, of all annotated photographs."""
        return np.array(self._rows, np.float64).reshape(-1, 3)

    def result(self) -> Figures:
        pooled = self.histograms.pooled
        negatives, positives = np.asarray(pooled.counts).sum(axis=1)
        pixels = negatives + positives
        precision = pooled.average_precision() if positives else None
        auc = pooled.auc() if positives and negatives else None
        means = [
            float(np.mean(known)) if known.size else None
            for known in (row[np.isfinite(row)] for row in self.rows.T)
        ]
        return {
            "average_precision": {**_bounded(precision), "per_image": means[0]},
            "auc": {**_bounded(auc), "per_image": means[1]},
            "prevalence": {
                "pooled": float(positives / pixels) if pixels else None,
                "per_image": means[2],
            },
            "photographs": len(self._rows),
            "photographs_with_lesion": int(np.isfinite(self.rows[:, 0]).sum()),
        }

    def resample(self, weights: np.ndarray) -> Samples:
        """The figures of resamples `[R, n]` of the annotated photographs."""
        precision, auc = self.histograms.resample(weights)
        per_image = [weighted_mean(row, weights) for row in self.rows.T]
        return {
            ("average_precision", "pooled"): precision,
            ("average_precision", "per_image"): per_image[0],
            ("auc", "pooled"): auc,
            ("auc", "per_image"): per_image[1],
        }


def _bounded(estimate: Any) -> dict[str, float | None]:
    value, error = (None, None) if estimate is None else map(float, estimate)
    return {"pooled": value, "pooled_error_bound": error}


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


class LesionFigures:
    """Computes average precision, AUC and prevalence of each lesion.

    `pooled` is over all pixels of all annotated photographs, within
    `pooled_error_bound` of the exact value. `per_image` is the mean of the
    exact values of the annotated photographs that have the lesion. The
    prevalence is the average precision of a constant output, whose AUC is 0.5.

    Attributes:
        latest: Mean average precision of the lesions of each photograph of the
            latest batch; None where there are none or nobody annotated them.

    Example: one photograph, all of its pixels ranked correctly.

    >>> masks = np.zeros((1, 2, 2, 4))
    >>> masks[0, 0, 0] = 1.0
    >>> figures = LesionFigures()
    >>> figures.update(masks, has_lesions=[1.0], scores=masks)
    >>> figures.result()["mean"]["auc"]["per_image"]
    1.0
    """

    def __init__(self) -> None:
        self._lesions = {lesion: _OneLesion() for lesion in LESIONS}
        self._known: list[np.ndarray] = []
        self.latest: list[float | None] = []

    def update(self, masks: Any, has_lesions: Any, scores: Any) -> None:
        """Adds a batch.

        Args:
            masks: `[B, H, W, 4]`, 0 or 1; ignored where `has_lesions` is 0.
            has_lesions: `[B]`; 0 leaves a photograph out.
            scores: `[B, H, W, 4]` probabilities.
        """
        known = np.asarray(has_lesions) > 0
        self._known.append(known)
        self.latest = [None] * known.size
        if not known.any():
            return
        masks, scores = np.asarray(masks), np.asarray(scores, np.float32)
        for photograph in np.flatnonzero(known):
            self.latest[photograph] = _mean(
                lesion.update(
                    masks[photograph, ..., kind], scores[photograph, ..., kind]
                )
                for kind, lesion in enumerate(self._lesions.values())
            )

    @property
    def known(self) -> np.ndarray:
        """`[N]` whether the lesions of each photograph were annotated."""
        return np.concatenate([np.zeros(0, bool), *self._known])

    def result(self) -> Figures:
        """Returns the figures by lesion, and the `mean` of those defined."""
        figures: Figures = {
            name: lesion.result() for name, lesion in self._lesions.items()
        }
        figures["mean"] = {
            figure: {
                protocol: _mean(
                    figures[lesion][figure][protocol] for lesion in LESIONS
                )
                for protocol in _PROTOCOLS
            }
            for figure in _MEANS
        }
        return figures

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        The mean is over the lesions that the photographs have; it is NaN in a
        resample that lacks one of these.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `result`.
        """
        weights = weights[:, self.known].astype(np.float64)
        by_lesion = {
            name: lesion.resample(weights)
            for name, lesion in self._lesions.items()
        }
        samples: Samples = {
            (name, *path): values
            for name, figures in by_lesion.items()
            for path, values in figures.items()
        }
        for path in by_lesion[LESIONS[0]]:
            rows = np.stack([by_lesion[name][path] for name in LESIONS])
            occurs = np.isfinite(rows).any(axis=1)
            if occurs.any():
                samples["mean", *path] = rows[occurs].mean(axis=0)
        return samples

    @property
    def histograms(self) -> dict[str, ScoreHistograms]:
        """The pixels' scores by lesion."""
        return {
            name: lesion.histograms for name, lesion in self._lesions.items()
        }
