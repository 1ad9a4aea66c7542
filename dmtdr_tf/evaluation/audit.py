"""What super-resolution does to lesions: kept, lost and invented."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.evaluation.bootstrap import Path, Samples
from dmtdr_tf.evaluation.matching import SIZES, match_lesions, tolerance
from dmtdr_tf.evaluation.weighted_scores import divide
from dmtdr_tf.labels import LESIONS

__all__ = ["AUDITED", "AuditFigures"]

# The photographs that are compared with the high-resolution one.
AUDITED = ("super_resolution", "bicubic")
_KINDS = (*LESIONS, "all")
_SIZES = ("all", *SIZES)
_COUNTS = ("kept", "lost", "invented")
_SHARE, _RATE = "kept_share", "invented_per_photograph"


class AuditFigures:
    """Compares what one segmenter finds in three versions of a photograph.

    The reference is the high-resolution photograph; super-resolution and
    bicubic upsampling are compared with it, lesion by lesion, by
    `match_lesions`. Nobody's annotations are involved: the audit tells what
    changes by super-resolution, not what is right.

    Args:
        threshold: A pixel belongs to a lesion from this probability on.

    Example: the only lesion is kept, and bicubic upsampling loses it.

    >>> lesions = np.zeros((1, 64, 64, 4))
    >>> lesions[0, 8:12, 8:12, 0] = 0.9
    >>> figures = AuditFigures()
    >>> figures.update(
    ...     lesions, {"super_resolution": lesions, "bicubic": 0 * lesions}
    ... )
    >>> result = figures.result()["MA"]["all"]
    >>> result["super_resolution"]["kept"], result["bicubic"]["lost"]
    (1, 1)
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = threshold
        self._tolerance: int | None = None
        # [2 versions, 4 lesions, 3 counts, 3 sizes] of each photograph.
        self._rows: list[np.ndarray] = []

    def update(self, high_res: Any, others: Mapping[str, Any]) -> None:
        """Adds a batch.

        Args:
            high_res: `[B, S, S, 4]` lesion probabilities that the segmenter
                gives on the high-resolution photographs.
            others: The same on each of `AUDITED`.
        """
        reference = np.asarray(high_res) >= self.threshold
        masks = [np.asarray(others[k]) >= self.threshold for k in AUDITED]
        self._tolerance = tolerance(reference.shape[1])
        for number, photograph in enumerate(reference):
            row = [
                [
                    match_lesions(photograph[..., k], other[number, ..., k])
                    for k in range(len(LESIONS))
                ]
                for other in masks
            ]
            self._rows.append(np.array(row))

    def _counts(self) -> np.ndarray:
        """`[N, versions, kinds, counts, sizes]`, with the sums over all."""
        shape = (-1, len(AUDITED), len(LESIONS), len(_COUNTS), len(SIZES))
        counts = np.array(self._rows, np.int64).reshape(shape)
        counts = np.concatenate([counts, counts.sum(2, keepdims=True)], 2)
        return np.concatenate([counts.sum(4, keepdims=True), counts], 4)

    def result(self) -> dict[str, Any] | None:
        """Returns counts and shares by lesion and size; None without any."""
        if not self._rows:
            return None
        counts = self._counts()
        totals = counts.sum(axis=0)
        figures: dict[str, Any] = {
            "threshold": self.threshold,
            "tolerance": self._tolerance,
            "photographs": len(counts),
        }
        for kind, name in enumerate(_KINDS):
            figures[name] = {
                size: _section(totals[:, kind, :, number], len(counts))
                for number, size in enumerate(_SIZES)
            }
        return figures

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `result`.
        """
        if not self._rows:
            return {}
        counts = self._counts()
        flat = counts.reshape(len(counts), -1).astype(np.float64)
        totals = (weights @ flat).reshape(-1, *counts.shape[1:])
        kept, lost, invented = np.moveaxis(totals, 3, 0)
        values = {
            _SHARE: divide(kept, kept + lost),
            _RATE: invented / weights.sum(axis=1)[:, None, None, None],
        }
        samples: Samples = {}
        for kind, name in enumerate(_KINDS):
            for number, size in enumerate(_SIZES):
                for figure, value in values.items():
                    pair = value[:, :, kind, number].T
                    for version, one in zip(AUDITED, pair, strict=True):
                        samples[name, size, version, figure] = one
                    samples[name, size, "difference", figure] = (
                        pair[0] - pair[1]
                    )
        return samples

    def shares(self) -> dict[Path, np.ndarray]:
        """Returns `[N]`, by figure, which photographs it is a share of."""
        if not self._rows:
            return {}
        counts = self._counts()
        lesions = counts[:, :, :, :2].sum(axis=3) > 0
        return {
            (name, size, version, _SHARE): lesions[:, v, kind, number]
            for v, version in enumerate(AUDITED)
            for kind, name in enumerate(_KINDS)
            for number, size in enumerate(_SIZES)
        }


def _section(counts: np.ndarray, photographs: int) -> dict[str, Any]:
    """The figures of one lesion and size, from `[versions, counts]`."""
    figures: dict[str, Any] = {"high_res": int(counts[0, :2].sum())}
    for version, (kept, lost, invented) in zip(AUDITED, counts, strict=True):
        figures[version] = {
            "kept": int(kept),
            "lost": int(lost),
            "invented": int(invented),
            _SHARE: float(kept / (kept + lost)) if kept + lost else None,
            _RATE: float(invented / photographs),
        }
    ours, theirs = (figures[version] for version in AUDITED)
    share = None if ours[_SHARE] is None else ours[_SHARE] - theirs[_SHARE]
    figures["difference"] = {_SHARE: share, _RATE: ours[_RATE] - theirs[_RATE]}
    figures["invented_beyond_bicubic"] = ours["invented"] - theirs["invented"]
    return figures
