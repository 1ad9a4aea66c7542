"""Lesion figures of a stream of photographs."""

from typing import Any

import numpy as np

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.metrics import BinnedAveragePrecision, ranking_scores

__all__ = ["LesionFigures"]

Figures = dict[str, Any]

# What `mean` averages over the lesions, and of what.
_PROTOCOLS = ("pooled", "per_image")
_MEANS = ("average_precision", "auc", "prevalence")


class _OneLesion:
    """The figures of one lesion over annotated photographs."""

    def __init__(self) -> None:
        self._pooled = BinnedAveragePrecision()
        self._rows: list[tuple[float | None, ...]] = []
        self._photographs = 0

    def update(self, mask: np.ndarray, score: np.ndarray) -> None:
        """Adds one photograph: `[H, W]` each."""
        self._photographs += 1
        self._pooled.update_state(mask[None], score[None])
        exact = ranking_scores(mask, score)
        if exact.average_precision is not None:
            prevalence = float(np.mean(mask, dtype=np.float64))
            self._rows.append((*exact, prevalence))

    def result(self) -> Figures:
        negatives, positives = np.asarray(self._pooled.counts).sum(axis=1)
        pixels = negatives + positives
        precision = self._pooled.average_precision() if positives else None
        auc = self._pooled.auc() if positives and negatives else None
        means = [_mean(column) for column in zip(*self._rows, strict=True)]
        means = means or [None] * 3
        return {
            "average_precision": {**_bounded(precision), "per_image": means[0]},
            "auc": {**_bounded(auc), "per_image": means[1]},
            "prevalence": {
                "pooled": float(positives / pixels) if pixels else None,
                "per_image": means[2],
            },
            "photographs": self._photographs,
            "photographs_with_lesion": len(self._rows),
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

    def update(self, masks: Any, has_lesions: Any, scores: Any) -> None:
        """Adds a batch.

        Args:
            masks: `[B, H, W, 4]`, 0 or 1; ignored where `has_lesions` is 0.
            has_lesions: `[B]`; 0 leaves a photograph out.
            scores: `[B, H, W, 4]` probabilities.
        """
        known = np.flatnonzero(np.asarray(has_lesions) > 0)
        if not known.size:
            return
        masks, scores = np.asarray(masks), np.asarray(scores, np.float32)
        for photograph in known:
            for kind, lesion in enumerate(self._lesions.values()):
                lesion.update(
                    masks[photograph, ..., kind], scores[photograph, ..., kind]
                )

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
