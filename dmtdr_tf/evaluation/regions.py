"""PSNR inside the field of view and inside lesions."""

from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from dmtdr_tf.evaluation.bootstrap import Samples
from dmtdr_tf.evaluation.weighted_scores import weighted_mean
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.metrics.psnr import MAX_DECIBELS
from dmtdr_tf.preprocessing import degradation

__all__ = ["RegionFigures"]

# The edge of the field of view is left out: this share of the side.
_EDGE = 0.01
_REGIONS = ("field_of_view", "lesions", *LESIONS)


class RegionFigures:
    """Computes PSNR where it matters, beside that of bicubic upsampling.

    The regions are the field of view without its sharp edge, the annotated
    lesions of all kinds together, and those of each kind. Each figure is the
    mean over the photographs that have such a region.

    Example: every pixel is wrong by 0.1, the only lesion too.

    >>> gray = np.full((1, 64, 64, 3), 0.5, np.float32)
    >>> masks = np.zeros((1, 64, 64, 4))
    >>> masks[0, 8:12, 8:12, 0] = 1.0
    >>> figures = RegionFigures()
    >>> figures.update(gray[:, ::2, ::2], gray, gray + 0.1, masks, [1.0])
    >>> result = figures.result()
    >>> round(result["field_of_view"]["psnr"]), round(result["MA"]["psnr"])
    (20, 20)
    """

    def __init__(self) -> None:
        # [N, regions, 2]: super-resolution and bicubic.
        self._rows: list[np.ndarray] = []

    def update(
        self,
        low_res: Any,
        high_res: Any,
        super_resolution: Any,
        lesions: Any,
        has_lesions: Any,
    ) -> None:
        """Adds a batch.

        Args:
            low_res: `[B, h, w, 3]` in [0, 1].
            high_res: `[B, H, W, 3]` in [0, 1].
            super_resolution: `[B, H, W, 3]`, the output of the model.
            lesions: `[B, H, W, 4]`, 0 or 1; ignored where `has_lesions` is 0.
            has_lesions: `[B]`.
        """
        low_res, high_res = tf.convert_to_tensor(low_res), np.asarray(high_res)
        scale = high_res.shape[1] // low_res.shape[1]
        pictures = (super_resolution, degradation.bicubic(low_res, scale))
        errors = np.stack(
            [
                np.square(np.clip(picture, 0.0, 1.0) - high_res).mean(axis=-1)
                for picture in pictures
            ],
            axis=1,
        )
        fields = np.asarray(retina(high_res))[..., 0] > 0
        lesions, has_lesions = np.asarray(lesions), np.asarray(has_lesions)
        for number, field in enumerate(fields):
            masks = lesions[number] * (has_lesions[number] > 0) > 0
            inside = _without_edge(field)
            regions = (inside, masks.any(axis=-1), *np.moveaxis(masks, -1, 0))
            self._rows.append(
                np.array([_psnr(errors[number], region) for region in regions])
            )

    def result(self) -> dict[str, Any]:
        """Returns the figures by region; None where no photograph has it."""
        figures = {}
        for name, rows in zip(_REGIONS, self._by_region(), strict=True):
            known = rows[np.isfinite(rows).all(axis=1)]
            means = known.mean(axis=0).tolist() if len(known) else [None] * 2
            figures[name] = {
                "psnr": means[0],
                "bicubic": means[1],
                "photographs": len(known),
            }
        return figures

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `result`.
        """
        samples: Samples = {}
        for name, rows in zip(_REGIONS, self._by_region(), strict=True):
            samples[name, "psnr"] = weighted_mean(rows[:, 0], weights)
            samples[name, "bicubic"] = weighted_mean(rows[:, 1], weights)
        return samples

    def _by_region(self) -> np.ndarray:
        """`[regions, N, 2]`."""
        rows = np.array(self._rows).reshape(-1, len(_REGIONS), 2)
        return rows.swapaxes(0, 1)


def _without_edge(field: np.ndarray) -> np.ndarray:
    margin = max(1, round(_EDGE * len(field)))
    shape = (2 * margin + 1,) * 2
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, shape)
    return cv2.erode(field.astype(np.uint8), kernel) > 0


def _psnr(errors: np.ndarray, region: np.ndarray) -> np.ndarray:
    """PSNR of `[2, H, W]` square errors in a region; NaN if it is empty."""
    if not region.any():
        return np.full(len(errors), np.nan)
    means = errors[:, region].mean(axis=1, dtype=np.float64)
    return -10 * np.log10(np.maximum(means, 10 ** (-MAX_DECIBELS / 10)))
