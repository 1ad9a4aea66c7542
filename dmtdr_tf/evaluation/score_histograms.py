"""Average precision and AUC of resamples, from a histogram a photograph."""

import numpy as np

from dmtdr_tf.evaluation.weighted_scores import divide
from dmtdr_tf.metrics import BinnedAveragePrecision

__all__ = ["ScoreHistograms"]

# Bins that are joined: a bin of the metric is far finer than an interval is
# wide, and the histograms of all photographs stay in memory.
_JOINED = 8
# Resamples that are computed at once.
_ROWS = 128


class ScoreHistograms:
    """Keeps the scores of one lesion's pixels, photograph by photograph.

    The scores of all photographs together are in `pooled`, with finer bins.

    Example: right at ranks 1 and 3: `(1 + 2/3) / 2`.

    >>> histograms = ScoreHistograms()
    >>> mask, score = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])
    >>> histograms.add(mask, score)
    >>> precision, auc = histograms.resample(np.ones((1, 1)))
    >>> round(float(precision[0]), 4), float(auc[0])
    (0.8333, 0.75)
    """

    def __init__(self) -> None:
        self.pooled = BinnedAveragePrecision()
        self._joined: list[np.ndarray] = []

    def add(self, mask: np.ndarray, score: np.ndarray) -> None:
        """Adds one photograph.

        Args:
            mask: Any shape, 0 or 1.
            score: Of the same shape, in [0, 1].
        """
        before = np.asarray(self.pooled.counts)
        self.pooled.update_state(mask[None], score[None])
        new = np.asarray(self.pooled.counts) - before
        # The first and the last bin hold one score each and stay alone.
        starts = np.r_[0, np.arange(1, new.shape[1] - 1, _JOINED)]
        starts = np.append(starts, new.shape[1] - 1)
        joined = np.add.reduceat(new, starts, axis=1)
        self._joined.append(joined.astype(np.uint32))

    def resample(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Computes both figures of resamples.

        Args:
            weights: `[R, n]`, how often each contains each photograph added.

        Returns:
            Average precision and AUC, `[R]` each; NaN where undefined.
        """
        if not self._joined:
            nothing = np.full(len(weights), np.nan)
            return nothing, nothing
        counts = np.stack(self._joined)  # [n, 2, bins]
        # From the highest score down, without bins that nothing is in.
        counts = counts[:, :, counts.any(axis=(0, 1))][:, :, ::-1]
        flat = counts.reshape(len(counts), -1).astype(np.float64)
        parts = [
            _figures((part @ flat).reshape(len(part), *counts.shape[1:]))
            for part in np.split(weights, range(_ROWS, len(weights), _ROWS))
        ]
        precision, auc = zip(*parts, strict=True)
        return np.concatenate(precision), np.concatenate(auc)

    def curve(self, points: int = 200) -> np.ndarray:
        """Returns the pooled precision-recall curve.

        Args:
            points: About how many points to return, evenly spaced in recall.

        Returns:
            `[P, 2]`: recall and precision, from the highest score down;
            `[0, 2]` if no pixel is positive.
        """
        counts = np.asarray(self.pooled.counts)[:, ::-1].astype(np.float64)
        false, true = counts.cumsum(axis=1)
        if not true[-1]:
            return np.zeros((0, 2))
        seen = true + false
        recall = true / true[-1]
        kept = np.unique(
            np.searchsorted(recall, np.linspace(0, 1, points)).clip(
                np.argmax(seen > 0), None
            )
        )
        return np.stack([recall[kept], true[kept] / seen[kept]], axis=1)

    def at(self, threshold: float) -> tuple[float, float]:
        """Returns the pooled recall and precision at a threshold.

        Args:
            threshold: A pixel belongs to the lesion from this score on.

        Returns:
            Recall and precision; NaN where undefined.
        """
        negatives, positives = self.pooled.counts_from([threshold])[:, 0]
        total = np.asarray(self.pooled.counts).sum(axis=1)[1]
        recall = positives / total if total else np.nan
        marked = positives + negatives
        return float(recall), float(positives / marked if marked else np.nan)


def _figures(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average precision and AUC of `[R, 2, bins]`, highest scores first.

    Scores in one bin count as equal, as in `binned_average_precision`.
    """
    negatives, positives = counts[:, 0], counts[:, 1]
    false, true = negatives.cumsum(axis=1), positives.cumsum(axis=1)
    hits, misses = true[:, -1], false[:, -1]
    precision = np.nan_to_num(divide(true, true + false))
    right = (negatives * (true - 0.5 * positives)).sum(axis=1)
    return (
        divide((positives * precision).sum(axis=1), hits),
        divide(right, hits * misses),
    )
